import { ExitCode, UserError } from "../../trouble/index.ts";
import { iamActions } from "./iam-actions.ts";

/** What went wrong with a call in a way that has nothing to do with what it was about. */
export type AwsTroubleCode =
  | "aws-credentials-missing"
  | "aws-credentials-expired"
  | "aws-credentials-refused"
  | "aws-access-denied"
  | "aws-throttled"
  | "aws-unreachable"
  | "aws-region-wrong"
  | "aws-not-answered";

/** Which call it was. */
export interface AwsCall {
  /** As the SDK names it: `S3`, `CloudWatch Logs`. */
  readonly service: string;
  readonly operation: string;
  readonly region: string;
  readonly endpoint?: string | undefined;
  /** What it was about, in words: `s3://bison/out/manifest.json`. */
  readonly subject?: string | undefined;
}

/** A refusal by AWS that a person can mend; `cause` is the SDK's own error. */
export class AwsTrouble extends UserError {
  declare readonly code: AwsTroubleCode;
  /** Whether the same call may succeed later without anybody's doing. */
  readonly retry: boolean;
  /** The IAM action that is missing, of an `aws-access-denied`. */
  readonly action: string | undefined;
  /** ARN of who was refused, where AWS says it. */
  readonly principal: string | undefined;

  constructor(options: {
    code: AwsTroubleCode;
    message: string;
    hint: string;
    cause: unknown;
    retry?: boolean;
    action?: string | undefined;
    principal?: string | undefined;
  }) {
    const outside = options.code === "aws-throttled" || options.code === "aws-unreachable";
    super({ ...options, ...(outside ? { exitCode: ExitCode.environment } : {}) });
    this.retry = options.retry ?? false;
    this.action = options.action;
    this.principal = options.principal;
  }
}

const expired = /^(ExpiredToken(Exception)?|RequestExpired|TokenRefreshRequired)$/;
const refused =
  /^(InvalidClientTokenId|UnrecognizedClientException|InvalidAccessKeyId|SignatureDoesNotMatch|InvalidSignatureException|IncompleteSignature(Exception)?|AuthFailure|InvalidToken|RequestTimeTooSkewed|MissingAuthenticationToken(Exception)?)$/;
const denied =
  /^(AccessDenied(Exception)?|Client\.UnauthorizedOperation|UnauthorizedOperation|Forbidden|403|AllAccessDisabled)$/;
const throttled =
  /^(SlowDown|Throttl(ing|ed|ingException|edException)|TooManyRequests(Exception)?|RequestLimitExceeded|RequestThrottled(Exception)?|ServiceUnavailable|PriorRequestNotComplete)$/;
const region =
  /^(PermanentRedirect|AuthorizationHeaderMalformed|IllegalLocationConstraintException|TemporaryRedirect|301)$/;
const network =
  /^(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EPIPE|EHOSTUNREACH|ENETUNREACH|TimeoutError|CERT_.*|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_.*)$/;

interface SdkError extends Error {
  readonly code?: string;
  readonly Code?: string;
  readonly Region?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $response?: { readonly headers?: Readonly<Record<string, string>> };
}

/**
 * Puts an error of the SDK that concerns the account, the rights, the region or the network into words; undefined
 * for one that is about the thing asked for (no such key, a condition that did not hold), which the caller knows
 * best.
 */
export function awsTrouble(error: unknown, call: AwsCall): AwsTrouble | undefined {
  if (error instanceof AwsTrouble) return error;
  if (!(error instanceof Error)) return undefined;
  const { name, code, Code, message, $metadata } = error as SdkError;
  const is = (pattern: RegExp): boolean =>
    [name, code, Code].some((one) => one !== undefined && pattern.test(one));
  const status = $metadata?.httpStatusCode;
  const what = `AWS ${call.service} ${call.operation}${call.subject === undefined ? "" : ` on ${call.subject}`}`;
  if (is(/^(CredentialsProviderError|ProviderError|TokenProviderError)$/))
    return withoutCredentials(what, error);
  if (is(expired)) {
    return new AwsTrouble({
      code: "aws-credentials-expired",
      message: `${what}: the credentials have expired (${name}).`,
      hint: "Sign in again (aws sso login, or take new temporary keys), then run the same command.",
      cause: error,
    });
  }
  if (is(refused)) {
    return new AwsTrouble({
      code: "aws-credentials-refused",
      message: `${what}: AWS does not accept the credentials (${name}: ${message}).`,
      hint: /Skewed/.test(name)
        ? "Set this machine's clock right."
        : "Check which keys are in use (aws sts get-caller-identity), and that a session token belongs to them.",
      cause: error,
    });
  }
  if (is(region) || status === 301) return inWrongRegion(what, error as SdkError, call);
  if (is(denied) || (status === 403 && !is(/Exception$/))) return withoutRight(what, error, call);
  if (is(throttled) || status === 429 || status === 503) {
    return new AwsTrouble({
      code: "aws-throttled",
      message: `${what}: AWS asked to slow down, and still did after the retries (${name}: ${message}).`,
      hint: "Run the same command again in some minutes; fewer --workers ask for less at a time.",
      cause: error,
      retry: true,
    });
  }
  if (is(network)) {
    const where = call.endpoint ?? `the ${call.service} endpoint of ${call.region}`;
    return new AwsTrouble({
      code: "aws-unreachable",
      message: `${what}: ${where} could not be reached (${code ?? name}: ${message}).`,
      hint: "Check the network, a proxy, AWS_ENDPOINT_URL and the name of the region; in a VPC, the route and the endpoint (bisonflow aws doctor).",
      cause: error,
      retry: true,
    });
  }
  if (name === "SyntaxError" && status !== undefined && status >= 500) {
    return new AwsTrouble({
      code: "aws-not-answered",
      message: `${what}: the service answered HTTP ${status} with something that is no answer of AWS.`,
      hint: "If AWS_ENDPOINT_URL names an emulator, it may not know this call; else try again later.",
      cause: error,
    });
  }
  return undefined;
}

function withoutCredentials(what: string, error: Error): AwsTrouble {
  const over = /expired|sso login|refresh/i.test(error.message);
  return new AwsTrouble({
    code: over ? "aws-credentials-expired" : "aws-credentials-missing",
    message: over
      ? `${what}: the sign-in has expired (${error.message}).`
      : `${what}: there are no AWS credentials on this machine.`,
    hint: over
      ? "Sign in again: aws sso login."
      : "Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or sign in with aws sso login.",
    cause: error,
  });
}

function inWrongRegion(what: string, error: SdkError, call: AwsCall): AwsTrouble {
  const right =
    error.$response?.headers?.["x-amz-bucket-region"] ??
    error.Region ??
    /expecting '([a-z0-9-]+)'/.exec(error.message)?.[1];
  return new AwsTrouble({
    code: "aws-region-wrong",
    message: `${what}: asked in ${call.region}, but it is ${right === undefined ? "in another region" : `in ${right}`}.`,
    hint: `Give --region ${right ?? "with the bucket's region"}, or set AWS_REGION.`,
    cause: error,
  });
}

/** Who was refused and what, as far as AWS's own sentence in a text says it. */
export function refusedIn(text: string): { action: string | undefined; principal: string | undefined } {
  return {
    action: /not authorized to perform: ([A-Za-z0-9-]+:[A-Za-z0-9]+)/.exec(text)?.[1],
    principal: /User: (arn:\S+)/.exec(text)?.[1],
  };
}

function withoutRight(what: string, error: Error, call: AwsCall): AwsTrouble {
  const { action = iamActions(call.service, call.operation)[0], principal } = refusedIn(error.message);
  const who = principal ?? "the credentials in use";
  return new AwsTrouble({
    code: "aws-access-denied",
    message: `${what}: access denied: ${who} may not perform ${action ?? "this"}. AWS says: ${error.message}`,
    hint: `Allow ${action ?? "the action"} for ${principal ?? "the role or user in use"} (bisonflow aws doctor shows what else is missing), or use other credentials.`,
    cause: error,
    action,
    principal,
  });
}
