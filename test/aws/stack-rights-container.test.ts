import { DescribeJobsCommand, type JobDetail, SubmitJobCommand } from "@aws-sdk/client-batch";
import { CloudWatchLogsClient, GetLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { AttachRolePolicyCommand, DetachRolePolicyCommand, IAMClient } from "@aws-sdk/client-iam";
import { describe, expect, it } from "vitest";
import { failureOf } from "../../src/aws/batch/task-failure.ts";
import { clientConfig } from "../support/batch-queue.ts";
import { startBisonflow } from "../support/command.ts";
import { setRoleRights } from "../support/emulator-identities.ts";
import { describeRights, toEnd } from "./standing-stack.ts";

/** The rights of the role by which ECS starts a container, and its words where each is missing. */
const ofTheContainer = {
  "ecr:GetAuthorizationToken": "CannotPullECRContainerError: AccessDeniedException: User: ",
  "ecr:BatchGetImage": "CannotPullContainerError: Error response from daemon: denied: User: ",
  "ecr:GetDownloadUrlForLayer": "CannotPullContainerError: Error response from daemon: denied: User: ",
  "logs:CreateLogStream": "failed to create Cloudwatch log stream: AccessDeniedException: User: ",
  "logs:PutLogEvents": "nothing stands in its log",
} as const;

describeRights(
  "rights by which the stack's jobs start, enforced",
  { ExecutionRole: Object.keys(ofTheContainer) },
  (stack) => {
    describe("of ECS, to start a job", () => {
      const submit = async (): Promise<JobDetail> => {
        const { jobId = "" } = await stack()
          .batch()
          .send(
            new SubmitJobCommand({
              jobName: "version",
              jobQueue: "bisonflow",
              jobDefinition: "bisonflow-task",
              containerOverrides: { command: ["--version"] },
            }),
          );
        return stack().jobEnd(jobId);
      };
      const printed = async (job: JobDetail): Promise<string> => {
        const { events = [] } = await new CloudWatchLogsClient(clientConfig(stack().emulator)).send(
          new GetLogEventsCommand({
            logGroupName: "/bisonflow/bisonflow",
            logStreamName: job.attempts?.[0]?.container?.logStreamName,
          }),
        );
        return events.map(({ message }) => message).join("\n");
      };

      it("suffice", async () => {
        const before = stack().emulator.refusals.length;
        const job = await submit();
        expect(job.status).toBe("SUCCEEDED");
        expect(await printed(job)).toMatch(/^\d+\.\d+\.\d+/);
        expect(await stack().refusalsSince(before)).toEqual([]);
      });

      it.each(Object.entries(ofTheContainer))("%s is missed: %s", async (action, words) => {
        const role = "ExecutionRole";
        let found: unknown[] = [];
        const { ended: job, refused } = await stack().whileMissing(role, action, async () => {
          const ended = await submit();
          if (action === "logs:PutLogEvents") found = await stack().doctorFinds();
          return ended;
        });
        expect(refused).toContainEqual({ refused: action, by: stack().session(role) });
        if (action === "logs:PutLogEvents") {
          expect(found).toContainEqual(stack().lacking(role, action));
          expect(job.status).toBe("SUCCEEDED");
          expect(await printed(job)).toBe("");
          return;
        }
        const [attempt] = job.attempts ?? [];
        expect(job).toMatchObject({ status: "FAILED", attempts: [{ statusReason: "Task failed to start" }] });
        expect(attempt?.container?.reason).toContain(words);
        expect(attempt?.container?.reason).toContain(`:assumed-role/${stack().roleName(role)}/`);
        // AWS cuts its sentence after 255 characters, mostly before the action: bisonflow's own names it.
        const limits = { vcpus: 1, memoryMiB: 2048, attempts: 1, timeoutSeconds: 60 };
        const told = failureOf({ index: 0, job, reason: undefined, said: undefined, tail: "", limits });
        expect(told).toMatchObject({
          retry: false,
          message: expect.stringContaining(stack().roleName(role)),
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
      const iam = () => new IAMClient(clientConfig(stack().emulator));
      const give = (actions: readonly string[]) =>
        setRoleRights(stack().emulator, { name: stack().parts.InstanceRole ?? "", rights: actions });

      it("are AWS's own; without one of those a job waits, and the doctor names role and action", async () => {
        const RoleName = stack().parts.InstanceRole ?? "";
        const PolicyArn = "arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role";
        await iam().send(new DetachRolePolicyCommand({ RoleName, PolicyArn }));
        const { jobId = "" } = await stack()
          .batch()
          .send(
            new SubmitJobCommand({
              jobName: "waits",
              jobQueue: "bisonflow",
              jobDefinition: "bisonflow-task",
            }),
          );
        for (const action of agent) {
          await give(agent.filter((each) => each !== action));
          const before = stack().emulator.refusals.length;
          await expect
            .poll(() => stack().emulator.refusals.slice(before))
            .toContainEqual({ refused: action, by: expect.stringContaining(`:assumed-role/${RoleName}/i-`) });
          const { jobs: [job] = [] } = await stack()
            .batch()
            .send(new DescribeJobsCommand({ jobs: [jobId] }));
          expect(job).toMatchObject({ status: "RUNNABLE" });
          expect(job?.statusReason ?? "").toBe("");
        }
        const { stdout } = await toEnd(
          startBisonflow(["aws", "doctor", "--json"], { env: stack().emulator.env }),
        );
        const { findings } = JSON.parse(stdout) as { findings: { code: string; cause: string }[] };
        expect(findings).toContainEqual(
          expect.objectContaining({
            code: "role-missing-action",
            cause: expect.stringMatching(new RegExp(`Role ${RoleName} .* may not ecs:SubmitTaskStateChange`)),
          }),
        );
        await iam().send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
        expect(await stack().jobEnd(jobId)).toMatchObject({ status: "SUCCEEDED" });
      });
    });
  },
);
