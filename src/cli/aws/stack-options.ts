import { type Command, InvalidArgumentError } from "commander";
import { parseChoices, type StackChoices } from "../../aws/stack/index.ts";
import type { AwsOptions } from "../aws-access.ts";

/** What can be chosen of a stack, as commander gives it. */
export interface StackOptions extends AwsOptions {
  name: string;
  vpc?: string;
  subnets?: string[];
  database?: boolean;
  databaseClass?: string;
  spot?: boolean;
  onDemand?: boolean;
  instanceTypes?: string[];
  maxVcpus?: number;
  taskVcpus?: number;
  taskMemory?: number;
  taskTimeout?: number;
  scratch?: number;
  image?: string;
  imageTag?: string;
  catalogDatabase?: string;
  crawlerTarget?: string;
  schedule?: string;
  email?: string;
  budget?: number;
  tag?: Record<string, string>;
}

/** Adds the options that name a stack and an account. */
export function addStackName(command: Command): Command {
  return command
    .option("--name <stack>", "name of the stack", "bisonflow")
    .option("--region <region>", "region (default: AWS_REGION, or the profile's)")
    .option("--profile <profile>", "profile of ~/.aws/config (default: AWS_PROFILE)");
}

/** Adds the options that shape a stack. */
export function addStackOptions(command: Command): Command {
  const list = (value: string): string[] => value.split(",").map((part) => part.trim());
  return addStackName(command)
    .option(
      "--vpc <vpc>",
      "new: a VPC of its own; default: the account's; or the id of another (default: new)",
    )
    .option(
      "--subnets <ids>",
      "of an existing VPC: subnets for machines (default: all that lead outside)",
      list,
    )
    .option("--database", "with a PostgreSQL 16 database, private, called bison-db-test")
    .option("--no-database", "without a database; one that stands is removed, its last snapshot kept")
    .option("--database-class <class>", "machine of the database (default: db.t4g.micro)")
    .option("--spot", "spare machines, cheaper, which may be reclaimed (default)")
    .option("--on-demand", "machines on demand")
    .option("--instance-types <kinds>", "kinds of machines, arm64 (default: r7g.medium and kin)", list)
    .option("--max-vcpus <n>", "most vCPUs at one time (default: 64)", whole)
    .option("--task-vcpus <n>", "vCPUs of a task (default: 1)", whole)
    .option("--task-memory <MiB>", "memory of a task (default: 7500)", whole)
    .option("--task-timeout <seconds>", "a task that runs longer is ended (default: 14400)", whole)
    .option("--scratch <GiB>", "disk of a machine (default: 40)", whole)
    .option("--image <uri>", "container image (default: the stack's own repository)")
    .option("--image-tag <tag>", "tag in the stack's own repository (default: latest)")
    .option("--catalog-database <name>", "Glue database of what is crawled (default: bison_metadata)")
    .option("--crawler-target <uri>", "s3:// folder of Glue's crawler (default: the results)")
    .option("--schedule <when>", "off, monthly, or a cron(…) in UTC (default: off)")
    .option("--email <address>", 'who is written to when a run ends or money runs out; "" for nobody')
    .option("--budget <usd>", "alarm when the account's month costs more; 0 for none (default: 50)", whole)
    .option("--tag <key=value>", "tag of everything in the stack; again for more", tag);
}

function whole(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw new InvalidArgumentError("Expected a whole number.");
  return value;
}

function tag(text: string, before: Record<string, string> | undefined): Record<string, string> {
  const at = text.indexOf("=");
  if (at < 1) throw new InvalidArgumentError("Expected KEY=VALUE.");
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}

/** The choices that options make; throws a UserError on one that is not as expected. */
export function choicesFrom(options: StackOptions): StackChoices {
  const { taskMemory, taskTimeout, scratch, budget, tag: tags, spot, onDemand } = options;
  const given = {
    name: options.name,
    vpc: options.vpc,
    subnets: options.subnets,
    database: options.database,
    databaseClass: options.databaseClass,
    capacity: onDemand === true ? ("on-demand" as const) : spot === true ? ("spot" as const) : undefined,
    instanceTypes: options.instanceTypes,
    maxVcpus: options.maxVcpus,
    taskVcpus: options.taskVcpus,
    taskMemoryMiB: taskMemory,
    taskTimeoutSeconds: taskTimeout,
    scratchGiB: scratch,
    image: options.image,
    imageTag: options.imageTag,
    catalogDatabase: options.catalogDatabase,
    crawlerTarget: options.crawlerTarget,
    schedule: options.schedule,
    email: options.email,
    budgetUsd: budget,
    tags,
  };
  return parseChoices(
    Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Parameters<
      typeof parseChoices
    >[0],
  );
}
