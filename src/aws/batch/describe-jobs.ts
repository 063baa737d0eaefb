import { type BatchClient, DescribeJobsCommand, type JobDetail } from "@aws-sdk/client-batch";

/** Most jobs that one call describes. */
const page = 100;

/** Describes jobs by their ids; those that Batch does not know (yet) are not in the answer. */
export async function describeJobs(
  batch: BatchClient,
  ids: readonly string[],
): Promise<Map<string, JobDetail>> {
  const found = new Map<string, JobDetail>();
  for (let start = 0; start < ids.length; start += page) {
    const { jobs = [] } = await batch.send(new DescribeJobsCommand({ jobs: ids.slice(start, start + page) }));
    for (const job of jobs) if (job.jobId !== undefined) found.set(job.jobId, job);
  }
  return found;
}

/** Whether a job has come to its end. */
export function hasEnded(job: { readonly status?: string | undefined } | undefined): boolean {
  return job?.status === "SUCCEEDED" || job?.status === "FAILED";
}
