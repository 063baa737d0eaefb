import {
  DeleteRolePolicyCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetRolePolicyCommand,
  IAMClient,
  PutRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { clientConfig } from "./batch-queue.ts";
import type { Emulator } from "./emulator.ts";

/** A statement of a policy. */
export interface Statement {
  readonly Sid?: string;
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
}

/** The actions of a policy, sorted. */
export function actionsOf(statements: readonly Statement[]): string[] {
  return [...new Set(statements.flatMap(({ Action }) => Action))].sort();
}

/** A policy with one action taken away, wherever it stands. */
export function without(statements: readonly Statement[], action: string): Statement[] {
  return statements.flatMap((statement) => {
    const rest = [statement.Action].flat().filter((each) => each !== action);
    return rest.length === 0 ? [] : [{ ...statement, Action: rest }];
  });
}

/** What a managed policy allows now. */
export async function managedPolicy(emulator: Emulator, PolicyArn: string): Promise<Statement[]> {
  const iam = new IAMClient(clientConfig(emulator));
  const { Policy } = await iam.send(new GetPolicyCommand({ PolicyArn }));
  const { PolicyVersion } = await iam.send(
    new GetPolicyVersionCommand({ PolicyArn, VersionId: Policy?.DefaultVersionId ?? "v1" }),
  );
  return statementsOf(PolicyVersion?.Document);
}

/** What a role of the stack may do: its policy `declared`. */
export async function declaredRights(emulator: Emulator, RoleName: string): Promise<Statement[]> {
  const { PolicyDocument } = await new IAMClient(clientConfig(emulator)).send(
    new GetRolePolicyCommand({ RoleName, PolicyName: "declared" }),
  );
  return statementsOf(PolicyDocument);
}

/** Lets a role of the stack do this and nothing else. */
export async function declareRights(
  emulator: Emulator,
  RoleName: string,
  statements: readonly Statement[],
): Promise<void> {
  const iam = new IAMClient(clientConfig(emulator));
  const PolicyName = "declared";
  if (statements.length === 0) {
    await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName }));
    return;
  }
  await iam.send(
    new PutRolePolicyCommand({
      RoleName,
      PolicyName,
      PolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement: statements }),
    }),
  );
}

function statementsOf(document: string | undefined): Statement[] {
  return (JSON.parse(decodeURIComponent(document ?? "")) as { Statement: Statement[] }).Statement;
}
