import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { BatchClient, ListJobsCommand, TerminateJobCommand } from "@aws-sdk/client-batch";
import { CloudFormationClient, DescribeStacksCommand } from "@aws-sdk/client-cloudformation";
import { DeleteDatabaseCommand, GlueClient } from "@aws-sdk/client-glue";
import {
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { clientConfig } from "../support/batch-queue.ts";
import { bisonflow, startBisonflow } from "../support/command.ts";
import {
  actionsOf,
  declaredRights,
  declareRights,
  managedPolicy,
  type Statement,
  without,
} from "../support/declared-rights.ts";
import { type AwsEnvironment, type Emulator, noEmulator, startEmulator } from "../support/emulator.ts";
import { makeUser } from "../support/emulator-identities.ts";
import { temporaryFolder } from "../support/paths.ts";
import { writeSampleRecords } from "../support/sample-records.ts";
import { writeSmallRun } from "../support/small-run.ts";

/** Rights of people that a run does not use: they are for other commands, and tested there. */
const notOfARun = new Set([
  "ec2:DescribeSpotPriceHistory", // aws cost
  "states:StartExecution", // the monthly run, by hand
  "states:ListExecutions", // aws down
]);

/** Rights of tasks that are used only when something breaks off: test/aws/s3-faults.test.ts breaks it. */
const notOfASoundTask = new Set([
  "s3:AbortMultipartUpload", // an upload in parts that failed
]);

const gbif = "gbif-open-data-us-east-1";
const snapshot = "occurrence/2026-11-01/occurrence.parquet/";

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Something that a person does with bisonflow, and what must be there before. */
interface Scenario {
  readonly before?: (prefix: string) => Promise<void>;
  readonly act: (env: AwsEnvironment, prefix: string) => Promise<Ended>;
  readonly after?: () => Promise<void>;
  /** What it ends with when all is well. */
  readonly code: number;
}

describe.skipIf(noEmulator)("rights, enforced, with the stack's own policies", () => {
  const folder = temporaryFolder();
  const config = join(folder, "run.json");
  let emulator: Emulator;
  let bucket: string;
  let taskRole: string;
  let operator: Statement[];
  let task: Statement[];
  let people = 0;
  let done = false;

  beforeAll(async () => {
    emulator = await startEmulator();
    const up = bisonflow(["aws", "up", "--yes", "--image", "bisonflow", "--max-vcpus", "2"], {
      env: emulator.env,
    });
    expect(up.stderr).toBe("");
    const outputs = await stackOutputs(emulator);
    bucket = outputs.BucketName ?? "";
    taskRole = (outputs.TaskRoleArn ?? "").split("/").at(-1) ?? "";
    operator = await managedPolicy(emulator, outputs.OperatorPolicyArn ?? "");
    task = await declaredRights(emulator, taskRole);
    writeSmallRun(folder, config);
    await putSnapshot();
    await emulator.enforce();
  });
  afterAll(() => emulator?.stop());

  const person = (statements: readonly Statement[]): Promise<AwsEnvironment> =>
    makeUser(emulator, { name: `person-${people++}`, rights: { statements } });
  const command = async (
    args: string[],
    env: AwsEnvironment,
    onLine?: (line: string) => string | undefined,
  ) => {
    const child = startBisonflow(args, { env });
    let stdout = "";
    let stderr = "";
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
      const signal = text
        .split("\n")
        .map((line) => onLine?.(line))
        .find((wish) => wish !== undefined);
      if (signal !== undefined) child.kill(signal as NodeJS.Signals);
    });
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
    return { code, stdout, stderr };
  };
  const runInto = (prefix: string): string[] => [
    ...["run", "--config", config, "--on", "aws", "--to", `s3://${bucket}/${prefix}`, "--json"],
  ];
  const s3 = (): S3Client => new S3Client({ ...clientConfig(emulator), forcePathStyle: true });
  const livingJobs = async (): Promise<string[]> => {
    const batch = new BatchClient(clientConfig(emulator));
    const filters = [{ name: "JOB_NAME", values: ["*"] }];
    const { jobSummaryList = [] } = await batch.send(new ListJobsCommand({ jobQueue: "bisonflow", filters }));
    return jobSummaryList
      .filter(({ status }) => status !== "SUCCEEDED" && status !== "FAILED")
      .map(({ jobId }) => jobId ?? "");
  };
  const endAllJobs = async (): Promise<void> => {
    const batch = new BatchClient(clientConfig(emulator));
    for (const jobId of await livingJobs()) {
      await batch.send(new TerminateJobCommand({ jobId, reason: "the test is over" }));
    }
    await nobodyLives();
  };
  const nobodyLives = async (): Promise<void> => {
    for (let tries = 0; (await livingJobs()).length > 0 && tries < 100; tries++) await sleep(100);
    expect(await livingJobs()).toEqual([]);
  };
  const forgetDatabase = async (name: string): Promise<void> => {
    await new GlueClient(clientConfig(emulator))
      .send(new DeleteDatabaseCommand({ Name: name }))
      .catch(() => undefined);
  };
  /** GBIF's bucket, open to everybody. */
  const putSnapshot = async (): Promise<void> => {
    await writeSampleRecords({ folder: join(folder, "snapshot"), files: 1, rows: 60 });
    await s3().send(new CreateBucketCommand({ Bucket: gbif }));
    const put = (Key: string, Body: string | Buffer) =>
      s3().send(new PutObjectCommand({ Bucket: gbif, Key, Body, ACL: "public-read" }));
    await put(`${snapshot}000000`, readFileSync(join(folder, "snapshot", "000000")));
    await put("occurrence/2026-11-01/citation.txt", "GBIF.org");
  };
  const putParts = async (prefix: string, years: readonly number[], text: string): Promise<void> => {
    for (const year of years) {
      await s3().send(
        new PutObjectCommand({ Bucket: bucket, Key: `${prefix}/birds/year=${year}/part.csv`, Body: text }),
      );
    }
  };
  const crawlParts = (env: AwsEnvironment, prefix: string): Promise<Ended> =>
    command(
      [
        ...["crawl", `s3://${bucket}/${prefix}`, "--catalog", "glue"],
        ...["--database", databaseOf(prefix), "--json"],
      ],
      env,
    );

  const scenarios = {
    "a run": { act: (env, prefix) => command(runInto(prefix), env), code: 0 },
    "a run where uploads of a killed one are left": {
      before: async (prefix) => {
        const Key = `${prefix}/occurrences/part-00000.parquet`;
        await s3().send(new CreateMultipartUploadCommand({ Bucket: bucket, Key }));
      },
      act: (env, prefix) => command(runInto(prefix), env),
      code: 0,
    },
    "a run that is interrupted": {
      act: (env, prefix) => {
        let asked = false;
        return command(runInto(prefix), env, (line) => {
          if (asked || !line.includes('"task-started"')) return undefined;
          asked = true;
          return "SIGINT";
        });
      },
      after: endAllJobs,
      code: 130,
    },
    "the registration of a run that is done": {
      // Made once with all rights; what is missing then shows in seconds.
      before: async () => {
        if (!done) expect((await command(runInto("bison_done"), await person(operator))).stderr).toBe("");
        done = true;
        await forgetDatabase("bison_done");
      },
      act: (env) => command(runInto("bison_done"), env),
      code: 0,
    },
    "a crawl of partitions": {
      before: (prefix) => putParts(prefix, [2020, 2021], "gbifid,species\n1,Puma concolor\n"),
      act: crawlParts,
      code: 0,
    },
    "a crawl after partitions and columns have changed": {
      before: async (prefix) => {
        await putParts(prefix, [2020, 2021], "gbifid,species\n1,Puma concolor\n");
        const other = { Bucket: bucket, Key: `${prefix}/towns/towns.csv` };
        await s3().send(new PutObjectCommand({ ...other, Body: "id,name\n1,Lawrence\n" }));
        const first = await crawlParts(await person(operator), prefix);
        expect(first.stderr).toBe("");
        await putParts(
          prefix,
          [2021, 2022],
          "gbifid,species,year_seen\n1,Puma concolor,2020\n2,Lynx rufus,2021\n",
        );
        await s3().send(
          new DeleteObjectCommand({ Bucket: bucket, Key: `${prefix}/birds/year=2020/part.csv` }),
        );
        await s3().send(new DeleteObjectCommand(other));
      },
      act: crawlParts,
      code: 0,
    },
    // What people and tasks read there is open to everybody: nobody has a right for it.
    "a run of GBIF's newest snapshot": {
      act: (env, prefix) => command([...runInto(prefix), "--occurrences", "gbif:latest"], env),
      code: 0,
    },
    "a crawl of GBIF's snapshot, and a look into it": {
      act: async (env, prefix) => {
        const database = databaseOf(prefix);
        const glue = ["--catalog", "glue", "--json"];
        const crawled = await command(
          ["crawl", `s3://${gbif}/${snapshot}`, "--database", database, ...glue],
          env,
        );
        if (crawled.code !== 0) return crawled;
        const { tables } = JSON.parse(crawled.stdout) as { tables: { name: string }[] };
        return command(["preview", `${database}.${tables[0]?.name}`, ...glue], env);
      },
      code: 0,
    },
    "a look at the catalog": {
      act: (env) => command(["catalog", "list", "--catalog", "glue", "--json"], env),
      code: 0,
    },
  } satisfies Record<string, Scenario>;
  type ScenarioName = keyof typeof scenarios;

  /** Where each right of people is needed. */
  const needed: Readonly<Record<string, ScenarioName>> = {
    "cloudformation:DescribeStacks": "a run",
    "batch:DescribeJobQueues": "a run",
    "batch:DescribeComputeEnvironments": "a run",
    "batch:DescribeJobDefinitions": "a run",
    "batch:ListJobs": "a run",
    "batch:SubmitJob": "a run",
    "batch:DescribeJobs": "a run",
    "logs:GetLogEvents": "a run",
    "s3:ListBucket": "a run",
    "s3:GetObject": "a run",
    "s3:PutObject": "a run",
    "s3:DeleteObject": "a run",
    "s3:ListBucketMultipartUploads": "a run",
    "s3:AbortMultipartUpload": "a run where uploads of a killed one are left",
    "batch:TerminateJob": "a run that is interrupted",
    "glue:GetDatabase": "the registration of a run that is done",
    "glue:CreateDatabase": "the registration of a run that is done",
    "glue:GetTable": "the registration of a run that is done",
    "glue:CreateTable": "the registration of a run that is done",
    "glue:GetTables": "a crawl of partitions",
    "glue:BatchGetPartition": "a crawl of partitions",
    "glue:BatchCreatePartition": "a crawl of partitions",
    "glue:UpdateTable": "a crawl after partitions and columns have changed",
    "glue:DeleteTable": "a crawl after partitions and columns have changed",
    "glue:GetPartitions": "a crawl after partitions and columns have changed",
    "glue:BatchUpdatePartition": "a crawl after partitions and columns have changed",
    "glue:BatchDeletePartition": "a crawl after partitions and columns have changed",
    "glue:GetDatabases": "a look at the catalog",
  };
  let prefixes = 0;
  const play = async (name: ScenarioName, statements: readonly Statement[]): Promise<Ended> => {
    const scenario: Scenario = scenarios[name];
    const prefix = `bison_${prefixes++}`;
    await scenario.before?.(prefix);
    const ended = await scenario.act(await person(statements), prefix);
    await scenario.after?.();
    return ended;
  };

  it("are known, every one, by where it is needed", () => {
    const declared = actionsOf(operator).filter((action) => !notOfARun.has(action));
    expect(Object.keys(needed).sort()).toEqual(declared);
  });

  describe("of people", () => {
    it.each(Object.keys(scenarios) as ScenarioName[])("suffice for %s", async (name) => {
      const { code, stderr } = await play(name, operator);
      const expected: Scenario = scenarios[name];
      if (expected.code === 0) expect(stderr).toBe("");
      expect(code).toBe(expected.code);
    });

    it.each(Object.entries(needed))("%s is missed in %s, by its name", async (action, name) => {
      const { code, stderr, stdout } = await play(name, without(operator, action));
      expect({ action, code, stdout: stdout.slice(-500) }).not.toMatchObject({ code: 0 });
      const { error } = JSON.parse(stderr) as { error: { message: string; hint: string } };
      expect(error.message).toContain(action);
      expect(error.message).toMatch(/user\/person-\d+/);
      expect(error.hint).not.toBe("");
      // Whatever was missing, no job goes on that nobody follows.
      await nobodyLives();
    });
  });

  describe("of tasks", () => {
    const give = (statements: readonly Statement[]): Promise<void> =>
      declareRights(emulator, taskRole, statements);

    it("are missed one by one, by their names and the role's", async () => {
      for (const action of actionsOf(task)) {
        if (notOfASoundTask.has(action)) continue;
        await give(without(task, action));
        const { code, stderr } = await play("a run", operator);
        expect({ action, code }).not.toMatchObject({ code: 0 });
        const { error } = JSON.parse(stderr) as { error: { message: string } };
        expect(error.message).toContain(action);
        expect(error.message).toContain(`assumed-role/${taskRole}/`);
        await endAllJobs();
      }
      await give(task);
    });
  });
});

/** The database that a prefix is crawled into. */
function databaseOf(prefix: string): string {
  return prefix.replaceAll("-", "_");
}

async function stackOutputs(emulator: Emulator): Promise<Record<string, string>> {
  const client = new CloudFormationClient(clientConfig(emulator));
  const { Stacks } = await client.send(new DescribeStacksCommand({ StackName: "bisonflow" }));
  const outputs = Stacks?.[0]?.Outputs ?? [];
  return Object.fromEntries(
    outputs.map(({ OutputKey, OutputValue }) => [OutputKey ?? "", OutputValue ?? ""]),
  );
}
