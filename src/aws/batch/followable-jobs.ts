import type { BatchClient, JobDetail } from "@aws-sdk/client-batch";
import { z } from "zod";
import type { Store } from "../../store/index.ts";
import type { CheckedTarget } from "./check-target.ts";
import { describeJobs } from "./describe-jobs.ts";
import type { SubmittedJob } from "./follow-jobs.ts";
import { planPrefix } from "./job-parts.ts";

const indexList = z.array(z.number().int().min(0));

/**
 * Jobs that an earlier run left at work, by stage, when this run may follow them as its own: all are of the same
 * plan, with the same job definition. Undefined when any is not: then none may go on.
 */
export async function followableJobs(options: {
  readonly batch: BatchClient;
  readonly store: Pick<Store, "read">;
  readonly target: CheckedTarget;
  readonly plan: { readonly planUri: string; readonly planKey: string };
  readonly ids: readonly string[];
}): Promise<ReadonlyMap<string, readonly SubmittedJob[]> | undefined> {
  const { batch, store, target, plan, ids } = options;
  const prefix = planPrefix(plan);
  const byStage = new Map<string, SubmittedJob[]>();
  for (const job of (await describeJobs(batch, ids)).values()) {
    if (job.jobName?.startsWith(prefix) !== true || job.jobDefinition !== target.jobDefinition)
      return undefined;
    const command = job.container?.command ?? [];
    const stage = command[3];
    const indexes = await indexesOf(job, command, store);
    if (stage === undefined || indexes === undefined) return undefined;
    byStage.set(stage, [...(byStage.get(stage) ?? []), { id: job.jobId ?? "", indexes }]);
  }
  return byStage;
}

/** The tasks of a job, from its command: `task run PLAN STAGE [INDEX] [--indexes URI]`. */
async function indexesOf(
  job: JobDetail,
  command: readonly string[],
  store: Pick<Store, "read">,
): Promise<readonly number[] | undefined> {
  const size = job.arrayProperties?.size;
  if (size === undefined) return indexList.safeParse([Number(command[4])]).data;
  const at = command.indexOf("--indexes");
  const uri = command[at + 1];
  if (at === -1 || uri === undefined) return Array.from({ length: size }, (_, index) => index);
  const listed = indexList.safeParse(JSON.parse(Buffer.from(await store.read(uri)).toString("utf8"))).data;
  return listed?.length === size ? listed : undefined;
}
