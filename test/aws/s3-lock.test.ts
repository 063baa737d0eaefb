import { spawn } from "node:child_process";
import { hostname } from "node:os";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { s3Store, takeS3Lock } from "../../src/aws/s3/index.ts";
import type { Store } from "../../src/store/index.ts";
import { temporaryFolder } from "../support/paths.ts";
import { noMoto, type S3Server, startMoto } from "../support/s3-servers.ts";

const stagingFolder = temporaryFolder();
let server: S3Server;
let store: Store;

async function held(
  uri: string,
): Promise<{ id: string; host: string; pid: number; renewed: string } | undefined> {
  if ((await store.stat(uri)) === undefined) return undefined;
  return JSON.parse(Buffer.from(await store.read(uri)).toString());
}

async function leaveLock(uri: string, by: { host: string; pid: number; renewed: Date }): Promise<void> {
  const lock = {
    format: "bisonflow-lock-1",
    id: "somebody",
    since: by.renewed.toISOString(),
    ...by,
    renewed: by.renewed.toISOString(),
  };
  await store.publishBytes(Buffer.from(JSON.stringify(lock)), uri);
}

async function deadProcess(): Promise<number> {
  const child = spawn(process.execPath, ["-e", ""]);
  await new Promise((resolve) => child.once("exit", resolve));
  return child.pid ?? 0;
}

describe.skipIf(noMoto)(`the lock of a prefix in S3 ${noMoto || ""}`, () => {
  beforeAll(async () => {
    server = await startMoto();
    await server.makeBucket("locks");
    store = s3Store(server.access, { stagingFolder });
  });
  afterAll(async () => server?.stop());

  it("is held by one of many who ask at once, and free again when it is given back", async () => {
    const uri = "s3://locks/race/lock";
    const asked = await Promise.allSettled(Array.from({ length: 8 }, () => takeS3Lock(server.access, uri)));
    const taken = asked.flatMap((one) => (one.status === "fulfilled" ? one.value : []));
    expect(taken).toHaveLength(1);
    for (const one of asked) {
      if (one.status === "rejected") expect(one.reason).toMatchObject({ code: "run-under-way", exitCode: 2 });
    }
    expect(await held(uri)).toMatchObject({ host: hostname(), pid: process.pid });
    await taken[0]?.();
    expect(await held(uri)).toBeUndefined();
    await (await takeS3Lock(server.access, uri))();
  });

  it("is taken over from a process of this machine that is gone, by one of many", async () => {
    const uri = "s3://locks/dead/lock";
    await leaveLock(uri, { host: hostname(), pid: await deadProcess(), renewed: new Date() });
    const asked = await Promise.allSettled(Array.from({ length: 8 }, () => takeS3Lock(server.access, uri)));
    expect(asked.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  });

  it("of another machine is respected while its holder lives, and taken over when it said nothing for long", async () => {
    const uri = "s3://locks/elsewhere/lock";
    await leaveLock(uri, { host: "elsewhere", pid: 1, renewed: new Date(Date.now() - 5 * 60_000) });
    await expect(takeS3Lock(server.access, uri)).rejects.toThrow("process 1 on elsewhere");
    await leaveLock(uri, { host: "elsewhere", pid: 1, renewed: new Date(Date.now() - 11 * 60_000) });
    const giveBack = await takeS3Lock(server.access, uri);
    expect(await held(uri)).toMatchObject({ pid: process.pid });
    await giveBack();
  });

  it("is renewed while it is held, and not given back by whom it was taken from", async () => {
    const uri = "s3://locks/renewed/lock";
    const giveBack = await takeS3Lock(server.access, uri, { renewSeconds: 0.05 });
    const first = await held(uri);
    await new Promise((resume) => setTimeout(resume, 400));
    const later = await held(uri);
    expect(later?.id).toBe(first?.id);
    expect(Date.parse(later?.renewed ?? "")).toBeGreaterThan(Date.parse(first?.renewed ?? ""));
    await leaveLock(uri, { host: "elsewhere", pid: 1, renewed: new Date() });
    await new Promise((resume) => setTimeout(resume, 200));
    expect((await held(uri))?.id).toBe("somebody");
    await giveBack();
    expect((await held(uri))?.id).toBe("somebody");
  });

  it("that cannot be read as one is nobody's to take", async () => {
    const uri = "s3://locks/odd/lock";
    await store.publishBytes(Buffer.from("not json"), uri);
    await expect(takeS3Lock(server.access, uri)).rejects.toMatchObject({ code: "run-under-way" });
  });
});
