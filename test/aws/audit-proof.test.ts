import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DeleteDatabaseCommand, GetDatabasesCommand, GlueClient } from "@aws-sdk/client-glue";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { batchActions } from "../../src/aws/batch/index.ts";
import { iamActions, openAccess, type RecordedCall } from "../../src/aws/client/index.ts";
import { glueActions } from "../../src/aws/glue/index.ts";
import { s3Actions, s3Store, s3TaskActions } from "../../src/aws/s3/index.ts";
import type { Store } from "../../src/store/index.ts";
import { clientConfig, makeBatchQueue } from "../support/batch-queue.ts";
import { bisonflow, startBisonflow } from "../support/command.ts";
import { type AwsEnvironment, type Emulator, noEmulator, startEmulator } from "../support/emulator.ts";
import {
  makeTaskRole,
  makeUser,
  type Rights,
  setRoleRights,
  setUserRights,
} from "../support/emulator-identities.ts";
import { noSharedData, root, sharedFile, temporaryFolder } from "../support/paths.ts";

const skip = noEmulator || noSharedData;
const everything = ["*"];

interface Statement {
  readonly Sid: string;
  readonly Action: string | readonly string[];
  readonly [key: string]: unknown;
}

describe.skipIf(skip)(`a run on Batch under the audit's policies${skip === false ? "" : `: ${skip}`}`, () => {
  const folder = temporaryFolder();
  const cache = join(folder, "cache");
  const config = join(folder, "run.json");
  const recorded = { user: join(folder, "user.ndjson"), role: join(folder, "role.ndjson") };
  const out = "s3://bison/out";
  let emulator: Emulator;
  let store: Store;
  let user: AwsEnvironment;
  let roleArn = "";
  const userArn = "arn:aws:iam::123456789012:user/runner";

  beforeAll(async () => {
    writeFileSync(
      config,
      JSON.stringify({
        occurrences: [sharedFile("occurrences/isu-birds.dwca.zip")],
        layers: [{ name: "county", path: sharedFile("regions/cb_2021_us_county_5m.zip") }],
        register: { path: sharedFile("register/US-RIIS_MasterList_2021.csv") },
        aws: { queue: "bison-queue", jobDefinition: "bison-job" },
      }),
    );
    const main = join(root, "dist", "cli", "main.js");
    emulator = await startEmulator({
      env: { BISONFLOW_CACHE: cache },
      entrypoints: {
        "*bisonflow*": ["/usr/bin/env", `BISONFLOW_RECORD_CALLS=${recorded.role}`, process.execPath, main],
      },
    });
    roleArn = await makeTaskRole(emulator, { name: "bison-task", rights: everything });
    user = await makeUser(emulator, { name: "runner", rights: everything });
    await makeBatchQueue(emulator, { vcpus: 3, jobRoleArn: roleArn });
    const s3 = new S3Client({ ...clientConfig(emulator), forcePathStyle: true });
    await s3.send(new CreateBucketCommand({ Bucket: "bison" }));
    store = s3Store(await openAccess(clientConfig(emulator)), { stagingFolder: join(folder, "staged") });
    await emulator.enforce();
  });
  afterAll(() => emulator?.stop());

  // Not to its end in one step: the emulator writes to a pipe that this process has to read.
  const run = async (): Promise<{ status: number | null; stderr: string }> => {
    for (const file of Object.values(recorded)) rmSync(file, { force: true });
    const child = startBisonflow(["run", "--config", config, "--on", "aws", "--to", out], {
      env: { ...user, BISONFLOW_RECORD_CALLS: recorded.user, BISONFLOW_CACHE: cache },
    });
    let stderr = "";
    child.stdout?.resume();
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    return new Promise((resolve) => child.once("close", (status) => resolve({ status, stderr })));
  };
  /** As before the first run; or, with the tasks' outputs kept, as before the result was put together. */
  const forget = async (what: "everything" | "the result"): Promise<void> => {
    const names: string[] = [];
    for await (const { uri } of store.list("s3://bison/")) names.push(uri);
    const isKept = (uri: string): boolean =>
      what === "the result" &&
      uri.startsWith(`${out}/.bisonflow/`) &&
      !/\/lock$|\/\.bisonflow\/links\//.test(uri);
    for (const uri of names) if (!isKept(uri)) await store.remove(uri);
    const glue = new GlueClient(clientConfig(emulator));
    for (const { Name } of (await glue.send(new GetDatabasesCommand({}))).DatabaseList ?? []) {
      await glue.send(new DeleteDatabaseCommand({ Name }));
    }
  };
  const allow = async (rights: { user?: Rights; role?: Rights }): Promise<void> => {
    if (rights.user !== undefined) await setUserRights(emulator, { name: "runner", rights: rights.user });
    if (rights.role !== undefined) await setRoleRights(emulator, { name: "bison-task", rights: rights.role });
  };
  const calls = (file: string): RecordedCall[] =>
    existsSync(file)
      ? readFileSync(file, "utf8")
          .split("\n")
          .filter((line) => line !== "")
          .map((line) => JSON.parse(line) as RecordedCall)
      : [];
  /** By the table that the clients use, not by the audit. */
  const actionsOfCalls = (file: string): string[] => {
    const actions = calls(file).flatMap(({ service, operation, error }) => [
      ...iamActions(service, operation),
      // Not there: without the right to list it would have been a refusal.
      ...(/^(NoSuchKey|NotFound)$/.test(error ?? "") ? ["s3:ListBucket"] : []),
    ]);
    return [...new Set(actions)].sort();
  };
  const audited = (file: string, arn: string): Statement[] => {
    const policy = join(folder, "policy.json");
    const { status, stderr } = bisonflow(["aws", "audit", file, "--principal", arn, "--policy", policy]);
    expect(stderr).toBe("");
    expect(status).toBe(0);
    return (JSON.parse(readFileSync(policy, "utf8")) as { Statement: Statement[] }).Statement;
  };
  const actionsOf = (statements: readonly Statement[]): string[] =>
    [...new Set(statements.flatMap(({ Action }) => Action))].sort();
  const without = (statements: readonly Statement[], action: string): Statement[] =>
    statements.flatMap((statement) => {
      const Action = [statement.Action].flat().filter((one) => one !== action);
      return Action.length === 0 ? [] : [{ ...statement, Action }];
    });

  const terminate: Statement = { Sid: "End", Effect: "Allow", Action: "batch:TerminateJob", Resource: "*" };
  let ofUser: Statement[] = [];
  let ofRole: Statement[] = [];
  let used: { user: readonly string[]; role: readonly string[] } = { user: [], role: [] };

  it("is recorded under administrator's rights", async () => {
    const { status, stderr } = await run();
    expect(stderr).toBe("");
    expect(status).toBe(0);
    used = { user: actionsOfCalls(recorded.user), role: actionsOfCalls(recorded.role) };
    ofUser = audited(recorded.user, userArn);
    ofRole = audited(recorded.role, roleArn);
    expect(actionsOf(ofUser)).toEqual(used.user);
    expect(actionsOf(ofRole)).toEqual(used.role);
  });

  it("passes again from nothing with the two policies alone", async () => {
    await forget("everything");
    await allow({ user: { statements: ofUser }, role: { statements: ofRole } });
    const { status, stderr } = await run();
    expect(stderr).toBe("");
    expect(status).toBe(0);
  });

  it("does not reach beyond the resources of the policies", async () => {
    const elsewhere = bisonflow(["run", "--config", config, "--on", "aws", "--to", "s3://bison/elsewhere"], {
      env: user,
    });
    expect(elsewhere.status).not.toBe(0);
    expect(elsewhere.stderr).toContain("s3:");
  });

  const named = (actions: readonly string[]): Record<string, string> =>
    Object.fromEntries(actions.map((action) => [action, "fails, and names it"]));
  const outcome = ({ status, stderr }: { status: number | null; stderr: string }, action: string): string => {
    if (status === 0) return "passes";
    return stderr.includes(action) ? "fails, and names it" : `fails: ${stderr}`;
  };

  it("fails when any action of the task's policy is taken away", async () => {
    // A run that fails ends its jobs, which the recorded one did not have to.
    await allow({ user: { statements: [...ofUser, terminate] } });
    const outcomes: Record<string, string> = {};
    for (const action of actionsOf(ofRole)) {
      await forget("everything");
      await allow({ role: { statements: without(ofRole, action) } });
      outcomes[action] = outcome(await run(), action);
    }
    await allow({ user: { statements: ofUser }, role: { statements: ofRole } });
    expect(outcomes).toEqual(named(actionsOf(ofRole)));
  });

  it("fails when any action of the starter's policy is taken away", async () => {
    await forget("everything");
    await allow({ user: { statements: ofUser } });
    expect(await run()).toEqual({ status: 0, stderr: "" });
    const outcomes: Record<string, string> = {};
    // The tasks' outputs stay as long as they can, so that what a run does last comes soon.
    const ofJobs = (action: string): boolean => /^(batch|logs):/.test(action);
    for (const action of actionsOf(ofUser).sort((a, b) => Number(ofJobs(a)) - Number(ofJobs(b)))) {
      await forget(ofJobs(action) ? "everything" : "the result");
      await allow({ user: { statements: without(ofUser, action) } });
      outcomes[action] = outcome(await run(), action);
    }
    expect(outcomes).toEqual(named(actionsOf(ofUser)));
  });

  it("needs no action that its adapters do not declare, and they declare none for nothing", () => {
    const declared = {
      user: new Set([...batchActions, ...s3Actions, ...glueActions].map(({ action }) => action as string)),
      role: new Set(s3TaskActions.map(({ action }) => action as string)),
    };
    expect(used.user.filter((action) => !declared.user.has(action))).toEqual([]);
    expect(used.role.filter((action) => !declared.role.has(action))).toEqual([]);
    const all = new Set([...used.user, ...used.role]);
    const unused = [...declared.user].filter((action) => !all.has(action)).sort();
    expect(unused).toEqual(Object.keys(notInThisRun).sort());
  });
});

/** Declared and not needed by a run from nothing that nothing happens to: when they are. */
const notInThisRun: Readonly<Record<string, string>> = {
  "batch:TerminateJob": "a run that is interrupted or fails ends its jobs",
  "cloudformation:DescribeStacks": "a stack is named instead of a queue and a job definition",
  "glue:BatchCreatePartition": "a table has partitions: crawl, not a run's result",
  "glue:BatchDeletePartition": "files of a partition are gone when they are crawled again",
  "glue:BatchGetPartition": "a table has partitions: crawl, not a run's result",
  "glue:BatchUpdatePartition": "a partition has changed when it is crawled again",
  "glue:DeleteTable": "the files of a table are gone when they are crawled again",
  "glue:GetDatabases": "catalog list",
  "glue:GetPartitions": "a table has partitions: crawl, not a run's result",
  "glue:UpdateTable": "the result of an earlier run is in the catalog already",
  "s3:AbortMultipartUpload": "an upload in parts fails, or a killed task left one",
};
