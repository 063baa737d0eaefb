/** The things of a stack that an action may be about; the stack turns each into an ARN. */
export type ResourceKind =
  /** The stack's own bucket. */
  | "bucket"
  /** Objects in it. */
  | "object"
  /** Public buckets with occurrence records, and their objects. */
  | "public-bucket"
  | "public-object"
  /** Catalog, database and tables in Glue. */
  | "glue-catalog"
  | "glue-crawler"
  | "glue-connection"
  | "job-queue"
  | "job-definition"
  /** Jobs, which have no ARN that is known beforehand. */
  | "job"
  | "log-group"
  /** Where Glue's crawlers log, one group for an account. */
  | "crawler-log-group"
  | "state-machine"
  | "stack"
  | "secret"
  | "role"
  /** The topic of notifications. */
  | "topic"
  /** The rule by which Step Functions hears of jobs that ended. */
  | "event-rule"
  /** The repository of container images. */
  | "image-repository"
  /** For actions that take no resource. */
  | "any";

/** An IAM action that an adapter needs; the roles of the stack are made from these and nothing else. */
export interface DeclaredAction {
  /** `s3:PutObject`. */
  readonly action: `${string}:${string}`;
  readonly on: ResourceKind;
  /** What bisonflow does with it, a few words. */
  readonly why: string;
}
