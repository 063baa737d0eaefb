import { batchActions } from "../batch/batch-actions.ts";
import type { DeclaredAction } from "../client/declared-action.ts";
import { costActions } from "../cost/cost-actions.ts";
import { glueActions } from "../glue/glue-actions.ts";
import { s3Actions, s3TaskActions } from "../s3/s3-actions.ts";

/** The roles of the stack, by their logical names. */
export type RoleName =
  | "TaskRole"
  | "StepRole"
  | "ExecutionRole"
  | "CrawlerRole"
  | "StateMachineRole"
  | "ScheduleRole";

/** A role: who may take it, for what, and its rights, which are those that code declares and no others. */
export interface RoleDeclaration {
  /** The service that may take it. */
  readonly trusts: `${string}.amazonaws.com`;
  /** Whether the service says for which account it acts, so that the trust can be limited to this one. */
  readonly saysAccount: boolean;
  /** Ends the sentence "taken by …". */
  readonly takenBy: string;
  readonly actions: readonly DeclaredAction[];
}

const pullImage: readonly DeclaredAction[] = [
  { action: "ecr:GetAuthorizationToken", on: "any", why: "sign in to the registry of images" },
  { action: "ecr:GetDownloadUrlForLayer", on: "image-repository", why: "pull the image of a job" },
  { action: "ecr:BatchGetImage", on: "image-repository", why: "pull the image of a job" },
];

const writeJobLogs: readonly DeclaredAction[] = [
  { action: "logs:CreateLogStream", on: "log-group", why: "start the log of a job" },
  { action: "logs:PutLogEvents", on: "log-group", why: "write the log of a job" },
];

const runCrawler: readonly DeclaredAction[] = [
  { action: "s3:ListBucket", on: "bucket", why: "find the files to crawl" },
  { action: "s3:GetObject", on: "object", why: "read the files to crawl" },
  { action: "s3:ListBucket", on: "public-bucket", why: "find GBIF's files, when those are crawled" },
  { action: "s3:GetObject", on: "public-object", why: "read GBIF's files, when those are crawled" },
  { action: "glue:GetDatabase", on: "glue-catalog", why: "find the database of what is crawled" },
  { action: "glue:GetTable", on: "glue-catalog", why: "see whether a table is there" },
  { action: "glue:GetTables", on: "glue-catalog", why: "see which tables are there" },
  { action: "glue:CreateTable", on: "glue-catalog", why: "write a table that was found" },
  { action: "glue:UpdateTable", on: "glue-catalog", why: "bring a table up to date" },
  { action: "glue:GetPartition", on: "glue-catalog", why: "see whether a partition is there" },
  { action: "glue:BatchGetPartition", on: "glue-catalog", why: "see which partitions are there" },
  { action: "glue:BatchCreatePartition", on: "glue-catalog", why: "write the partitions that were found" },
  { action: "glue:UpdatePartition", on: "glue-catalog", why: "bring a partition up to date" },
  { action: "logs:CreateLogGroup", on: "crawler-log-group", why: "make the crawlers' log, the first time" },
  { action: "logs:CreateLogStream", on: "crawler-log-group", why: "start the log of a crawl" },
  { action: "logs:PutLogEvents", on: "crawler-log-group", why: "write the log of a crawl" },
];

/** What Glue asks of a role that goes through a connection: network interfaces in the VPC, and the password. */
const useConnection: readonly DeclaredAction[] = [
  { action: "glue:GetConnection", on: "glue-connection", why: "read where the connection leads" },
  { action: "secretsmanager:GetSecretValue", on: "secret", why: "sign in to the database" },
  ...(
    [
      "DescribeVpcEndpoints",
      "DescribeRouteTables",
      "DescribeNetworkInterfaces",
      "DescribeSecurityGroups",
      "DescribeSubnets",
      "DescribeVpcAttribute",
      "CreateNetworkInterface",
      "DeleteNetworkInterface",
      "CreateTags",
      "DeleteTags",
    ] as const
  ).map(
    (name): DeclaredAction => ({ action: `ec2:${name}`, on: "any", why: "reach the VPC of the connection" }),
  ),
];

/** What Step Functions needs to run Batch jobs and wait for them, as AWS documents it, and our own steps. */
const runSteps: readonly DeclaredAction[] = [
  { action: "batch:SubmitJob", on: "job-queue", why: "submit the jobs of a step" },
  { action: "batch:SubmitJob", on: "job-definition", why: "submit the jobs of a step" },
  { action: "batch:DescribeJobs", on: "any", why: "see whether a step's jobs have ended" },
  { action: "batch:TerminateJob", on: "any", why: "end a step's jobs when the execution is stopped" },
  { action: "events:PutTargets", on: "event-rule", why: "hear of jobs that ended" },
  { action: "events:PutRule", on: "event-rule", why: "hear of jobs that ended" },
  { action: "events:DescribeRule", on: "event-rule", why: "hear of jobs that ended" },
  { action: "s3:GetObject", on: "object", why: "read how many tasks a stage has" },
  { action: "glue:StartCrawler", on: "glue-crawler", why: "start Glue's crawler, when asked" },
  { action: "glue:GetCrawler", on: "glue-crawler", why: "see whether the crawler has ended" },
  { action: "sns:Publish", on: "topic", why: "say that a run has ended" },
  ...(
    [
      "CreateLogDelivery",
      "GetLogDelivery",
      "UpdateLogDelivery",
      "DeleteLogDelivery",
      "ListLogDeliveries",
      "PutResourcePolicy",
      "DescribeResourcePolicies",
      "DescribeLogGroups",
    ] as const
  ).map((name): DeclaredAction => ({ action: `logs:${name}`, on: "any", why: "keep the log of executions" })),
];

/** The roles of the stack, in the order in which they are shown. */
export const roles: Readonly<Record<RoleName, RoleDeclaration>> = {
  TaskRole: {
    trusts: "ecs-tasks.amazonaws.com",
    saysAccount: true,
    takenBy: "the tasks of a run, in their containers",
    actions: s3TaskActions,
  },
  StepRole: {
    trusts: "ecs-tasks.amazonaws.com",
    saysAccount: true,
    takenBy: "the steps before and after the tasks: find the snapshot, plan, write the catalog",
    actions: [...s3Actions, ...glueActions],
  },
  ExecutionRole: {
    trusts: "ecs-tasks.amazonaws.com",
    saysAccount: true,
    takenBy: "ECS, to start a container",
    actions: [...pullImage, ...writeJobLogs],
  },
  CrawlerRole: {
    trusts: "glue.amazonaws.com",
    saysAccount: false,
    takenBy: "Glue's crawler and its connection",
    actions: [...runCrawler, ...useConnection],
  },
  StateMachineRole: {
    trusts: "states.amazonaws.com",
    saysAccount: true,
    takenBy: "the state machine",
    actions: runSteps,
  },
  ScheduleRole: {
    trusts: "scheduler.amazonaws.com",
    saysAccount: true,
    takenBy: "the monthly schedule",
    actions: [{ action: "states:StartExecution", on: "state-machine", why: "start the monthly run" }],
  },
};

const startWorkflow: readonly DeclaredAction[] = [
  { action: "states:StartExecution", on: "state-machine", why: "start the state machine by hand" },
  { action: "states:ListExecutions", on: "state-machine", why: "see what runs, before the stack is removed" },
];

/** What a person needs to run on the stack from a laptop. */
export const operatorActions: readonly DeclaredAction[] = [
  ...s3Actions,
  ...glueActions,
  ...batchActions,
  ...costActions,
  ...startWorkflow,
];
