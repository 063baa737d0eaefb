import type { LogEvent, LogIdentity } from "./log-event.ts";
import type { AsideReason } from "./set-aside.ts";

/** Whose permissions a call says something of. */
export interface Principal {
  /** Of a role that was assumed the role's, not the session's. */
  readonly arn: string;
  readonly kind: "role" | "user" | "root" | "recorded";
}

/** An event that is nobody's in this sense. */
export interface Nobody {
  readonly aside: AsideReason;
  readonly what: string;
}

const serviceLinked = /:role\/aws-service-role\//;

/** Who made a call, for grouping; or why it is nobody whose policy could be written. */
export function principalOf(event: LogEvent): Principal | Nobody {
  const { identity } = event;
  const call = `${event.source.replace(/\.amazonaws\.com$/, "")} ${event.name}`;
  if (identity === undefined) return { aside: "no-identity", what: call };
  const { type = "" } = identity;
  switch (type) {
    case "AWSService":
      return { aside: "service-itself", what: `${identity.invokedBy ?? "a service"}: ${call}` };
    case "AWSAccount":
      return accountOf(identity, call);
    case "SAMLUser":
    case "WebIdentityUser":
      return { aside: "federated-sign-in", what: `${identity.identityProvider ?? type}: ${call}` };
    case "IdentityCenterUser":
      return { aside: "identity-center", what: call };
  }
  const { issuer } = identity;
  if (issuer?.arn !== undefined) return ofArn(issuer.arn, call);
  const own = identity.arn ?? builtArn(identity);
  if (own === undefined) return { aside: "no-identity", what: `${type === "" ? "unnamed" : type}: ${call}` };
  return ofArn(own, call);
}

function accountOf(identity: LogIdentity, call: string): Principal | Nobody {
  // Callers of public objects are logged as an account called anonymous.
  const who = identity.accountId ?? identity.principalId ?? "unknown";
  return { aside: "other-account", what: `${who === "anonymous" ? who : `account ${who}`}: ${call}` };
}

function ofArn(arn: string, call: string): Principal | Nobody {
  const [, partition = "aws", service, , account = "", resource = ""] = arn.split(":");
  if (serviceLinked.test(arn)) return { aside: "service-linked-role", what: `${arn}: ${call}` };
  if (service === "iam" && resource === "root") return { arn, kind: "root" };
  if (service === "iam" && resource.startsWith("user/")) return { arn, kind: "user" };
  if (service === "iam" && resource.startsWith("role/")) return { arn, kind: "role" };
  if (service === "sts" && resource.startsWith("assumed-role/")) {
    // Without an issuer the role's path is not known.
    return { arn: `arn:${partition}:iam::${account}:role/${resource.split("/")[1]}`, kind: "role" };
  }
  if (service === "sts" && resource.startsWith("federated-user/")) return { arn, kind: "user" };
  return { aside: "not-understood", what: `${call}: a caller of a kind that is not known (${arn})` };
}

function builtArn({ type, accountId, userName }: LogIdentity): string | undefined {
  if (accountId === undefined) return undefined;
  if (type === "Root") return `arn:aws:iam::${accountId}:root`;
  if (type === "IAMUser" && userName !== undefined) return `arn:aws:iam::${accountId}:user/${userName}`;
  if (type === "Role" && userName !== undefined) return `arn:aws:iam::${accountId}:role/${userName}`;
  return undefined;
}
