import type { ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { BatchClient, DescribeJobsCommand, type JobDetail } from "@aws-sdk/client-batch";
import { CloudFormationClient, DescribeStackResourcesCommand } from "@aws-sdk/client-cloudformation";
import { GlueClient } from "@aws-sdk/client-glue";
import { CreateBucketCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  DescribeStateMachineCommand,
  GetExecutionHistoryCommand,
  SFNClient,
  StartExecutionCommand,
} from "@aws-sdk/client-sfn";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { clientConfig } from "../support/batch-queue.ts";
import { bisonflow, startBisonflow } from "../support/command.ts";
import {
  actionsOf,
  declaredRights,
  declareRights,
  type Statement,
  without,
} from "../support/declared-rights.ts";
import { noEmulator, type Refusal, startEmulator } from "../support/emulator.ts";
import { temporaryFolder } from "../support/paths.ts";
import { writeSampleRecords } from "../support/sample-records.ts";
import { smallInputs, smallRun } from "../support/small-run.ts";

export type Role = "StateMachineRole" | "ScheduleRole" | "CrawlerRole" | "ExecutionRole";

export const gbif = "gbif-open-data-us-east-1";
export const snapshot = "occurrence/2026-11-01/occurrence.parquet/";

/** How a run of a state machine ended. */
export interface Ended {
  readonly status: string | undefined;
  readonly cause: string;
  /** Of states that failed, those whose failure is caught among them. */
  readonly failures: string[];
}

/** A standing stack on an emulator of its own that enforces rights, and what tests of its roles do with it. */
export type StandingStack = Awaited<ReturnType<typeof standingStack>>;

/** Makes the stack by `aws up`, with inputs for a run of its state machine and a snapshot in GBIF's bucket. */
async function standingStack() {
  // A container that is asked to end and does not is killed at once.
  const emulator = await startEmulator({
    // The policy of Batch's machines is AWS's own.
    env: { EMULATOR_STOP_GRACE_SECONDS: "0", MOTO_IAM_LOAD_MANAGED_POLICIES: "true" },
  });
  await fetch(`${emulator.endpoint}/moto-api/state-manager/set-transition`, {
    method: "POST",
    body: JSON.stringify({ model_name: "glue::crawl", transition: { progression: "immediate" } }),
  });
  const cloudFormation = () => new CloudFormationClient(clientConfig(emulator));
  const states = () => new SFNClient(clientConfig(emulator));
  const glue = () => new GlueClient(clientConfig(emulator));
  const batch = () => new BatchClient(clientConfig(emulator));
  const s3 = () => new S3Client({ ...clientConfig(emulator), forcePathStyle: true });
  // With the database the connection needs its password; the image is the stack's own, in ECR.
  const up = bisonflow(["aws", "up", "--yes", "--database", "--max-vcpus", "2"], { env: emulator.env });
  expect(up.stderr).toBe("");
  const { StackResources = [] } = await cloudFormation().send(
    new DescribeStackResourcesCommand({ StackName: "bisonflow" }),
  );
  /** Physical ids by logical ids. */
  const parts: Record<string, string> = Object.fromEntries(
    StackResources.map((one) => [one.LogicalResourceId ?? "", one.PhysicalResourceId ?? ""]),
  );
  const bucket = parts.Bucket ?? "";
  let names = 0;
  const roleName = (role: Role): string => parts[role] ?? "";
  const put = (Key: string, Body: string) => s3().send(new PutObjectCommand({ Bucket: bucket, Key, Body }));
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
  for (const [name, text] of Object.entries(smallInputs())) await put(`config/${name}`, text);
  await put(
    "config/run.json",
    JSON.stringify({ ...smallRun(""), out: `s3://${bucket}/results/bison_small` }),
  );
  const machine = await states().send(
    new DescribeStateMachineCommand({ stateMachineArn: parts.StateMachine }),
  );
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

  /** Waits until a job has ended. */
  const jobEnd = async (jobId: string): Promise<JobDetail> => {
    for (;;) {
      const { jobs: [job] = [] } = await batch().send(new DescribeJobsCommand({ jobs: [jobId] }));
      if (job?.status === "SUCCEEDED" || job?.status === "FAILED") return job;
      await sleep(100);
    }
  };

  return {
    emulator,
    bucket,
    parts,
    machine,
    cloudFormation,
    states,
    glue,
    batch,
    s3,
    roleName,
    put,
    refusalsSince,
    whileMissing,
    session,
    sentence,
    declaredActions,
    endOf,
    start,
    doctorFinds,
    lacking,
    fromState,
    jobEnd,
    stop: () => emulator.stop(),
  };
}

/**
 * Tests of rights on a stack of their own, enforced: first of all that each action declared for these roles has its
 * proof among them.
 */
export function describeRights(
  title: string,
  proven: Partial<Record<Role, readonly string[]>>,
  tests: (stack: () => StandingStack) => void,
): void {
  describe.skipIf(noEmulator)(title, () => {
    let stack: StandingStack;
    beforeAll(async () => {
      stack = await standingStack();
    });
    afterAll(() => stack?.stop());

    it("are, all of them, those that are proven here", async () => {
      for (const [role, actions] of Object.entries(proven))
        expect([...actions].sort()).toEqual(await stack.declaredActions(role as Role));
    });
    tests(() => stack);
  });
}

/** What a command printed. */
export interface Printed {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a command printed, once it has ended: the emulator needs this process meanwhile. */
export async function toEnd(child: ChildProcess): Promise<Printed> {
  const texts = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name]?.setEncoding("utf8").on("data", (text: string) => {
      texts[name] += text;
    });
  }
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, ...texts };
}
