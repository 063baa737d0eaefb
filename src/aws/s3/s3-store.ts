import { rmSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { DeleteObjectCommand, ListObjectsV2Command } from "@aws-sdk/client-s3";
import { type Engine, openEngine } from "../../engine/index.ts";
import type { ObjectEntry, StagedFile, StageWant, Store } from "../../store/index.ts";
import type { AwsAccess } from "../client/index.ts";
import type { S3Settings } from "./bucket-clients.ts";
import { copyObject } from "./copy-object.ts";
import { headObject, openWhole, readRange } from "./get-object.ts";
import { putBytes, putFile } from "./put-object.ts";
import { openSession, type S3Session } from "./s3-session.ts";
import { objectMissing, s3Trouble } from "./s3-trouble.ts";
import { s3Uri } from "./s3-uri.ts";
import { isEmptyRange, readWhole, stageObject } from "./stage-object.ts";

/** What the store on S3 is made of. */
export interface S3StoreOptions {
  /** Folder for staged files; one of the user's in the system's temporary folder when absent. */
  readonly stagingFolder?: string;
  readonly settings?: S3Settings;
}

/**
 * Objects in S3 as a store; uris are `s3://bucket/key`.
 *
 * `identify` answers the etag, quotes included. It is equal only for equal bytes; equal bytes may have several,
 * depending on how they were uploaded (in how many parts, encrypted with which key): then work is done again that
 * need not be, never the other way round. GBIF's public buckets are read without credentials. Objects are
 * published by one conditional request, or in parts that appear together; bytes are verified by the checksum
 * that S3 keeps, going in always, coming out wherever an object is read whole.
 *
 * @example
 * ```ts
 * import { openAccess, s3Store } from "bisonflow/aws";
 * const store = s3Store(await openAccess({ region: "us-east-1" }));
 * console.log(store.traffic?.().requests); // 0
 * ```
 */
export function s3Store(access: AwsAccess, options: S3StoreOptions = {}): Store {
  const session = openSession(access, options.settings);
  const staging = openStaging(
    session,
    options.stagingFolder ?? join(tmpdir(), `bisonflow-${process.getuid?.() ?? "files"}`),
  );
  return {
    list: (prefix) => list(session, prefix),
    stat: async (uri) => {
      const found = await headObject(session, uri);
      return found === undefined ? undefined : { uri, bytes: found.bytes, identity: found.etag };
    },
    identify: async (uri) => {
      const found = await headObject(session, uri);
      if (found === undefined) throw objectMissing(uri);
      return found.etag;
    },
    read: (uri, range) => read(session, uri, range),
    stream: async (uri) => {
      const { chunks } = await openWhole(session, uri);
      return Readable.from(chunks, { objectMode: false });
    },
    stage: staging.stage,
    prefetch: staging.prefetch,
    publishFile: (path, uri, publish) =>
      putFile(session, uri, { path, ifAbsent: publish?.ifAbsent === true }),
    publishBytes: async (bytes, uri, publish) => ({
      published: await putBytes(session, uri, { bytes, ifAbsent: publish?.ifAbsent === true }),
    }),
    copy: (from, to) => copyObject(session, from, to),
    remove: async (uri) => {
      const { client, ...target } = session.target(uri);
      try {
        await client.send(new DeleteObjectCommand(target));
      } catch (error) {
        throw s3Trouble(error, uri);
      }
    },
    traffic: () => ({ ...session.traffic }),
  };
}

async function* list(session: S3Session, prefix: string): AsyncGenerator<ObjectEntry> {
  const { client, Bucket, Key } = session.target(prefix);
  let ContinuationToken: string | undefined;
  do {
    const page = await session
      .lane(() =>
        client.send(
          new ListObjectsV2Command({
            Bucket,
            Prefix: Key,
            ...(ContinuationToken === undefined ? {} : { ContinuationToken }),
          }),
        ),
      )
      .catch((error: unknown) => {
        throw s3Trouble(error, prefix);
      });
    for (const { Key: key = "", Size: bytes = 0, ETag: identity = "" } of page.Contents ?? []) {
      // What the console leaves to show an empty folder is no object.
      if (key.endsWith("/") && bytes === 0) continue;
      yield { uri: s3Uri({ bucket: Bucket, key }), bytes, identity };
    }
    ContinuationToken = page.IsTruncated === true ? page.NextContinuationToken : undefined;
  } while (ContinuationToken !== undefined);
}

async function read(
  session: S3Session,
  uri: string,
  range?: { readonly start: number; readonly end: number },
): Promise<Uint8Array> {
  if (range === undefined) return readWhole(session, uri);
  if (range.end <= range.start) return new Uint8Array(0);
  try {
    return await readRange(session, uri, { ...range, etag: undefined });
  } catch (error) {
    // A range that begins at the end or after it holds nothing.
    if (isEmptyRange(error)) return new Uint8Array(0);
    throw error;
  }
}

interface Staging {
  stage(uri: string, want?: StageWant): Promise<StagedFile>;
  prefetch(uri: string, want?: StageWant): void;
}

/** Staged files of this process that nobody released yet: they go when it ends. */
const staged = new Set<string>();

function removeStaged(): void {
  for (const path of staged) rmSync(path, { force: true });
}

/** Staged files, and those on their way. */
function openStaging(session: S3Session, folder: string): Staging {
  const coming = new Map<string, Promise<string>>();
  let engine: Promise<Engine> | undefined;
  if (!process.listeners("exit").includes(removeStaged)) process.once("exit", removeStaged);
  const fetch = async (uri: string, want: StageWant): Promise<string> => {
    const path = await stageObject(session, {
      uri,
      folder,
      want,
      engine: () => {
        engine ??= openEngine({ memoryLimitMiB: 128 });
        return engine;
      },
    });
    staged.add(path);
    return path;
  };
  return {
    prefetch: (uri, want = {}) => {
      const words = JSON.stringify([uri, want]);
      if (coming.has(words)) return;
      const path = fetch(uri, want);
      // Whoever stages it hears of the failure.
      path.catch(() => undefined);
      coming.set(words, path);
    },
    stage: async (uri, want = {}) => {
      const words = JSON.stringify([uri, want]);
      const begun = coming.get(words);
      coming.delete(words);
      const path = await (begun ?? fetch(uri, want));
      return {
        path,
        release: async () => {
          staged.delete(path);
          await rm(path, { force: true });
        },
      };
    },
  };
}
