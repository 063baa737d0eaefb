import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { type AwsAccess, openAccess } from "../../src/aws/client/index.ts";
import { environmentPython, makePython } from "./make-python.ts";
import { makeVersitygw, versitygwPath } from "./make-versitygw.ts";

/** An S3 server on this machine, with nothing in it. */
export interface S3Server {
  readonly endpoint: string;
  readonly access: AwsAccess;
  /** Environment for processes that shall use it. */
  readonly env: Record<string, string>;
  makeBucket(name: string): Promise<void>;
  stop(): Promise<void>;
}

/** Why tests on moto are skipped, or false. */
export const noMoto: string | false = makePython() ?? false;
/** Why tests on versitygw are skipped, or false. */
export const noVersitygw: string | false = makeVersitygw() ?? false;

/** moto's S3: forgiving, in memory. */
export async function startMoto(): Promise<S3Server> {
  const python = environmentPython() ?? "";
  const port = await freePort();
  const child = spawn(python, ["-m", "moto.server", "-H", "127.0.0.1", "-p", String(port)], {
    stdio: ["ignore", "ignore", "ignore"],
  });
  return ready(child, { port, key: "testing", secret: "testing" });
}

/** versitygw over a folder: strict about checksums and conditions. */
export async function startVersitygw(): Promise<S3Server> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), "bisonflow-versitygw-"));
  const child = spawn(
    versitygwPath() ?? "",
    ["--access", "test", "--secret", "testtest", "--port", `127.0.0.1:${port}`, "--quiet", "posix", folder],
    { stdio: ["ignore", "ignore", "ignore"] },
  );
  const server = await ready(child, { port, key: "test", secret: "testtest" });
  return {
    ...server,
    stop: async () => {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function ready(
  child: ChildProcess,
  options: { port: number; key: string; secret: string },
): Promise<S3Server> {
  const endpoint = `http://127.0.0.1:${options.port}`;
  let ended = false;
  child.once("exit", () => {
    ended = true;
  });
  for (let tries = 0; ; tries++) {
    if (ended || tries > 300) throw new Error(`The S3 server did not start at ${endpoint}.`);
    const answers = await fetch(endpoint).then(
      () => true,
      () => false,
    );
    if (answers) break;
    await new Promise((resume) => setTimeout(resume, 100));
  }
  const credentials = async () => ({ accessKeyId: options.key, secretAccessKey: options.secret });
  const access = await openAccess({ region: "us-east-1", endpoint, credentials });
  const client = new S3Client({ region: "us-east-1", endpoint, credentials, forcePathStyle: true });
  return {
    endpoint,
    access,
    env: {
      AWS_ENDPOINT_URL: endpoint,
      AWS_REGION: "us-east-1",
      AWS_ACCESS_KEY_ID: options.key,
      AWS_SECRET_ACCESS_KEY: options.secret,
      AWS_EC2_METADATA_DISABLED: "true",
    },
    makeBucket: async (Bucket) => {
      await client.send(new CreateBucketCommand({ Bucket }));
    },
    stop: async () => {
      client.destroy();
      const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
      if (ended) return;
      child.kill("SIGTERM");
      await gone;
    },
  };
}

/** A port that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return typeof address === "object" && address !== null ? address.port : 0;
}
