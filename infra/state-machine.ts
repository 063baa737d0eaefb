import { Fn, type Stack } from "aws-cdk-lib";
import type { CfnRole } from "aws-cdk-lib/aws-iam";
import { CfnLogGroup } from "aws-cdk-lib/aws-logs";
import { CfnSchedule } from "aws-cdk-lib/aws-scheduler";
import { CfnStateMachine } from "aws-cdk-lib/aws-stepfunctions";
import { fill } from "./grants.ts";
import type { Parameters } from "./parameters.ts";
import { type Filled, workflowDefinition } from "./workflow.ts";

/** The state machine of a run, and the log of its executions. */
export function stateMachineOf(
  stack: Stack,
  { role, parts }: { role: CfnRole; parts: Record<Filled, string> },
): CfnStateMachine {
  const logs = new CfnLogGroup(stack, "ExecutionLogGroup", {
    // Under this prefix log delivery needs no resource policy, of which an account has few.
    logGroupName: Fn.sub(`/aws/vendedlogs/states/${fill("AWS::StackName")}`),
    retentionInDays: 30,
  });
  return new CfnStateMachine(stack, "StateMachine", {
    stateMachineName: stack.stackName,
    roleArn: role.attrArn,
    definitionString: JSON.stringify(workflowDefinition()),
    definitionSubstitutions: parts,
    loggingConfiguration: {
      level: "ALL",
      includeExecutionData: false,
      destinations: [{ cloudWatchLogsLogGroup: { logGroupArn: logs.attrArn } }],
    },
  });
}

/** The monthly run; there from the start, and disabled until it is asked for. */
export function scheduleOf(
  stack: Stack,
  { parameters, machine, role }: { parameters: Parameters; machine: CfnStateMachine; role: CfnRole },
): void {
  new CfnSchedule(stack, "Schedule", {
    description: "bisonflow: the monthly run",
    state: parameters.scheduleState.valueAsString,
    scheduleExpression: parameters.scheduleExpression.valueAsString,
    flexibleTimeWindow: { mode: "OFF" },
    target: { arn: machine.ref, roleArn: role.attrArn, input: "{}" },
  });
}
