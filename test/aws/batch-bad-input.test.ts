import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { BatchClient, ListJobsCommand, UpdateJobQueueCommand } from "@aws-sdk/client-batch";
import { CreateBucketCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { clientConfig, makeBatchQueue } from "../support/batch-queue.ts";
import { bisonflow } from "../support/command.ts";
import { type Emulator, noEmulator, startEmulator } from "../support/emulator.ts";
import { temporaryFolder } from "../support/paths.ts";

interface Wrong {
  readonly what: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** A code of trouble, what the message says, and what the hint says. */
  readonly code: string;
  readonly message: RegExp;
  readonly hint: RegExp;
}

const target = ["--queue", "bison-queue", "--job-definition", "bison-job"];
const to = ["--to", "s3://bison/out"];

const wrong: readonly Wrong[] = [
  {
    what: "a queue that does not exist",
    args: ["--queue", "birds", "--job-definition", "bison-job", ...to],
    code: "batch-queue-missing",
    message: /no job queue called birds here; it has bison-queue/,
    hint: /--queue/,
  },
  {
    what: "a job definition that does not exist",
    args: ["--queue", "bison-queue", "--job-definition", "birds", ...to],
    code: "batch-definition-missing",
    message: /no active job definition called birds/,
    hint: /aws up/,
  },
  {
    what: "no stack, and no queue named",
    args: to,
    code: "aws-stack-missing",
    message: /no CloudFormation stack called bisonflow in us-east-1/,
    hint: /bisonflow aws up/,
  },
  {
    what: "a result on this machine",
    args: [...target, "--out", "bisonflow-out"],
    code: "result-out-of-reach",
    message: /cannot write to .*bisonflow-out/,
    hint: /--to s3:/,
  },
  {
    what: "a bucket that does not exist",
    args: [...target, "--to", "s3://nowhere/out"],
    code: "bucket-not-found",
    message: /no bucket called nowhere/,
    hint: /aws up/,
  },
  {
    what: "containers that are too small for the memory asked for",
    args: [...target, ...to, "--memory", "4000"],
    code: "batch-container-small",
    message: /has 2048 MiB, less than the 4512/,
    hint: /aws\.memoryMiB/,
  },
  {
    what: "no credentials",
    args: [...target, ...to],
    env: { AWS_ACCESS_KEY_ID: "", AWS_SECRET_ACCESS_KEY: "" },
    code: "aws-credentials-missing",
    message: /no AWS credentials on this machine/,
    hint: /AWS_PROFILE/,
  },
  {
    what: "keys that AWS does not know",
    args: [...target, ...to],
    env: { AWS_ACCESS_KEY_ID: "AKIANOBODY0000000000" },
    code: "aws-credentials-refused",
    message: /does not accept the credentials/,
    hint: /get-caller-identity/,
  },
  {
    what: "AWS out of reach",
    args: [...target, ...to],
    env: { AWS_ENDPOINT_URL: "http://127.0.0.1:9" },
    code: "aws-unreachable",
    message: /127\.0\.0\.1:9 could not be reached/,
    hint: /network/,
  },
];

describe.skipIf(noEmulator)("a run on AWS refuses, before anything is made there,", () => {
  const folder = temporaryFolder();
  const config = join(folder, "run.json");
  let emulator: Emulator;

  beforeAll(async () => {
    emulator = await startEmulator();
    await makeBatchQueue(emulator);
    await new S3Client({ ...clientConfig(emulator), forcePathStyle: true }).send(
      new CreateBucketCommand({ Bucket: "bison" }),
    );
    const record = "1,US,40.5,-88.9,SPECIES,HUMAN_OBSERVATION,2435099,2435099,Puma concolor";
    const header =
      "gbifID,countryCode,decimalLatitude,decimalLongitude,taxonRank,basisOfRecord,taxonKey,speciesKey,species";
    writeFileSync(join(folder, "records.csv"), `${header}\n${record}\n`);
    writeFileSync(
      config,
      JSON.stringify({ occurrences: [join(folder, "records.csv")], cacheFolder: join(folder, "cache") }),
    );
    await emulator.enforce();
  });
  afterAll(() => emulator?.stop());

  const run = (args: readonly string[] = [], env: Readonly<Record<string, string>> = {}) => {
    const { status, stderr } = bisonflow(["run", "--config", config, "--on", "aws", ...args, "--json"], {
      cwd: folder,
      env: { ...emulator.env, ...env },
    });
    return { status, error: (JSON.parse(stderr) as { error: Record<string, string> }).error };
  };
  const nothingIsMade = async (): Promise<void> => {
    const s3 = new S3Client({ ...clientConfig(emulator), forcePathStyle: true });
    expect((await s3.send(new ListObjectsV2Command({ Bucket: "bison" }))).Contents ?? []).toEqual([]);
    const filters = [{ name: "JOB_NAME", values: ["*"] }];
    const jobs = await new BatchClient(clientConfig(emulator)).send(
      new ListJobsCommand({ jobQueue: "bison-queue", filters }),
    );
    expect(jobs.jobSummaryList).toEqual([]);
  };

  it.each(wrong)("$what", async ({ args, env, code, message, hint }) => {
    const { status, error } = run(args, env);
    expect(error).toMatchObject({ code });
    expect(error.message).toMatch(message);
    expect(error.hint).toMatch(hint);
    expect([2, 4]).toContain(status);
    await nothingIsMade();
  });

  it("a queue that is disabled", async () => {
    const batch = new BatchClient(clientConfig(emulator));
    await batch.send(new UpdateJobQueueCommand({ jobQueue: "bison-queue", state: "DISABLED" }));
    const { error } = run([...target, ...to]);
    await batch.send(new UpdateJobQueueCommand({ jobQueue: "bison-queue", state: "ENABLED" }));
    expect(error).toMatchObject({ code: "batch-queue-disabled" });
    await nothingIsMade();
  });
});
