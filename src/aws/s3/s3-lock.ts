import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { z } from "zod";
import { isAlive } from "../../store/index.ts";
import { UserError } from "../../trouble/index.ts";
import { type AwsAccess, AwsTrouble } from "../client/index.ts";
import { openSession, type S3Session } from "./s3-session.ts";
import { attemptsOf, errorName, s3Trouble } from "./s3-trouble.ts";

const lockFile = z.strictObject({
  format: z.literal("bisonflow-lock-1"),
  /** Which taking of the lock this is. */
  id: z.string(),
  host: z.string(),
  pid: z.number().int(),
  since: z.string(),
  renewed: z.string(),
});
type LockFile = z.output<typeof lockFile>;

/** How a lock lives; every field has a default. */
export interface S3LockSettings {
  /** How often the holder says that it lives. Default 60. */
  readonly renewSeconds?: number;
  /** A holder that said nothing for so long is gone. Default 600: clocks differ, networks pause. */
  readonly goneSeconds?: number;
}

/**
 * Takes a prefix for one run at a time, by an object that is written under conditions: where nothing is, or over
 * the lock of a run that is gone (its process on this machine ended, or it said nothing for ten minutes). Throws a
 * UserError `run-under-way` while another run holds it. Resolves to how to give it back.
 */
export async function takeS3Lock(
  access: AwsAccess,
  uri: string,
  settings: S3LockSettings = {},
): Promise<() => Promise<void>> {
  const { renewSeconds = 60, goneSeconds = 600 } = settings;
  const lock = new S3Lock(openSession(access), uri);
  await lock.take(goneSeconds);
  const timer = setInterval(() => void lock.renew(), renewSeconds * 1000);
  timer.unref();
  return async () => {
    clearInterval(timer);
    await lock.giveBack();
  };
}

class S3Lock {
  readonly #session: S3Session;
  readonly #uri: string;
  readonly #id = randomUUID();
  readonly #since = new Date().toISOString();
  /** Version of the lock as this run wrote it last. */
  #etag = "";
  #renewing: Promise<void> = Promise.resolve();

  constructor(session: S3Session, uri: string) {
    this.#session = session;
    this.#uri = uri;
  }

  async take(goneSeconds: number): Promise<void> {
    for (let attempt = 0; attempt < 3; attempt++) {
      if (await this.#write({ IfNoneMatch: "*" })) return;
      const held = await this.#read();
      // Given back in between.
      if (held === undefined) continue;
      if (held.lock?.id === this.#id) {
        this.#etag = held.etag;
        return;
      }
      if (!isGone(held.lock, goneSeconds)) throw underWay(this.#uri, held.lock);
      if (await this.#write({ IfMatch: held.etag })) return;
    }
    throw underWay(this.#uri, undefined);
  }

  /** Best effort: one that fails is made up for by the next. */
  async renew(): Promise<void> {
    this.#renewing = this.#renewing.then(async () => {
      await this.#write({ IfMatch: this.#etag }).catch(() => false);
    });
    return this.#renewing;
  }

  async giveBack(): Promise<void> {
    await this.#renewing;
    const { client, ...target } = this.#session.target(this.#uri);
    // Whoever took it over keeps it.
    if ((await this.#read().catch(() => undefined))?.lock?.id !== this.#id) return;
    await client.send(new DeleteObjectCommand(target)).catch((error: unknown) => {
      // The next run takes over a lock whose holder is gone; a right that is missing is missed by every run.
      if (error instanceof AwsTrouble && error.code === "aws-access-denied") throw error;
    });
  }

  async #write(condition: { IfNoneMatch?: string; IfMatch?: string }): Promise<boolean> {
    const { client, ...target } = this.#session.target(this.#uri);
    const lock: LockFile = {
      format: "bisonflow-lock-1",
      id: this.#id,
      host: hostname(),
      pid: process.pid,
      since: this.#since,
      renewed: new Date().toISOString(),
    };
    try {
      const { ETag } = await client.send(
        new PutObjectCommand({
          ...target,
          ...condition,
          Body: JSON.stringify(lock),
          ContentType: "application/json",
        }),
      );
      this.#etag = ETag ?? "";
      return true;
    } catch (error) {
      const name = errorName(error) ?? "";
      if (["PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey", "NotFound"].includes(name)) {
        // A try whose answer was lost may have written it.
        if (attemptsOf(error) === 1) return false;
        const held = await this.#read();
        if (held?.lock?.id !== this.#id) return false;
        this.#etag = held.etag;
        return true;
      }
      throw s3Trouble(error, this.#uri);
    }
  }

  async #read(): Promise<{ lock: LockFile | undefined; etag: string } | undefined> {
    const { client, ...target } = this.#session.target(this.#uri);
    try {
      const { Body, ETag = "" } = await client.send(new GetObjectCommand(target));
      const text = (await Body?.transformToString()) ?? "";
      return { lock: lockIn(text), etag: ETag };
    } catch (error) {
      if (errorName(error) === "NoSuchKey") return undefined;
      throw s3Trouble(error, this.#uri);
    }
  }
}

function lockIn(text: string): LockFile | undefined {
  try {
    return lockFile.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function isGone(lock: LockFile | undefined, goneSeconds: number): boolean {
  if (lock === undefined) return false;
  if (lock.host === hostname() && !isAlive(lock.pid)) return true;
  return Date.now() - Date.parse(lock.renewed) > goneSeconds * 1000;
}

function underWay(uri: string, lock: LockFile | undefined): UserError {
  const who = lock === undefined ? "" : ` (process ${lock.pid} on ${lock.host}, since ${lock.since})`;
  return new UserError({
    code: "run-under-way",
    message: `Another run${who} is at work on this prefix.`,
    hint: `Wait for it, stop it, or choose another prefix with --to. If it is certain that nothing runs: aws s3 rm ${uri}`,
  });
}
