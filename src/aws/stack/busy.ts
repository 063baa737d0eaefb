import { BatchClient, ListJobsCommand } from "@aws-sdk/client-batch";
import { ListExecutionsCommand, SFNClient } from "@aws-sdk/client-sfn";
import { type AwsAccess, connect } from "../client/index.ts";

/** What would be cut off if a stack were removed now. */
export interface Busy {
  readonly jobs: number;
  readonly executions: number;
}

/** Counts the jobs that have not ended and the executions that run. */
export async function busyOf(
  access: AwsAccess,
  { queue, stateMachineArn }: { queue: string | undefined; stateMachineArn: string | undefined },
): Promise<Busy> {
  const batch = connect(BatchClient, access);
  const functions = connect(SFNClient, access);
  let jobs = 0;
  if (queue !== undefined) {
    for (const jobStatus of ["SUBMITTED", "PENDING", "RUNNABLE", "STARTING", "RUNNING"] as const) {
      const { jobSummaryList } = await batch.send(new ListJobsCommand({ jobQueue: queue, jobStatus }));
      jobs += jobSummaryList?.length ?? 0;
    }
  }
  if (stateMachineArn === undefined) return { jobs, executions: 0 };
  const { executions } = await functions.send(
    new ListExecutionsCommand({ stateMachineArn, statusFilter: "RUNNING" }),
  );
  return { jobs, executions: executions?.length ?? 0 };
}
