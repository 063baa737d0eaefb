import type { PolicyFileFact } from "./facts/account-facts.ts";

/** What to look at; with nothing named our own stack, and where that is not, everything in the region. */
export interface DoctorSpec {
  /** A stack of CloudFormation; `bisonflow` is looked for when nothing at all is named. */
  readonly stack?: string | undefined;
  /** Everything in the region, whether our own stack stands or not. */
  readonly everything?: boolean | undefined;
  /** Glue connections. */
  readonly connections?: readonly string[] | undefined;
  /** Databases of the catalog or of RDS: a name is looked for in both. */
  readonly databases?: readonly string[] | undefined;
  /** Queues of Batch. */
  readonly queues?: readonly string[] | undefined;
  readonly vpcs?: readonly string[] | undefined;
  readonly buckets?: readonly string[] | undefined;
  /** Roles, each `NAME` or `NAME=SERVICE` (`bison-task=ecs-tasks`); without a service Glue is meant. */
  readonly roles?: readonly string[] | undefined;
  /** Policies that somebody means to give to a user, group or role. */
  readonly policies?: readonly PolicyFileFact[] | undefined;
}

/** What is looked at, resolved. `all` means the region. */
export interface Scope {
  /** A sentence for the report's head. */
  readonly words: string;
  readonly connections: readonly string[] | "all";
  readonly catalogDatabases: readonly string[] | "all";
  readonly instances: readonly string[] | "all";
  readonly queues: readonly string[] | "all";
  readonly jobDefinitions: readonly string[] | "all";
  readonly crawlers: readonly string[] | "all";
  readonly vpcs: readonly string[];
  /** Whether what stands in those VPCs is meant as well, and of `all` nothing else. */
  readonly insideVpcs: boolean;
  readonly buckets: readonly string[];
  readonly roles: readonly string[];
  readonly policies: readonly PolicyFileFact[];
  /** A stack whose roles are compared with what it declares. */
  readonly stack?: ScopedStack;
  /** Whether everything in the region is meant. */
  readonly isRegion: boolean;
  /** Names that may be of the catalog or of RDS: missing in one is no mistake. */
  readonly eitherDatabase: boolean;
}

/** A stack that is looked at. */
export interface ScopedStack {
  readonly name: string;
  readonly resources: readonly StackResource[];
}

/** One part of a stack. */
export interface StackResource {
  /** CloudFormation's type. */
  readonly type: string;
  /** Its name in the template. */
  readonly name: string;
  /** The physical id. */
  readonly id: string;
}

/** Whether anything of a kind is looked at. */
export function isAny(names: readonly string[] | "all"): boolean {
  return names === "all" || names.length > 0;
}

/** The scope of names that a user gave; undefined when there are none. */
export function namedScope(spec: DoctorSpec): Scope | undefined {
  const {
    connections = [],
    databases = [],
    queues = [],
    vpcs = [],
    buckets = [],
    roles = [],
    policies = [],
  } = spec;
  const names = [
    ...connections,
    ...databases,
    ...queues,
    ...vpcs,
    ...buckets,
    ...roles,
    ...policies.map(({ id }) => id),
  ];
  if (names.length === 0) return undefined;
  // A VPC alone means the connections, databases and environments in it.
  const insideVpcs = vpcs.length > 0 && connections.length + databases.length + queues.length === 0;
  return {
    words: names.join(", "),
    connections: insideVpcs ? "all" : connections,
    catalogDatabases: databases,
    instances: insideVpcs ? "all" : databases,
    queues: insideVpcs ? "all" : queues,
    insideVpcs,
    jobDefinitions: [],
    crawlers: "all",
    vpcs,
    buckets,
    roles,
    policies,
    isRegion: false,
    eitherDatabase: true,
  };
}

/** Everything that the region has. */
export function wholeRegion(region: string): Scope {
  return {
    words: `everything in ${region}`,
    connections: "all",
    catalogDatabases: "all",
    instances: "all",
    queues: "all",
    jobDefinitions: "all",
    crawlers: "all",
    vpcs: [],
    insideVpcs: false,
    buckets: [],
    roles: [],
    policies: [],
    isRegion: true,
    eitherDatabase: false,
  };
}

/** The scope of a stack's resources: their physical ids by CloudFormation's type. */
export function stackScope({ name, resources }: ScopedStack): Scope {
  const ids = (type: string): string[] => resources.filter((one) => one.type === type).map(({ id }) => id);
  const lastPart = (id: string): string => id.split("/").at(-1) ?? id;
  return {
    words: `stack ${name}`,
    stack: { name, resources },
    connections: ids("AWS::Glue::Connection"),
    catalogDatabases: ids("AWS::Glue::Database"),
    instances: ids("AWS::RDS::DBInstance"),
    queues: ids("AWS::Batch::JobQueue").map(lastPart),
    jobDefinitions: ids("AWS::Batch::JobDefinition").map(lastPart),
    crawlers: ids("AWS::Glue::Crawler"),
    vpcs: ids("AWS::EC2::VPC"),
    insideVpcs: false,
    buckets: ids("AWS::S3::Bucket"),
    roles: [],
    policies: [],
    isRegion: false,
    eitherDatabase: false,
  };
}
