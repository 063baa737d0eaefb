/** Facts of STS, IAM, CloudFormation and Batch, as the checks need them. */

export interface CallerFact {
  /** The caller's ARN. */
  readonly id: string;
  readonly account: string;
  readonly principal: Principal;
}

/** A user or role whose policies count. */
export interface Principal {
  readonly kind: "user" | "role" | "root" | "other";
  readonly name: string;
  readonly arn: string;
}

export interface RoleFact {
  /** The role's name. */
  readonly id: string;
  readonly arn: string;
  /** As AWS has it, parsed. */
  readonly trust: unknown;
}

/** Everything that says what a user or role may do. */
export interface PoliciesFact {
  /** `user/NAME` or `role/NAME`. */
  readonly id: string;
  readonly inline: readonly NamedPolicy[];
  /** Managed ones, and those of a user's groups. */
  readonly attached: readonly NamedPolicy[];
  readonly boundary: NamedPolicy | undefined;
}

export interface NamedPolicy {
  readonly name: string;
  readonly document: unknown;
}

/** A policy that somebody means to give to a user, group or role. */
export interface PolicyFileFact {
  /** The file's path. */
  readonly id: string;
  readonly text: string;
  readonly for: "user" | "group" | "role" | "managed";
}

/** What a stack of ours declares for one of its roles, with the stack's own names in it. */
export interface DeclaredRole {
  readonly stack: string;
  /** As the templates have it that this bisonflow carries. */
  readonly policies: PoliciesFact;
  /** As the template has it that the stack was last made from. */
  readonly standing: PoliciesFact;
  /** Who may assume it. */
  readonly trust: unknown;
}

/** Who uses a role, and for what. Derived from environments, job definitions, crawlers, jobs and a stack. */
export interface RoleUseFact {
  /** `ROLE for USER`. */
  readonly id: string;
  readonly role: string;
  readonly arn: string | undefined;
  /** `glue.amazonaws.com`. */
  readonly service: string;
  readonly purpose: RolePurpose;
  /** `crawler bison`, `job definition annotate:3`. */
  readonly usedBy: string;
  /** S3 locations that it must read. */
  readonly locations: readonly string[];
  /** Of the purpose `stack`. */
  readonly declared?: DeclaredRole;
}

export type RolePurpose =
  | "glue-connection"
  | "glue-crawler"
  | "batch-service"
  | "batch-instance"
  | "batch-execution"
  | "batch-job"
  | "stack"
  | "named";

/** What IAM's simulator said. */
export interface SimulationFact {
  /** Principal's ARN, action and resource, joined by spaces. */
  readonly id: string;
  readonly decision: "allowed" | "denied";
}

export interface EnvironmentFact {
  /** The compute environment's name. */
  readonly id: string;
  readonly arn: string;
  readonly state: string;
  readonly status: string;
  readonly statusReason: string | undefined;
  /** `EC2`, `SPOT`, `FARGATE`, `FARGATE_SPOT`. */
  readonly type: string;
  readonly maxVcpus: number | undefined;
  readonly instanceTypes: readonly string[];
  readonly subnets: readonly string[];
  readonly groups: readonly string[];
  readonly serviceRole: string | undefined;
  /** An instance profile's ARN or name. */
  readonly instanceProfile: string | undefined;
  readonly launchTemplate: { readonly id: string; readonly version: string } | undefined;
}

export interface InstanceProfileFact {
  readonly id: string;
  readonly roles: readonly string[];
}

export interface LaunchTemplateFact {
  /** `ID or name:version`. */
  readonly id: string;
  readonly publicAddress: boolean | undefined;
}

export interface QueueFact {
  readonly id: string;
  readonly arn: string;
  readonly state: string;
  readonly status: string;
  readonly statusReason: string | undefined;
  /** ARNs or names. */
  readonly environments: readonly string[];
}

export interface JobDefinitionFact {
  /** `name:revision`. */
  readonly id: string;
  readonly jobRole: string | undefined;
  readonly executionRole: string | undefined;
  readonly image: string | undefined;
}

export interface WaitingJobFact {
  readonly id: string;
  readonly name: string;
  /** Name of its queue. */
  readonly queue: string;
  readonly statusReason: string | undefined;
  readonly waitedSeconds: number;
  readonly vcpus: number | undefined;
  readonly memoryMiB: number | undefined;
}

/** Jobs of a queue that have a machine or are about to: a queue that moves. */
export interface QueueMovesFact {
  readonly id: string;
  readonly running: number;
}
