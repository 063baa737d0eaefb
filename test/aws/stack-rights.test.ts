import { setTimeout as sleep } from "node:timers/promises";
import type { JobDetail } from "@aws-sdk/client-batch";
import { DescribeStacksCommand, UpdateStackCommand } from "@aws-sdk/client-cloudformation";
import { ListExecutionsCommand, StopExecutionCommand, UpdateStateMachineCommand } from "@aws-sdk/client-sfn";
import { describe, expect, it } from "vitest";
import { explain } from "../../src/aws/index.ts";
import { isAlive } from "../../src/store/index.ts";
import { describeRights } from "./standing-stack.ts";

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

describeRights(
  "rights of the stack's schedule and state machine, enforced",
  { StateMachineRole: Object.keys(ofTheMachine), ScheduleRole: ["states:StartExecution"] },
  (stack) => {
    describe("of the schedule", () => {
      /** Lets the stack's schedule go off in a second: its target stays as it was made. */
      const goOff = async (): Promise<void> => {
        const { Stacks } = await stack()
          .cloudFormation()
          .send(new DescribeStacksCommand({ StackName: "bisonflow" }));
        const time = new Date(Date.now() + 1000).toISOString().slice(0, 19);
        const changed: Record<string, string> = {
          ScheduleState: "ENABLED",
          ScheduleExpression: `at(${time})`,
        };
        await stack()
          .cloudFormation()
          .send(
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
        const { executions: all = [] } = await stack()
          .states()
          .send(new ListExecutionsCommand({ stateMachineArn: stack().machine.stateMachineArn }));
        return all.map(({ executionArn }) => executionArn ?? "");
      };

      it("states:StartExecution is missed, and nothing runs; the doctor names it", async () => {
        const { ended, refused } = await stack().whileMissing(
          "ScheduleRole",
          "states:StartExecution",
          async () => {
            await goOff();
            const before = stack().emulator.refusals.length;
            for (let tries = 0; stack().emulator.refusals.length === before && tries < 50; tries++)
              await sleep(100);
            return stack().doctorFinds();
          },
        );
        expect(ended).toContainEqual(stack().lacking("ScheduleRole", "states:StartExecution"));
        expect(refused).toEqual([{ refused: "states:StartExecution", by: stack().session("ScheduleRole") }]);
        expect(await executions()).toEqual([]);
      });

      it("suffice to start a run, and the machine's, the tasks' and ECS's suffice to end it", async () => {
        const before = stack().emulator.refusals.length;
        await goOff();
        let started: string[] = [];
        for (let tries = 0; started.length === 0 && tries < 50; tries++) {
          await sleep(100);
          started = await executions();
        }
        expect(started).toHaveLength(1);
        const ended = await stack().endOf(started[0] ?? "");
        expect(ended).toEqual({ status: "SUCCEEDED", cause: "", failures: [] });
        expect(await stack().refusalsSince(before)).toEqual([]);
      });
    });

    describe("of the state machine", () => {
      const change = () =>
        stack()
          .states()
          .send(
            new UpdateStateMachineCommand({
              stateMachineArn: stack().machine.stateMachineArn,
              definition: stack().machine.definition,
              loggingConfiguration: stack().machine.loggingConfiguration,
            }),
          )
          .then(
            () => "",
            (error: Error) => error.message,
          );
      /** Stops an execution while its first job is at work; says how the job ended. */
      const stopEarly = async (): Promise<JobDetail> => {
        const running = new Promise<{ job: string; pid: number }>((resolve) => {
          const stop = stack().emulator.onJobProcess(({ job, pid }) => {
            try {
              process.kill(-pid, "SIGSTOP");
            } catch {
              return; // has ended by now: the next one, then
            }
            stop();
            resolve({ job, pid });
          });
        });
        const before = stack().emulator.refusals.length;
        const executionArn = await stack().start();
        const { job, pid } = await running;
        await stack().states().send(new StopExecutionCommand({ executionArn }));
        expect((await stack().endOf(executionArn)).status).toBe("ABORTED");
        // Until it was ended, or that was refused.
        while (isAlive(pid) && stack().emulator.refusals.length === before) await sleep(50);
        if (isAlive(pid)) process.kill(-pid, "SIGCONT");
        return stack().jobEnd(job);
      };

      it("suffice to make and change it, to start the crawler, and to end a job that nobody waits for", async () => {
        const before = stack().emulator.refusals.length;
        expect(stack().machine.loggingConfiguration?.level).toBe("ALL");
        expect(await change()).toBe("");
        const looked = await stack().fromState("StartCrawler");
        expect(looked.status).toBe("SUCCEEDED");
        expect(await stopEarly()).toMatchObject({
          status: "FAILED",
          statusReason: "The execution was stopped.",
        });
        expect(await stack().refusalsSince(before)).toEqual([]);
      });

      it("suffice, with the steps' and the tasks', for a run of GBIF's newest snapshot, which is read unsigned", async () => {
        const before = stack().emulator.refusals.length;
        const ended = await stack().endOf(
          await stack().start(stack().machine.stateMachineArn, {
            config: `s3://${stack().bucket}/config/gbif.json`,
          }),
        );
        expect(ended).toEqual({ status: "SUCCEEDED", cause: "", failures: [] });
        expect(await stack().refusalsSince(before)).toEqual([]);
      });

      it.each(Object.entries(ofTheMachine))("%s is missed %s", async (action, where) => {
        const role = "StateMachineRole";
        const { ended, refused } = await stack().whileMissing(role, action, async () => {
          switch (where) {
            case "when it is made: its jobs' ends":
            case "when it is made: its log":
              return { said: await change() };
            case "when a run is stopped":
              return { job: await stopEarly(), told: await stack().doctorFinds() };
            case "in a run":
              return stack().endOf(await stack().start());
            default:
              return stack().fromState(where.replace(/^in /, ""));
          }
        });
        expect(refused).toContainEqual({ refused: action, by: stack().session(role) });
        if ("said" in ended) {
          // AWS names no action here; the command that explains errors does.
          expect(ended.said).toMatch(/not authorized to/);
          const [found] = explain(`${stack().roleName(role)}: ${ended.said}`);
          expect(found?.code).toBe("role-missing-action");
          expect(found?.mends[0]?.words).toContain(action);
        } else if ("job" in ended) {
          // Nobody but the doctor tells of it.
          expect(ended.job.status).toBe("SUCCEEDED");
          expect(ended.told).toContainEqual(stack().lacking(role, action));
        } else if (action === "sns:Publish") {
          // A message that cannot be sent does not undo what it is about.
          expect(ended.status).toBe("SUCCEEDED");
          expect(ended.failures.join()).toMatch(stack().sentence(role, action));
        } else {
          expect(ended.status).toBe("FAILED");
          expect(ended.cause).toMatch(stack().sentence(role, action));
        }
      });
    });
  },
);
