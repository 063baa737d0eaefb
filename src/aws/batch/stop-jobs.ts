import { type BatchClient, ListJobsCommand, TerminateJobCommand } from "@aws-sdk/client-batch";
import { UserError } from "../../trouble/index.ts";
import { describeJobs, hasEnded } from "./describe-jobs.ts";
import { type Pace, pause } from "./patience.ts";

/** ECS gives a container 30 s to stop; Batch needs some more to notice. */
const mostSeconds = 180;

/** Asks Batch to end jobs: those that run get SIGTERM, those that wait never start. Ended ones stay as they are. */
export async function terminateJobs(
  batch: BatchClient,
  ids: readonly string[],
  reason: string,
): Promise<void> {
  for (const jobId of ids) await batch.send(new TerminateJobCommand({ jobId, reason }));
}

/** The jobs whose names begin so and that have not ended. */
export async function livingJobs(batch: BatchClient, queue: string, prefix: string): Promise<string[]> {
  const living: string[] = [];
  let nextToken: string | undefined;
  do {
    // With a filter Batch lists jobs of every status, the newest first.
    const page = await batch.send(
      new ListJobsCommand({
        jobQueue: queue,
        filters: [{ name: "JOB_NAME", values: [`${prefix}*`] }],
        ...(nextToken === undefined ? {} : { nextToken }),
      }),
    );
    for (const job of page.jobSummaryList ?? []) if (!hasEnded(job)) living.push(job.jobId ?? "");
    nextToken = page.nextToken;
  } while (nextToken !== undefined && nextToken !== null);
  return living;
}

/** Ends what an earlier run left at work, and waits until it has ended: two writers on a folder are one too many. */
export async function endEarlierJobs(batch: BatchClient, ids: readonly string[], pace: Pace): Promise<void> {
  await terminateJobs(batch, ids, "bisonflow: a new run on the same folder");
  const start = performance.now();
  for (;;) {
    const jobs = await describeJobs(batch, ids);
    const left = ids.filter((id) => jobs.has(id) && !hasEnded(jobs.get(id)));
    if (left.length === 0) return;
    if (performance.now() - start > mostSeconds * 1000) {
      throw new UserError({
        code: "run-under-way",
        message: `Jobs of an earlier run on this folder do not end: ${left.join(", ")}.`,
        hint: "Look at them in the Batch console, end them there, and run the same command again.",
      });
    }
    await pause(pace.firstSeconds, new AbortController().signal);
  }
}
