import { BatchClient, DescribeJobsCommand, type JobDetail, ListJobsCommand } from "@aws-sdk/client-batch";
import { GetExecutionHistoryCommand, type HistoryEvent, SFNClient } from "@aws-sdk/client-sfn";
import { attemptEvents } from "../batch/attempts.ts";
import { type AwsAccess, connect } from "../client/index.ts";
import type { PaidAttempt } from "./actual.ts";

/** An execution of the state machine, as far as it is charged for. */
export interface ExecutionJobs {
  readonly attempts: readonly PaidAttempt[];
  /** States entered: what Step Functions charges by. */
  readonly transitions: number;
}

/**
 * The attempts of all jobs of an execution, array children too, by the state that submitted them. Batch forgets jobs
 * a week after their end; those are missing then.
 */
export async function executionJobs(access: AwsAccess, executionArn: string): Promise<ExecutionJobs> {
  const functions = connect(SFNClient, access);
  const batch = connect(BatchClient, access);
  const events: HistoryEvent[] = [];
  let nextToken: string | undefined;
  do {
    const page = await functions.send(
      new GetExecutionHistoryCommand({ executionArn, nextToken, includeExecutionData: true }),
    );
    events.push(...(page.events ?? []));
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  const submitted = submittedJobs(events);
  const attempts: PaidAttempt[] = [];
  for (const [jobId, stage] of submitted) {
    for (const job of await jobsOf(batch, jobId)) {
      const index = job.arrayProperties?.index ?? 0;
      for (const event of attemptEvents(job, { index, known: 0 })) attempts.push({ ...event, stage });
    }
  }
  return {
    attempts,
    transitions: events.filter(({ type }) => type?.endsWith("StateEntered")).length,
  };
}

/** Ids of jobs with the state that each was submitted in. */
function submittedJobs(events: readonly HistoryEvent[]): Map<string, string> {
  const byId = new Map(events.map((event) => [event.id ?? 0, event]));
  const jobs = new Map<string, string>();
  for (const event of events) {
    const { resourceType, output } = event.taskSubmittedEventDetails ?? {};
    if (resourceType !== "batch" || output === undefined) continue;
    const { JobId } = JSON.parse(output) as { JobId?: string };
    if (JobId !== undefined) jobs.set(JobId, stateOf(event, byId));
  }
  return jobs;
}

function stateOf(event: HistoryEvent, byId: ReadonlyMap<number, HistoryEvent>): string {
  let at: HistoryEvent | undefined = event;
  while (at !== undefined && at.stateEnteredEventDetails === undefined)
    at = byId.get(at.previousEventId ?? 0);
  return at?.stateEnteredEventDetails?.name ?? "?";
}

async function jobsOf(batch: BatchClient, jobId: string): Promise<JobDetail[]> {
  const { jobs = [] } = await batch.send(new DescribeJobsCommand({ jobs: [jobId] }));
  const [job] = jobs;
  if (job?.arrayProperties?.size === undefined) return jobs;
  const ids: string[] = [];
  for (const jobStatus of ["SUCCEEDED", "FAILED"] as const) {
    let nextToken: string | undefined;
    do {
      const page = await batch.send(new ListJobsCommand({ arrayJobId: jobId, jobStatus, nextToken }));
      ids.push(...(page.jobSummaryList ?? []).map((one) => one.jobId ?? ""));
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
  }
  const children: JobDetail[] = [];
  for (let start = 0; start < ids.length; start += 100) {
    const page = await batch.send(new DescribeJobsCommand({ jobs: ids.slice(start, start + 100) }));
    children.push(...(page.jobs ?? []));
  }
  return children;
}
