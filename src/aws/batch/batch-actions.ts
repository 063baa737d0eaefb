import type { DeclaredAction } from "../client/index.ts";

/** The rights that whoever starts a run on Batch needs for its jobs, and no others. */
export const batchActions: readonly DeclaredAction[] = [
  { action: "cloudformation:DescribeStacks", on: "stack", why: "find the queue and the job definition" },
  { action: "batch:DescribeJobQueues", on: "any", why: "see that the queue takes jobs" },
  {
    action: "batch:DescribeComputeEnvironments",
    on: "any",
    why: "see that the queue has machines, and say why a job waits",
  },
  { action: "batch:DescribeJobDefinitions", on: "any", why: "see what a job is, and where it logs" },
  { action: "batch:ListJobs", on: "any", why: "find the jobs of a run that was killed" },
  { action: "batch:SubmitJob", on: "job-queue", why: "submit the tasks of a stage" },
  { action: "batch:SubmitJob", on: "job-definition", why: "submit the tasks of a stage" },
  { action: "batch:DescribeJobs", on: "any", why: "see which tasks run, ended, or were tried again" },
  { action: "batch:TerminateJob", on: "job", why: "stop the tasks of a run that is interrupted or failed" },
  { action: "logs:GetLogEvents", on: "log-group", why: "show progress, and what a failed task said" },
];
