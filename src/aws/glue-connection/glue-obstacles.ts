import { type DatabaseTarget, type DatabaseTest, isLoopback } from "../../database/index.ts";
import type { GlueConnection, StoredGlueConnection } from "./glue-connection.ts";

/** Something that Glue's TestConnection would stumble over. */
export interface GlueObstacle {
  readonly code: string;
  /** The words that Glue would answer with; absent where it would not, and it is no good all the same. */
  readonly awsError?: string | undefined;
  readonly cause: string;
  readonly mend: string;
}

/**
 * What Glue's TestConnection would say of a connection, as far as its own record and a test from here tell; of
 * routes, endpoints, security groups and rights `bisonflow aws doctor --connection` knows more.
 */
export function glueObstacles(options: {
  target: DatabaseTarget;
  wanted: GlueConnection;
  /** Undefined when Glue has none of this name. */
  found: StoredGlueConnection | undefined;
  /** From here, which may be another network than Glue's. */
  test?: DatabaseTest | undefined;
}): GlueObstacle[] {
  const { target, wanted, found, test } = options;
  return [
    ...ofAddress(target),
    ...(found === undefined
      ? [notThere(wanted)]
      : [...ofSecret(found), ...ofNetwork(found), ...ofTls(found, test)]),
    ...ofDriver(found, test),
  ];
}

function notThere({ name }: GlueConnection): GlueObstacle {
  return {
    code: "glue-connection-missing",
    awsError: `EntityNotFoundException: Connection ${name} not found.`,
    cause: `Glue has no connection ${name}.`,
    mend: `bisonflow connection add ${name} … --glue --replace`,
  };
}

function ofAddress(target: DatabaseTarget): GlueObstacle[] {
  if (!isLoopback(target.host)) return [];
  return [
    {
      code: "database-unreachable",
      awsError: "The connection attempt failed.",
      cause: `${target.host} is this machine itself; for Glue it is Glue's own.`,
      mend: "Name the database by an address inside the VPC (RDS: --rds INSTANCE).",
    },
  ];
}

function ofSecret(found: StoredGlueConnection): GlueObstacle[] {
  if (found.secretId !== undefined) return [];
  return [
    {
      code: found.holdsPassword ? "glue-connection-holds-password" : "glue-connection-without-secret",
      awsError: found.holdsPassword
        ? undefined
        : "InvalidInputException: Unable to resolve any valid connection",
      cause: found.holdsPassword
        ? `Glue keeps user and password of ${found.name} itself, where everyone with glue:GetConnection may read them.`
        : `${found.name} names no secret, so Glue has no password.`,
      mend: 'Put {"username": …, "password": …} into Secrets Manager; bisonflow connection add … --secret secretsmanager:ARN --glue --replace',
    },
  ];
}

function ofNetwork({ name, network }: StoredGlueConnection): GlueObstacle[] {
  const missing = [
    ...(network.subnet === undefined ? ["SubnetId"] : []),
    ...(network.zone === undefined ? ["AvailabilityZone"] : []),
    ...(network.securityGroups.length === 0 ? ["SecurityGroupIdList"] : []),
  ];
  if (missing.length === 0) return [];
  return [
    {
      code: "glue-connection-network-incomplete",
      awsError: "InvalidInputException: Unable to resolve any valid connection",
      cause: `${name} has no ${missing.join(", ")}; Glue makes its network interface there.`,
      mend: "bisonflow connection add … --glue --subnet subnet-… --security-group sg-… --replace (--rds takes those of the instance)",
    },
  ];
}

function ofTls({ name, enforcesTls }: StoredGlueConnection, test: DatabaseTest | undefined): GlueObstacle[] {
  if (enforcesTls || test?.isEncrypted !== true) return [];
  return [
    {
      code: "glue-connection-tls-not-enforced",
      cause: `The database speaks TLS, and ${name} does not ask for it (JDBC_ENFORCE_SSL false): the password may cross the network unprotected, or the server refuse it.`,
      mend: "bisonflow connection add … --sslmode verify-full --glue --replace",
    },
  ];
}

function ofDriver(found: StoredGlueConnection | undefined, test: DatabaseTest | undefined): GlueObstacle[] {
  if (test?.method !== "SCRAM-SHA-256" || found?.ownDriver !== undefined) return [];
  return [
    {
      code: "database-driver-too-old",
      awsError:
        "The authentication type 10 is not supported. Check that you have configured the pg_hba.conf file to include the client's IP address or subnet, and that it is using an authentication scheme supported by the driver.",
      cause:
        "The server asks for SCRAM-SHA-256, which the driver that Glue's crawlers and tests use may not know.",
      mend: "Give the connection a driver of your own (JDBC_DRIVER_JAR_URI, JDBC_DRIVER_CLASS_NAME; Glue cannot test such a connection), or let this one user have an MD5 password: SET password_encryption = 'md5'; ALTER ROLE … PASSWORD …",
    },
  ];
}
