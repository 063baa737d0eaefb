/** Who called, as CloudTrail has it; every member may be missing. */
export interface LogIdentity {
  readonly type?: string;
  readonly arn?: string;
  readonly accountId?: string;
  readonly principalId?: string;
  readonly userName?: string;
  readonly invokedBy?: string;
  readonly identityProvider?: string;
  /** Of temporary credentials: the role or user that they were made from. */
  readonly issuer?: { readonly type?: string; readonly arn?: string; readonly userName?: string };
}

/** The members of a CloudTrail event that an audit looks at. */
export interface LogEvent {
  /** `s3.amazonaws.com`. */
  readonly source: string;
  readonly name: string;
  /** ISO 8601, UTC; empty where the event has none. */
  readonly time: string;
  readonly region: string;
  /** The account that the call was made in. */
  readonly account?: string;
  readonly identity?: LogIdentity;
  readonly errorCode?: string;
  readonly errorMessage?: string;
  /** `AwsApiCall`, `AwsServiceEvent`, `AwsConsoleSignIn`, … */
  readonly type: string;
  /** `Management`, `Data`, `Insight`, `NetworkActivity`; absent in old events. */
  readonly category?: string;
  /** As the service logged it: any shape, null, or left out because it was too large. */
  readonly parameters: unknown;
  /** ARNs that the service says it was about; ends in `*` where it logged the beginning alone. */
  readonly resources: readonly string[];
  readonly id: string;
}

type Fields = Readonly<Record<string, unknown>>;

function fields(value: unknown): Fields | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/**
 * Reads an event from a parsed record, or says why it is none. Also understands an event wrapped by EventBridge
 * (`detail`) or by LookupEvents (`CloudTrailEvent`). Events are open-ended, members that are not looked at may be
 * anything; so no strict schema stands here.
 */
export function readEvent(record: unknown): LogEvent | string {
  const outer = fields(record);
  if (outer === undefined) return "not an object";
  if (typeof outer.CloudTrailEvent === "string") {
    try {
      return readEvent(JSON.parse(outer.CloudTrailEvent));
    } catch {
      return "its CloudTrailEvent is not JSON";
    }
  }
  const event = outer["detail-type"] === undefined ? outer : (fields(outer.detail) ?? outer);
  const type = text(event.eventType) ?? "";
  const name = text(event.eventName);
  const source = text(event.eventSource);
  const isInsight = type === "AwsCloudTrailInsight" || event.eventCategory === "Insight";
  if (name === undefined && !isInsight) return "without eventName";
  if (source === undefined && !isInsight) return "without eventSource";
  const identity = readIdentity(event.userIdentity);
  return {
    source: source ?? "",
    name: name ?? "",
    type,
    time: text(event.eventTime) ?? "",
    region: text(event.awsRegion) ?? "",
    parameters: event.requestParameters,
    resources: readResources(event.resources),
    id: text(event.eventID) ?? "",
    ...defined("account", text(event.recipientAccountId) ?? identity?.accountId),
    ...defined("identity", identity),
    ...defined("errorCode", text(event.errorCode)),
    ...defined("errorMessage", text(event.errorMessage)),
    ...defined("category", text(event.eventCategory)),
  };
}

function readIdentity(value: unknown): LogIdentity | undefined {
  const identity = fields(value);
  if (identity === undefined) return undefined;
  const issuer = fields(fields(identity.sessionContext)?.sessionIssuer);
  return {
    ...defined("type", text(identity.type)),
    ...defined("arn", text(identity.arn)),
    ...defined("accountId", text(identity.accountId)),
    ...defined("principalId", text(identity.principalId)),
    ...defined("userName", text(identity.userName)),
    ...defined("invokedBy", text(identity.invokedBy)),
    ...defined("identityProvider", text(identity.identityProvider)),
    // Of long-lived keys the issuer is there, and empty.
    ...(text(issuer?.arn) === undefined
      ? {}
      : {
          issuer: {
            ...defined("type", text(issuer?.type)),
            ...defined("arn", text(issuer?.arn)),
            ...defined("userName", text(issuer?.userName)),
          },
        }),
  };
}

function readResources(value: unknown): string[] {
  if (!Array.isArray(value)) return [];
  const arns: string[] = [];
  for (const one of value) {
    const resource = fields(one);
    const arn = text(resource?.ARN) ?? text(resource?.arn) ?? text(resource?.resourceARN);
    const prefix = text(resource?.ARNPrefix) ?? text(resource?.arnPrefix);
    if (arn?.startsWith("arn:")) arns.push(arn);
    else if (prefix?.startsWith("arn:")) arns.push(`${prefix}*`);
  }
  return arns;
}

function defined<K extends string, V>(name: K, value: V | undefined): { [P in K]?: V } {
  return value === undefined ? {} : ({ [name]: value } as { [P in K]?: V });
}
