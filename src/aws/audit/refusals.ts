import type { LogEvent } from "./log-event.ts";

const denied =
  /^(Client\.|Server\.)?(AccessDenied\w*|Unauthorized(Operation|Access|Exception)?|NotAuthorized(Exception)?|AuthorizationError(Exception)?|Forbidden(Exception)?|KMS\.?AccessDenied\w*|InsufficientPrivilegesException|403)$/;
const notAuthenticated =
  /^(Client\.)?(ExpiredToken(Exception)?|RequestExpired|InvalidClientTokenId|UnrecognizedClientException|InvalidAccessKeyId|SignatureDoesNotMatch|InvalidSignatureException|IncompleteSignature(Exception)?|AuthFailure|InvalidToken|MissingAuthenticationToken(Exception)?|RequestTimeTooSkewed|OptInRequired|SubscriptionRequiredException)$/;

/** What an access-denied error says. */
export interface Refusal {
  /** `s3:GetObject`, where the message names it: not always the action of the call's own name. */
  readonly action?: string;
  /** The ARN that the message names. */
  readonly resource?: string;
  /** In AWS's words, without what is encoded; empty where the event has none. */
  readonly message: string;
}

/** Whether the credentials were refused before any permission was looked at. */
export function isNotAuthenticated(event: LogEvent): boolean {
  return event.errorCode !== undefined && notAuthenticated.test(event.errorCode);
}

/** How a call was refused; undefined for one that was not (other errors come after the permission was checked). */
export function refusalOf(event: LogEvent): Refusal | undefined {
  const { errorCode, errorMessage = "" } = event;
  if (errorCode === undefined || !denied.test(errorCode)) return undefined;
  // In Cognito this is a wrong password.
  if (errorCode === "NotAuthorizedException" && event.source.startsWith("cognito-idp")) return undefined;
  const said =
    /not authorized to perform: ?([A-Za-z0-9-]+:[A-Za-z0-9]+)(?: on resource: ?"?([^\s"]+)"?)?/.exec(
      errorMessage,
    );
  const resource = said?.[2]?.replace(/[.,]$/, "");
  return {
    ...(said?.[1] === undefined ? {} : { action: said[1] }),
    ...(resource?.startsWith("arn:") ? { resource } : {}),
    message: shortened(errorMessage),
  };
}

function shortened(message: string): string {
  const plain = message
    .replace(/\s*Encoded authorization failure message:.*$/s, "")
    // The session is another one each time.
    .replace(/User: arn:\S+ is/, "The caller is")
    .trim();
  return plain.length > 240 ? `${plain.slice(0, 239)}…` : plain;
}
