import type { ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { BatchClient, DescribeJobsCommand, type JobDetail, SubmitJobCommand } from "@aws-sdk/client-batch";
import {
  CloudFormationClient,
  DescribeStackResourcesCommand,
  DescribeStacksCommand,
  UpdateStackCommand,
} from "@aws-sdk/client-cloudformation";
import { CloudWatchLogsClient, GetLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import {
  CreateCrawlerCommand,
  CreateTableCommand,
  GetCrawlerCommand,
  GlueClient,
  type LastCrawlInfo,
  StartCrawlerCommand,
} from "@aws-sdk/client-glue";
import { AttachRolePolicyCommand, DetachRolePolicyCommand, IAMClient } from "@aws-sdk/client-iam";
import { CreateBucketCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  DescribeStateMachineCommand,
  type DescribeStateMachineCommandOutput,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
  UpdateStateMachineCommand,
} from "@aws-sdk/client-sfn";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { failureOf } from "../../src/aws/batch/task-failure.ts";
import { explain } from "../../src/aws/index.ts";
import { clientConfig } from "../support/batch-queue.ts";
import { bisonflow, startBisonflow } from "../support/command.ts";
import {
  actionsOf,
  declaredRights,
  declareRights,
  type Statement,
  without,
} from "../support/declared-rights.ts";
import { type Emulator, noEmulator, type Refusal, startEmulator } from "../support/emulator.ts";
import { setRoleRights } from "../support/emulator-identities.ts";
import { temporaryFolder } from "../support/paths.ts";
import { writeSampleRecords } from "../support/sample-records.ts";
import { smallInputs, smallRun } from "../support/small-run.ts";

type Role = "StateMachineRole" | "ScheduleRole" | "CrawlerRole" | "ExecutionRole";

/** The rights of the state machine's role, and where each is needed. */
const ofTheMachine = {
  "events:PutTargets": "when it is made: its jobs' ends",
  "events:PutRule": "when it is made: its jobs' ends",
  "events:DescribeRule": "when it is made: its jobs' ends",
  "logs:CreateLogDelivery": "when it is made: its log",
  "logs:GetLogDelivery": "when it is made: its log",
  "logs:UpdateLogDelivery": "when it is made: its log",
  "logs:DeleteLogDelivery": "when it is made: its log",
  "logs:ListLogDeliveries": "when it is made: its log",
  "logs:PutResourcePolicy": "when it is made: its log",
  "logs:DescribeResourcePolicies": "when it is made: its log",
  "logs:DescribeLogGroups": "when it is made: its log",
  "batch:SubmitJob": "in a run",
  "batch:DescribeJobs": "in a run",
  "batch:TerminateJob": "when a run is stopped",
  "s3:GetObject": "in ReadPlan",
  "glue:StartCrawler": "in StartCrawler",
  "glue:GetCrawler": "in LookAtCrawler",
  "sns:Publish": "in Notify",
} as const;

/** The rights of the crawler's role, and what a crawl without each does. */
const ofTheCrawler = {
  "s3:ListBucket": "fails",
  "s3:GetObject": "says so in its log",
  "glue:GetDatabase": "fails",
  "glue:GetTables": "fails",
  "glue:GetTable": "fails",
  "glue:CreateTable": "fails",
  "glue:UpdateTable": "fails",
  "glue:BatchGetPartition": "fails",
  "glue:GetPartition": "fails",
  "glue:BatchCreatePartition": "fails",
  "glue:UpdatePartition": "fails",
  "logs:CreateLogGroup": "has no log",
  "logs:CreateLogStream": "has no log",
  "logs:PutLogEvents": "has no log",
  "glue:GetConnection": "refused",
  "secretsmanager:GetSecretValue": "fails through the connection",
  "ec2:DescribeSubnets": "fails through the connection",
  "ec2:DescribeSecurityGroups": "fails through the connection",
  "ec2:DescribeVpcEndpoints": "fails through the connection",
  "ec2:DescribeRouteTables": "fails through the connection",
  "ec2:DescribeVpcAttribute": "fails through the connection",
  "ec2:DescribeNetworkInterfaces": "fails through the connection",
  "ec2:CreateNetworkInterface": "fails through the connection",
  "ec2:DeleteNetworkInterface": "fails through the connection",
  "ec2:CreateTags": "fails through the connection",
  "ec2:DeleteTags": "fails through the connection",
} as const;

/** The rights of the role by which ECS starts a container, and its words where each is missing. */
const ofTheContainer = {
  "ecr:GetAuthorizationToken": "CannotPullECRContainerError: AccessDeniedException: User: ",
  "ecr:BatchGetImage": "CannotPullContainerError: Error response from daemon: denied: User: ",
  "ecr:GetDownloadUrlForLayer": "CannotPullContainerError: Error response from daemon: denied: User: ",
  "logs:CreateLogStream": "failed to create Cloudwatch log stream: AccessDeniedException: User: ",
  "logs:PutLogEvents": "nothing stands in its log",
} as const;

const gbif = "gbif-open-data-us-east-1";
const snapshot = "occurrence/2026-11-01/occurrence.parquet/";

/** How a run of a state machine ended. */
interface Ended {
  readonly status: string | undefined;
  readonly cause: string;
  /** Of states that failed, those whose failure is caught among them. */
  readonly failures: string[];
}

describe.skipIf(noEmulator)("rights of the stack's own roles, enforced", () => {
  let emulator: Emulator;
  let bucket: string;
  /** Physical ids by logical ids. */
  let parts: Record<string, string>;
  let machine: DescribeStateMachineCommandOutput;
  let names = 0;

  const cloudFormation = () => new CloudFormationClient(clientConfig(emulator));
  const states = () => new SFNClient(clientConfig(emulator));
  const glue = () => new GlueClient(clientConfig(emulator));
  const batch = () => new BatchClient(clientConfig(emulator));
  const s3 = () => new S3Client({ ...clientConfig(emulator), forcePathStyle: true });
  const roleName = (role: Role): string => parts[role] ?? "";
  const put = (Key: string, Body: string) => s3().send(new PutObjectCommand({ Bucket: bucket, Key, Body }));

  beforeAll(async () => {
    // A container that is asked to end and does not is killed at once.
    emulator = await startEmulator({
      // The policy of Batch's machines is AWS's own.
      env: { EMULATOR_STOP_GRACE_SECONDS: "0", MOTO_IAM_LOAD_MANAGED_POLICIES: "true" },
    });
    await fetch(`${emulator.endpoint}/moto-api/state-manager/set-transition`, {
      method: "POST",
      body: JSON.stringify({ model_name: "glue::crawl", transition: { progression: "immediate" } }),
    });
    // With the database the connection needs its password; the image is the stack's own, in ECR.
    const up = bisonflow(["aws", "up", "--yes", "--database", "--max-vcpus", "2"], { env: emulator.env });
    expect(up.stderr).toBe("");
    const { StackResources = [] } = await cloudFormation().send(
      new DescribeStackResourcesCommand({ StackName: "bisonflow" }),
    );
    parts = Object.fromEntries(
      StackResources.map((one) => [one.LogicalResourceId ?? "", one.PhysicalResourceId ?? ""]),
    );
    bucket = parts.Bucket ?? "";
    for (const [name, text] of Object.entries(smallInputs())) await put(`config/${name}`, text);
    await put(
      "config/run.json",
      JSON.stringify({ ...smallRun(""), out: `s3://${bucket}/results/bison_small` }),
    );
    machine = await states().send(new DescribeStateMachineCommand({ stateMachineArn: parts.StateMachine }));
    await putSnapshot();
    await put(
      "config/gbif.json",
      JSON.stringify({
        ...smallRun(""),
        occurrences: ["gbif:latest"],
        out: `s3://${bucket}/results/bison_gbif`,
      }),
    );
    await emulator.enforce();
  });
  afterAll(() => emulator?.stop());

  /** GBIF's bucket is open to everybody. */
  const putSnapshot = async (): Promise<void> => {
    const folder = temporaryFolder();
    await writeSampleRecords({ folder, files: 1, rows: 60 });
    await s3().send(new CreateBucketCommand({ Bucket: gbif }));
    const open = { Bucket: gbif, ACL: "public-read" as const };
    const Body = readFileSync(join(folder, "000000"));
    await s3().send(new PutObjectCommand({ ...open, Key: `${snapshot}000000`, Body }));
    const citation = { Key: "occurrence/2026-11-01/citation.txt", Body: "GBIF.org" };
    await s3().send(new PutObjectCommand({ ...open, ...citation }));
  };

  /** They come by another way than answers do. */
  const refusalsSince = async (before: number): Promise<Refusal[]> => {
    await sleep(50);
    return emulator.refusals.slice(before);
  };
  /** Takes an action from a role while something is done; says what was refused to the role meanwhile. */
  const whileMissing = async <T>(
    role: Role,
    action: string | ((statement: Statement) => boolean),
    act: () => Promise<T>,
  ): Promise<{ ended: T; refused: Refusal[] }> => {
    const declared = await declaredRights(emulator, roleName(role));
    const rest =
      typeof action === "string"
        ? without(declared, action)
        : declared.filter((statement) => !action(statement));
    expect(rest).not.toEqual(declared);
    const before = emulator.refusals.length;
    await declareRights(emulator, roleName(role), rest);
    try {
      const ended = await act();
      return { ended, refused: await refusalsSince(before) };
    } finally {
      await declareRights(emulator, roleName(role), declared);
    }
  };
  const session = (role: Role) => expect.stringContaining(`:assumed-role/${roleName(role)}/`);
  const sentence = (role: Role, action: string) =>
    new RegExp(
      `User: arn:aws:sts::\\d+:assumed-role/${roleName(role)}/\\S+ is not authorized to perform: ${action}`,
    );
  const declaredActions = async (role: Role) => actionsOf(await declaredRights(emulator, roleName(role)));

  const endOf = async (executionArn: string): Promise<Ended> => {
    for (;;) {
      const { status, cause = "" } = await states().send(new DescribeExecutionCommand({ executionArn }));
      if (status === "RUNNING") {
        await sleep(100);
        continue;
      }
      const { events = [] } = await states().send(
        new GetExecutionHistoryCommand({ executionArn, maxResults: 1000 }),
      );
      const failures = events.flatMap(({ taskFailedEventDetails: one }) =>
        one === undefined ? [] : (one.cause ?? ""),
      );
      return { status, cause, failures };
    }
  };
  const start = async (stateMachineArn = machine.stateMachineArn, input: object = {}): Promise<string> => {
    const { executionArn = "" } = await states().send(
      new StartExecutionCommand({ stateMachineArn, input: JSON.stringify(input) }),
    );
    return executionArn;
  };

  /** What the doctor finds: role and action of what nobody else tells of. */
  const doctorFinds = async (): Promise<unknown[]> => {
    const ended = await toEnd(startBisonflow(["aws", "doctor", "--json"], { env: emulator.env }));
    const { findings, notRun } = JSON.parse(ended.stdout) as { findings: unknown[]; notRun: unknown[] };
    expect(notRun).toEqual([]);
    expect(ended.code).toBe(findings.length === 0 ? 0 : 1);
    return findings;
  };
  const lacking = (role: Role, action: string) =>
    expect.objectContaining({
      code: "role-missing-action",
      resource: `role ${roleName(role)}`,
      cause: expect.stringMatching(
        new RegExp(`^Role ${roleName(role)} \\(used by .*of stack bisonflow\\) may not ${action}\\.$`),
      ),
      mend: expect.objectContaining({
        command: expect.stringMatching(
          new RegExp(
            `^aws iam put-role-policy --role-name ${roleName(role)} --policy-name declared .*${action}`,
          ),
        ),
      }),
    });

  /** The machine from one of its states on, under the same role; it looks at the crawler sooner. */
  const fromState = async (state: string): Promise<Ended> => {
    const whole = JSON.parse(machine.definition ?? "");
    whole.States.WaitForCrawler.Seconds = 1;
    const definition = JSON.stringify({ ...whole, StartAt: state });
    const { stateMachineArn } = await states().send(
      new CreateStateMachineCommand({ name: `from-${names++}`, definition, roleArn: machine.roleArn }),
    );
    return endOf(await start(stateMachineArn, { result: { value: { text: "It has ended." } } }));
  };

  it("are, all of them, those that are proven here", async () => {
    expect(Object.keys(ofTheMachine).sort()).toEqual(await declaredActions("StateMachineRole"));
    expect(await declaredActions("ScheduleRole")).toEqual(["states:StartExecution"]);
    expect(Object.keys(ofTheCrawler).sort()).toEqual(await declaredActions("CrawlerRole"));
    expect(Object.keys(ofTheContainer).sort()).toEqual(await declaredActions("ExecutionRole"));
  });

  describe("of the schedule", () => {
    /** Lets the stack's schedule go off in a second: its target stays as it was made. */
    const goOff = async (): Promise<void> => {
      const { Stacks } = await cloudFormation().send(new DescribeStacksCommand({ StackName: "bisonflow" }));
      const time = new Date(Date.now() + 1000).toISOString().slice(0, 19);
      const changed: Record<string, string> = { ScheduleState: "ENABLED", ScheduleExpression: `at(${time})` };
      await cloudFormation().send(
        new UpdateStackCommand({
          StackName: "bisonflow",
          UsePreviousTemplate: true,
          Capabilities: ["CAPABILITY_IAM"],
          Parameters: (Stacks?.[0]?.Parameters ?? []).map(({ ParameterKey = "", ParameterValue }) => ({
            ParameterKey,
            ParameterValue: changed[ParameterKey] ?? ParameterValue,
          })),
        }),
      );
    };
    const executions = async (): Promise<string[]> => {
      const { executions: all = [] } = await states().send(
        new ListExecutionsCommand({ stateMachineArn: machine.stateMachineArn }),
      );
      return all.map(({ executionArn }) => executionArn ?? "");
    };

    it("states:StartExecution is missed, and nothing runs; the doctor names it", async () => {
      const { ended, refused } = await whileMissing("ScheduleRole", "states:StartExecution", async () => {
        await goOff();
        const before = emulator.refusals.length;
        for (let tries = 0; emulator.refusals.length === before && tries < 50; tries++) await sleep(100);
        return doctorFinds();
      });
      expect(ended).toContainEqual(lacking("ScheduleRole", "states:StartExecution"));
      expect(refused).toEqual([{ refused: "states:StartExecution", by: session("ScheduleRole") }]);
      expect(await executions()).toEqual([]);
    });

    it("suffice to start a run, and the machine's, the tasks' and ECS's suffice to end it", async () => {
      const before = emulator.refusals.length;
      await goOff();
      let started: string[] = [];
      for (let tries = 0; started.length === 0 && tries < 50; tries++) {
        await sleep(100);
        started = await executions();
      }
      expect(started).toHaveLength(1);
      const ended = await endOf(started[0] ?? "");
      expect(ended).toEqual({ status: "SUCCEEDED", cause: "", failures: [] });
      expect(await refusalsSince(before)).toEqual([]);
    });
  });

  describe("of the state machine", () => {
    const change = () =>
      states()
        .send(
          new UpdateStateMachineCommand({
            stateMachineArn: machine.stateMachineArn,
            definition: machine.definition,
            loggingConfiguration: machine.loggingConfiguration,
          }),
        )
        .then(
          () => "",
          (error: Error) => error.message,
        );
    /** Stops an execution while its first job is at work; says how the job ended. */
    const stopEarly = async (): Promise<JobDetail> => {
      const running = new Promise<{ job: string; pid: number }>((resolve) => {
        const stop = emulator.onJobProcess(({ job, pid }) => {
          stop();
          process.kill(-pid, "SIGSTOP");
          resolve({ job, pid });
        });
      });
      const before = emulator.refusals.length;
      const executionArn = await start();
      const { job, pid } = await running;
      await states().send(new StopExecutionCommand({ executionArn }));
      expect((await endOf(executionArn)).status).toBe("ABORTED");
      // Until it was ended, or that was refused.
      while (lives(pid) && emulator.refusals.length === before) await sleep(50);
      if (lives(pid)) process.kill(-pid, "SIGCONT");
      return jobEnd(job);
    };

    it("suffice to make and change it, to start the crawler, and to end a job that nobody waits for", async () => {
      const before = emulator.refusals.length;
      expect(machine.loggingConfiguration?.level).toBe("ALL");
      expect(await change()).toBe("");
      const looked = await fromState("StartCrawler");
      expect(looked.status).toBe("SUCCEEDED");
      expect(await stopEarly()).toMatchObject({
        status: "FAILED",
        statusReason: "The execution was stopped.",
      });
      expect(await refusalsSince(before)).toEqual([]);
    });

    it("suffice, with the steps' and the tasks', for a run of GBIF's newest snapshot, which is read unsigned", async () => {
      const before = emulator.refusals.length;
      const ended = await endOf(
        await start(machine.stateMachineArn, { config: `s3://${bucket}/config/gbif.json` }),
      );
      expect(ended).toEqual({ status: "SUCCEEDED", cause: "", failures: [] });
      expect(await refusalsSince(before)).toEqual([]);
    });

    it.each(Object.entries(ofTheMachine))("%s is missed %s", async (action, where) => {
      const role = "StateMachineRole";
      const { ended, refused } = await whileMissing(role, action, async () => {
        switch (where) {
          case "when it is made: its jobs' ends":
          case "when it is made: its log":
            return { said: await change() };
          case "when a run is stopped":
            return { job: await stopEarly(), told: await doctorFinds() };
          case "in a run":
            return endOf(await start());
          default:
            return fromState(where.replace(/^in /, ""));
        }
      });
      expect(refused).toContainEqual({ refused: action, by: session(role) });
      if ("said" in ended) {
        // AWS names no action here; the command that explains errors does.
        expect(ended.said).toMatch(/not authorized to/);
        const [found] = explain(`${roleName(role)}: ${ended.said}`);
        expect(found?.code).toBe("role-missing-action");
        expect(found?.mends[0]?.words).toContain(action);
      } else if ("job" in ended) {
        // Nobody but the doctor tells of it.
        expect(ended.job.status).toBe("SUCCEEDED");
        expect(ended.told).toContainEqual(lacking(role, action));
      } else if (action === "sns:Publish") {
        // A message that cannot be sent does not undo what it is about.
        expect(ended.status).toBe("SUCCEEDED");
        expect(ended.failures.join()).toMatch(sentence(role, action));
      } else {
        expect(ended.status).toBe("FAILED");
        expect(ended.cause).toMatch(sentence(role, action));
      }
    });
  });

  describe("of the crawler", () => {
    /** A crawl of the stack's own crawler, of GBIF's bucket, or through the stack's connection. */
    const crawl = async (name: string): Promise<LastCrawlInfo> => {
      await glue().send(new StartCrawlerCommand({ Name: name }));
      for (;;) {
        const { Crawler } = await glue().send(new GetCrawlerCommand({ Name: name }));
        if (Crawler?.State === "READY") return Crawler.LastCrawl ?? {};
        await sleep(100);
      }
    };
    const makeCrawler = (Name: string, target: { Path: string; ConnectionName?: string }) =>
      glue().send(
        new CreateCrawlerCommand({
          Name,
          Role: machine.roleArn?.replace(/[^/]+$/, roleName("CrawlerRole")),
          DatabaseName: "bison_metadata",
          Targets: { S3Targets: [target] },
        }),
      );
    const logOf = async ({ LogGroup, LogStream, MessagePrefix = "none" }: LastCrawlInfo): Promise<string> => {
      const { events = [] } = await new CloudWatchLogsClient(clientConfig(emulator)).send(
        new GetLogEventsCommand({ logGroupName: LogGroup, logStreamName: LogStream }),
      );
      return events
        .flatMap(({ message = "" }) => (message.includes(MessagePrefix) ? [message] : []))
        .join("\n");
    };
    beforeAll(async () => {
      await put("results/crawled/known/a.parquet", "PAR1");
      await put("results/crawled/parted/year=2020/a.parquet", "PAR1");
      await glue().send(
        new CreateTableCommand({ DatabaseName: "bison_metadata", TableInput: { Name: "known" } }),
      );
      await makeCrawler("gbif", { Path: `s3://${gbif}/${snapshot}` });
      await makeCrawler("through", {
        Path: `s3://${bucket}/results/`,
        ConnectionName: parts.Connection ?? "",
      });
    });

    it.each(["bisonflow", "gbif", "through"])("suffice for a crawl: %s", async (name) => {
      const before = emulator.refusals.length;
      const last = await crawl(name);
      expect(last).toMatchObject({ Status: "SUCCEEDED" });
      expect(await logOf(last)).toMatch(/has finished running/);
      expect(await refusalsSince(before)).toEqual([]);
    });

    it.each(Object.entries(ofTheCrawler))("%s is missed in a crawl: %s", async (action, how) => {
      const role = "CrawlerRole";
      if (how === "refused") {
        const { ended } = await whileMissing(role, action, () =>
          makeCrawler("other", { Path: `s3://${bucket}/`, ConnectionName: parts.Connection ?? "" }).catch(
            (error: Error) => error.message,
          ),
        );
        expect(ended).toMatch(sentence(role, action));
        return;
      }
      let told: unknown[] = [];
      let followed: Printed | undefined;
      const { ended, refused } = await whileMissing(role, action, async () => {
        const last = await crawl(how === "fails through the connection" ? "through" : "bisonflow");
        if (how === "has no log") told = await doctorFinds();
        if (how === "says so in its log")
          followed = await toEnd(startBisonflow(["crawl", "--crawler", "bisonflow"], { env: emulator.env }));
        return last;
      });
      expect(refused).toContainEqual({ refused: action, by: session(role) });
      if (how === "has no log") {
        expect(ended.Status).toBe("SUCCEEDED");
        expect(told).toContainEqual(lacking(role, action));
        return;
      }
      expect(ended.Status).toBe(how === "says so in its log" ? "SUCCEEDED" : "FAILED");
      if (how === "says so in its log") {
        expect(await logOf(ended)).toMatch(sentence(role, action));
        // Whoever follows the crawl is told.
        expect(followed).toMatchObject({ code: 3, stdout: "" });
        expect(followed?.stderr).toMatch(
          new RegExp(
            `no table came of it or changed\\. arn:\\S+/${roleName(role)}/\\S+ may not ${action}: \\d+ files`,
          ),
        );
      } else expect(ended.ErrorMessage).toMatch(sentence(role, action));
    });

    it("are had for GBIF's buckets apart from the stack's own", async () => {
      const role = "CrawlerRole";
      const ofGbif = ({ Resource }: Statement): boolean =>
        JSON.stringify(Resource).includes("gbif-open-data");
      const own = await whileMissing(role, ofGbif, async () => [
        await crawl("bisonflow"),
        await crawl("gbif"),
      ]);
      expect(own.ended.map(({ Status }) => Status)).toEqual(["SUCCEEDED", "FAILED"]);
      expect(own.ended[1]?.ErrorMessage).toMatch(sentence(role, "s3:ListBucket"));
    });
  });

  it("of the crawler are named by the run that waits for it", async () => {
    const { ended } = await whileMissing("CrawlerRole", "glue:GetDatabase", () => fromState("StartCrawler"));
    expect(ended.status).toBe("FAILED");
    expect(ended.cause).toMatch(/^Glue says of the crawl: /);
    expect(ended.cause).toMatch(sentence("CrawlerRole", "glue:GetDatabase"));
  });

  describe("of ECS, to start a job", () => {
    const submit = async (): Promise<JobDetail> => {
      const { jobId = "" } = await batch().send(
        new SubmitJobCommand({
          jobName: `version-${names++}`,
          jobQueue: "bisonflow",
          jobDefinition: "bisonflow-task",
          containerOverrides: { command: ["--version"] },
        }),
      );
      return jobEnd(jobId);
    };
    const printed = async (job: JobDetail): Promise<string> => {
      const { events = [] } = await new CloudWatchLogsClient(clientConfig(emulator)).send(
        new GetLogEventsCommand({
          logGroupName: "/bisonflow/bisonflow",
          logStreamName: job.attempts?.[0]?.container?.logStreamName,
        }),
      );
      return events.map(({ message }) => message).join("\n");
    };

    it("suffice", async () => {
      const before = emulator.refusals.length;
      const job = await submit();
      expect(job.status).toBe("SUCCEEDED");
      expect(await printed(job)).toMatch(/^\d+\.\d+\.\d+/);
      expect(await refusalsSince(before)).toEqual([]);
    });

    it.each(Object.entries(ofTheContainer))("%s is missed: %s", async (action, words) => {
      const role = "ExecutionRole";
      let found: unknown[] = [];
      const { ended: job, refused } = await whileMissing(role, action, async () => {
        const ended = await submit();
        if (action === "logs:PutLogEvents") found = await doctorFinds();
        return ended;
      });
      expect(refused).toContainEqual({ refused: action, by: session(role) });
      if (action === "logs:PutLogEvents") {
        expect(found).toContainEqual(lacking(role, action));
        expect(job.status).toBe("SUCCEEDED");
        expect(await printed(job)).toBe("");
        return;
      }
      const [attempt] = job.attempts ?? [];
      expect(job).toMatchObject({ status: "FAILED", attempts: [{ statusReason: "Task failed to start" }] });
      expect(attempt?.container?.reason).toContain(words);
      expect(attempt?.container?.reason).toContain(`:assumed-role/${roleName(role)}/`);
      // AWS cuts its sentence after 255 characters, mostly before the action: bisonflow's own names it.
      const limits = { vcpus: 1, memoryMiB: 2048, attempts: 1, timeoutSeconds: 60 };
      const told = failureOf({ index: 0, job, reason: undefined, said: undefined, tail: "", limits });
      expect(told).toMatchObject({
        retry: false,
        message: expect.stringContaining(roleName(role)),
        hint: expect.stringContaining(action),
      });
    });
  });

  describe("of Batch's machines", () => {
    const agent = [
      "ecs:DiscoverPollEndpoint",
      "ecs:RegisterContainerInstance",
      "ecs:Poll",
      "ecs:SubmitContainerStateChange",
      "ecs:SubmitTaskStateChange",
    ];
    const iam = () => new IAMClient(clientConfig(emulator));
    const give = (actions: readonly string[]) =>
      setRoleRights(emulator, { name: parts.InstanceRole ?? "", rights: actions });

    it("are AWS's own; without one of those a job waits, and the doctor names role and action", async () => {
      const RoleName = parts.InstanceRole ?? "";
      const PolicyArn = "arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role";
      await iam().send(new DetachRolePolicyCommand({ RoleName, PolicyArn }));
      const { jobId = "" } = await batch().send(
        new SubmitJobCommand({ jobName: "waits", jobQueue: "bisonflow", jobDefinition: "bisonflow-task" }),
      );
      for (const action of agent) {
        await give(agent.filter((each) => each !== action));
        const before = emulator.refusals.length;
        await expect
          .poll(() => emulator.refusals.slice(before))
          .toContainEqual({ refused: action, by: expect.stringContaining(`:assumed-role/${RoleName}/i-`) });
        const { jobs: [job] = [] } = await batch().send(new DescribeJobsCommand({ jobs: [jobId] }));
        expect(job).toMatchObject({ status: "RUNNABLE" });
        expect(job?.statusReason ?? "").toBe("");
      }
      const { stdout } = await toEnd(startBisonflow(["aws", "doctor", "--json"], { env: emulator.env }));
      const { findings } = JSON.parse(stdout) as { findings: { code: string; cause: string }[] };
      expect(findings).toContainEqual(
        expect.objectContaining({
          code: "role-missing-action",
          cause: expect.stringMatching(new RegExp(`Role ${RoleName} .* may not ecs:SubmitTaskStateChange`)),
        }),
      );
      await iam().send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
      expect(await jobEnd(jobId)).toMatchObject({ status: "SUCCEEDED" });
    });
  });

  /** Waits until a job has ended. */
  const jobEnd = async (jobId: string): Promise<JobDetail> => {
    for (;;) {
      const { jobs: [job] = [] } = await batch().send(new DescribeJobsCommand({ jobs: [jobId] }));
      if (job?.status === "SUCCEEDED" || job?.status === "FAILED") return job;
      await sleep(100);
    }
  };
});

/** What a command printed. */
interface Printed {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a command printed, once it has ended: the emulator needs this process meanwhile. */
async function toEnd(child: ChildProcess): Promise<Printed> {
  const texts = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name]?.setEncoding("utf8").on("data", (text: string) => {
      texts[name] += text;
    });
  }
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, ...texts };
}

function lives(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
