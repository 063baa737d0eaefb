import { setTimeout as sleep } from "node:timers/promises";
import {
  BatchClient,
  CancelJobCommand,
  DescribeComputeEnvironmentsCommand,
  DescribeJobDefinitionsCommand,
  DescribeJobsCommand,
  type JobDetail,
  ListJobsCommand,
  type RetryStrategy,
  SubmitJobCommand,
  type SubmitJobCommandInput,
  TagResourceCommand,
  TerminateJobCommand,
  UntagResourceCommand,
  UpdateJobQueueCommand,
} from "@aws-sdk/client-batch";
import { CloudWatchLogsClient, GetLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { CreateRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type BatchQueue, clientConfig, makeBatchQueue } from "../../support/batch-queue.ts";
import { type Emulator, noEmulator, startEmulator } from "../../support/emulator.ts";

describe.skipIf(noEmulator)("the emulator's Batch", () => {
  let emulator: Emulator;
  let batch: BatchClient;
  let logs: CloudWatchLogsClient;
  let here: BatchQueue;

  beforeAll(async () => {
    emulator = await startEmulator({
      env: { EMULATOR_TIMEOUT_SCALE: "0.01", EMULATOR_STOP_GRACE_SECONDS: "1" },
    });
    batch = new BatchClient(clientConfig(emulator));
    logs = new CloudWatchLogsClient(clientConfig(emulator));
    here = await makeBatchQueue(emulator, { image: "none", vcpus: 4 });
  });
  afterAll(() => emulator?.stop());

  const submit = async (script: string, more: Partial<SubmitJobCommandInput> = {}): Promise<string> => {
    const { jobId } = await batch.send(
      new SubmitJobCommand({
        jobName: "try",
        jobQueue: here.queue,
        jobDefinition: here.definition,
        containerOverrides: { command: ["/bin/sh", "-c", script] },
        ...more,
      }),
    );
    return jobId ?? "";
  };
  const describeJob = async (id: string): Promise<JobDetail> => {
    const { jobs } = await batch.send(new DescribeJobsCommand({ jobs: [id] }));
    return jobs?.[0] as JobDetail;
  };
  const until = async (id: string, state: (job: JobDetail) => boolean): Promise<JobDetail> => {
    for (let tries = 0; tries < 400; tries++) {
      const job = await describeJob(id);
      if (state(job)) return job;
      await sleep(50);
    }
    throw new Error(`job ${id} stays ${JSON.stringify(await describeJob(id))}`);
  };
  const ended = (job: JobDetail): boolean => job.status === "SUCCEEDED" || job.status === "FAILED";
  const linesOf = async (job: JobDetail): Promise<string[]> => {
    const { events } = await logs.send(
      new GetLogEventsCommand({
        logGroupName: "/aws/batch/job",
        logStreamName: job.container?.logStreamName ?? "",
        startFromHead: true,
      }),
    );
    return (events ?? []).map(({ message }) => message ?? "");
  };
  const retry: RetryStrategy = {
    attempts: 3,
    evaluateOnExit: [
      { onStatusReason: "Host EC2*", action: "RETRY" },
      { onExitCode: "75", action: "RETRY" },
      { onReason: "*", action: "EXIT" },
    ],
  };

  it("runs an array's children as processes that know their index, and logs what they print", async () => {
    const id = await submit("echo index $AWS_BATCH_JOB_ARRAY_INDEX attempt $AWS_BATCH_JOB_ATTEMPT", {
      arrayProperties: { size: 3 },
    });
    const parent = await until(id, ended);
    expect(parent.status).toBe("SUCCEEDED");
    expect(parent.arrayProperties).toMatchObject({ size: 3, statusSummary: { SUCCEEDED: 3, FAILED: 0 } });
    const child = await describeJob(`${id}:2`);
    expect(await linesOf(child)).toEqual(["index 2 attempt 1"]);
    expect(child.arrayProperties).toEqual({ index: 2 });
    expect(child.attempts?.[0]).toMatchObject({ container: { exitCode: 0 } });
  });

  it("fails an array when one of its children does, after all have ended", async () => {
    const id = await submit('test "$AWS_BATCH_JOB_ARRAY_INDEX" != 1', { arrayProperties: { size: 3 } });
    const parent = await until(id, ended);
    expect(parent.status).toBe("FAILED");
    expect(parent.arrayProperties?.statusSummary).toMatchObject({ SUCCEEDED: 2, FAILED: 1 });
  });

  it("takes a process killed from outside for a reclaimed machine, and tries again by the rules", async () => {
    const stop = emulator.onJobProcess(({ attempt, pid, spoke }) => {
      if (attempt === 1 && !spoke) process.kill(pid, "SIGKILL");
    });
    const id = await submit("sleep 0.5", { retryStrategy: retry });
    const job = await until(id, ended);
    stop();
    expect(job.status).toBe("SUCCEEDED");
    expect(job.attempts).toHaveLength(2);
    expect(job.attempts?.[0]?.statusReason).toMatch(/^Host EC2 \(instance i-\w+\) terminated/);
    expect(job.attempts?.[0]?.container?.exitCode).toBeUndefined();
  });

  it("tries again after an exit code that a rule names, and stops after any other", async () => {
    const again = await until(
      await submit('test "$AWS_BATCH_JOB_ATTEMPT" = 3 || exit 75', { retryStrategy: retry }),
      ended,
    );
    expect([again.status, again.attempts?.length]).toEqual(["SUCCEEDED", 3]);
    const once = await until(await submit("exit 2", { retryStrategy: retry }), ended);
    expect([once.status, once.attempts?.length]).toEqual(["FAILED", 1]);
    expect(once.container?.exitCode).toBe(2);
  });

  it("makes a job wait for those it depends on, child by child with N_TO_N", async () => {
    const first = await submit("sleep 0.3", { arrayProperties: { size: 2 } });
    const second = await submit("true", {
      arrayProperties: { size: 2 },
      dependsOn: [{ jobId: first, type: "N_TO_N" }],
    });
    expect((await describeJob(`${second}:0`)).status).toBe("SUBMITTED");
    await until(second, ended);
    const [before, after] = [await describeJob(`${first}:0`), await describeJob(`${second}:0`)];
    expect(after.startedAt ?? 0).toBeGreaterThanOrEqual(before.stoppedAt ?? 0);
    const failed = await submit("false");
    const never = await until(await submit("true", { dependsOn: [{ jobId: failed }] }), ended);
    expect(never).toMatchObject({ status: "FAILED", statusReason: "Dependent Job failed" });
  });

  it("ends an attempt that takes too long, without another", async () => {
    const id = await submit("sleep 30", { timeout: { attemptDurationSeconds: 60 }, retryStrategy: retry });
    const job = await until(id, ended);
    expect(job.attempts).toHaveLength(1);
    expect(job.attempts?.[0]?.statusReason).toBe("Job attempt duration exceeded timeout");
  });

  it("shows a log while its job runs, and terminates with SIGTERM first", async () => {
    const id = await submit("trap 'echo stopping; exit 75' TERM; echo begun; while :; do sleep 0.1; done");
    const running = await until(
      id,
      (job) => job.status === "RUNNING" && job.container?.logStreamName != null,
    );
    for (let tries = 0; (await linesOf(running)).length === 0 && tries < 100; tries++) await sleep(50);
    expect(await linesOf(running)).toEqual(["begun"]);
    await batch.send(new TerminateJobCommand({ jobId: id, reason: "enough" }));
    const job = await until(id, ended);
    expect(job).toMatchObject({ status: "FAILED", statusReason: "enough", container: { exitCode: 75 } });
    expect(await linesOf(job)).toEqual(["begun", "stopping"]);
  });

  it("runs no more at a time than the queue has vCPUs", async () => {
    const small = await makeBatchQueue(emulator, { name: "small", image: "none", vcpus: 1 });
    const id = await submit("sleep 0.3", { jobQueue: small.queue, arrayProperties: { size: 2 } });
    await until(id, ended);
    const times = await Promise.all([0, 1].map((index) => describeJob(`${id}:${index}`)));
    const [one, other] = times.sort((a, b) => (a.startedAt ?? 0) - (b.startedAt ?? 0));
    expect(other?.startedAt ?? 0).toBeGreaterThanOrEqual(one?.stoppedAt ?? Number.POSITIVE_INFINITY);
  });

  it("says why a job that no machine can take stays RUNNABLE", async () => {
    const big = await submit("true", {
      containerOverrides: { resourceRequirements: [{ type: "MEMORY", value: "900000" }] },
    });
    const stuck = await until(big, (job) => job.statusReason !== undefined);
    expect(stuck.status).toBe("RUNNABLE");
    expect(stuck.statusReason).toMatch(/^MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT/);
    await batch.send(new TerminateJobCommand({ jobId: big, reason: "seen" }));
  });

  it("takes machines away when a test says so", async () => {
    const tags = {
      "emulator:runnable-reason":
        "CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY - Service cannot fulfill the capacity",
      "emulator:invalid-reason": "CLIENT_ERROR - Not authorized to perform sts:AssumeRole",
    };
    const [capacity = "", invalid = ""] = Object.keys(tags);
    await batch.send(
      new TagResourceCommand({
        resourceArn: here.environmentArn,
        tags: { [capacity]: tags["emulator:runnable-reason"] },
      }),
    );
    const id = await submit("true");
    const stuck = await until(id, (job) => job.statusReason !== undefined);
    expect(stuck.statusReason).toMatch(/^CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY/);
    await batch.send(new UntagResourceCommand({ resourceArn: here.environmentArn, tagKeys: [capacity] }));
    expect((await until(id, ended)).status).toBe("SUCCEEDED");

    await batch.send(
      new TagResourceCommand({
        resourceArn: here.environmentArn,
        tags: { [invalid]: tags["emulator:invalid-reason"] },
      }),
    );
    const seen = await batch.send(
      new DescribeComputeEnvironmentsCommand({ computeEnvironments: [here.environment] }),
    );
    expect(seen.computeEnvironments?.[0]).toMatchObject({
      status: "INVALID",
      statusReason: tags["emulator:invalid-reason"],
    });
    await batch.send(new UntagResourceCommand({ resourceArn: here.environmentArn, tagKeys: [invalid] }));
  });

  it("lists running jobs when no status is named, and in pages", async () => {
    const id = await submit("true", { arrayProperties: { size: 5 } });
    await until(id, ended);
    const running = await batch.send(new ListJobsCommand({ arrayJobId: id }));
    expect(running.jobSummaryList).toEqual([]);
    const page = await batch.send(
      new ListJobsCommand({ arrayJobId: id, jobStatus: "SUCCEEDED", maxResults: 3 }),
    );
    const rest = await batch.send(
      new ListJobsCommand({ arrayJobId: id, jobStatus: "SUCCEEDED", nextToken: page.nextToken ?? "" }),
    );
    expect([page.jobSummaryList?.length, rest.jobSummaryList?.length, rest.nextToken]).toEqual([
      3,
      2,
      undefined,
    ]);
  });

  it("refuses what Batch refuses", async () => {
    await expect(submit("true", { arrayProperties: { size: 1 } })).rejects.toThrow(/between 2 and 10000/);
    await expect(submit("true", { timeout: { attemptDurationSeconds: 5 } })).rejects.toThrow(/at least 60/);
    await batch.send(new UpdateJobQueueCommand({ jobQueue: here.queue, state: "DISABLED" }));
    await expect(submit("true")).rejects.toThrow(/not ENABLED/);
    await batch.send(new UpdateJobQueueCommand({ jobQueue: here.queue, state: "ENABLED" }));
  });

  it("cancels of an array what has not begun", async () => {
    const alone = await makeBatchQueue(emulator, { name: "alone", image: "none", vcpus: 1 });
    const id = await submit("sleep 0.5", { jobQueue: alone.queue, arrayProperties: { size: 2 } });
    const begun = async (): Promise<boolean> => {
      const children = await Promise.all([0, 1].map((index) => describeJob(`${id}:${index}`)));
      return children.some(({ status }) => status === "RUNNING");
    };
    for (let tries = 0; !(await begun()) && tries < 100; tries++) await sleep(20);
    await batch.send(new CancelJobCommand({ jobId: id, reason: "no more" }));
    const parent = await until(id, ended);
    expect(parent.arrayProperties?.statusSummary).toMatchObject({ SUCCEEDED: 1, FAILED: 1 });
  });

  it("knows a job definition by name and revision, and a log's stream from its group", async () => {
    const { jobDefinitions } = await batch.send(
      new DescribeJobDefinitionsCommand({ jobDefinitions: [`${here.definition}:1`] }),
    );
    expect(jobDefinitions).toHaveLength(1);
    const read = (logGroupName: string) =>
      logs.send(new GetLogEventsCommand({ logGroupName, logStreamName: "not there" }));
    await expect(read("/aws/batch/job")).rejects.toThrow(/log stream does not exist/);
    await expect(read("/not/there")).rejects.toThrow(/log group does not exist/);
  });

  it("ends with the processes of its jobs", async () => {
    const other = await startEmulator();
    const queue = await makeBatchQueue(other, { image: "none" });
    const started = new Promise<number>((resolve) => other.onJobProcess(({ pid }) => resolve(pid)));
    await new BatchClient(clientConfig(other)).send(
      new SubmitJobCommand({
        jobName: "long",
        jobQueue: queue.queue,
        jobDefinition: queue.definition,
        containerOverrides: { command: ["sleep", "600"] },
      }),
    );
    const pid = await started;
    expect(process.kill(pid, 0)).toBe(true);
    await other.stop();
    await sleep(200);
    expect(() => process.kill(pid, 0)).toThrow(/ESRCH/);
  });

  it("gives a job its role's credentials, and the named log group or none", async () => {
    const iam = new IAMClient(clientConfig(emulator));
    const trust = {
      Version: "2012-10-17",
      Statement: [
        { Effect: "Allow", Principal: { Service: "ecs-tasks.amazonaws.com" }, Action: "sts:AssumeRole" },
      ],
    };
    const { Role } = await iam.send(
      new CreateRoleCommand({ RoleName: "job-role", AssumeRolePolicyDocument: JSON.stringify(trust) }),
    );
    const withRole = await makeBatchQueue(emulator, {
      name: "role",
      image: "none",
      jobRoleArn: Role?.Arn ?? "",
    });
    const script = 'test -n "$AWS_SESSION_TOKEN" && echo "$AWS_ACCESS_KEY_ID" | cut -c1-4';
    const job = await until(await submit(script, { jobDefinition: withRole.definition }), ended);
    expect(await linesOf(job)).toEqual(["ASIA"]);

    const lost = await makeBatchQueue(emulator, { name: "lost", image: "none", logGroup: "/not/there" });
    const failed = await until(await submit("true", { jobDefinition: lost.definition }), ended);
    expect(failed.attempts?.[0]).toMatchObject({
      statusReason: "Task failed to start",
      container: { reason: expect.stringMatching(/specified log group does not exist/) },
    });
  });
});
