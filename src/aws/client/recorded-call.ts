import { appendFileSync } from "node:fs";

/** One call to AWS as it ended. Holds names of things, never contents or secrets. */
export interface RecordedCall {
  /** ISO 8601, UTC. */
  readonly time: string;
  /** As the SDK names it: `S3`, `Glue`, `CloudWatch Logs`. */
  readonly service: string;
  /** `PutObject`. */
  readonly operation: string;
  readonly region: string;
  /** Those members of the request that name what it is about: `Bucket`, `Key`, `DatabaseName`, `jobQueue`. */
  readonly subject: Readonly<Record<string, string | readonly string[]>>;
  /** The error's name when it was refused or failed. */
  readonly error?: string;
  readonly attempts: number;
}

// Members of requests that name things. What is not listed here is not recorded: better too few than a secret.
const naming =
  /^(Bucket|Key|Prefix|CopySource|.*(Name|Names|Arn|ARN|Arns|Id|Ids)|jobQueue|jobQueues|jobDefinition|jobDefinitions|jobs|jobId|computeEnvironments|SecretId|Role|roleArn)$/;
const never = /Token|Password|Secret(?!Id)|AccessKey|UploadId|RequestId/i;

/**
 * The members of a request that name what it is about.
 *
 * @example
 * ```ts
 * import { subjectOf } from "bisonflow/aws";
 * console.log(subjectOf({ Bucket: "bison", Key: "a.parquet", Body: "…" })); // { Bucket: 'bison', Key: 'a.parquet' }
 * ```
 */
export function subjectOf(request: object): Record<string, string | readonly string[]> {
  const subject: Record<string, string | readonly string[]> = {};
  for (const [name, value] of Object.entries(request)) {
    // Of what is made (`TableInput`) the name alone.
    const made = name.endsWith("Input") ? (value as { Name?: unknown } | undefined)?.Name : undefined;
    if (typeof made === "string") subject[`${name}.Name`] = made;
    if (!naming.test(name) || never.test(name)) continue;
    if (typeof value === "string") subject[name] = value;
    else if (Array.isArray(value) && value.every((one) => typeof one === "string")) subject[name] = value;
  }
  return subject;
}

/**
 * A recorder that adds a line of JSON for each call to a file, which several processes may share.
 *
 * @example
 * ```ts
 * import { recordCallsTo } from "bisonflow/aws";
 * console.log(typeof recordCallsTo("calls.ndjson")); // function
 * ```
 */
export function recordCallsTo(path: string): (call: RecordedCall) => void {
  return (call) => appendFileSync(path, `${JSON.stringify(call)}\n`, { mode: 0o600 });
}
