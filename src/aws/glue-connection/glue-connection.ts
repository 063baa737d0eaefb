import {
  type Connection,
  type ConnectionInput,
  CreateConnectionCommand,
  GetConnectionCommand,
  GlueClient,
  UpdateConnectionCommand,
} from "@aws-sdk/client-glue";
import { type DatabaseTarget, sslModeOf } from "../../database/index.ts";
import { UserError } from "../../trouble/index.ts";
import { type AwsAccess, connect, type DeclaredAction } from "../client/index.ts";

/** What writing and comparing a connection in Glue needs. */
export const glueConnectionActions: readonly DeclaredAction[] = [
  { action: "glue:GetConnection", on: "glue-connection", why: "compare a connection with its record" },
  { action: "glue:CreateConnection", on: "glue-connection", why: "store a connection for crawlers and jobs" },
  { action: "glue:UpdateConnection", on: "glue-connection", why: "store a connection that has changed" },
];

/** Where in a VPC Glue puts its network interface. */
export interface GlueNetwork {
  readonly subnet?: string | undefined;
  /** The subnet's own availability zone: Glue takes no other. */
  readonly zone?: string | undefined;
  readonly securityGroups: readonly string[];
}

/** A connection as it should stand in Glue. */
export interface GlueConnection {
  readonly name: string;
  readonly url: string;
  readonly enforcesTls: boolean;
  /** ARN or name of the secret with `username` and `password`; a password itself is never given to Glue. */
  readonly secretId?: string | undefined;
  readonly network: GlueNetwork;
}

/** A connection as Glue has it. */
export interface StoredGlueConnection extends GlueConnection {
  readonly type: string;
  /** Glue holds user and password itself instead of a secret. */
  readonly holdsPassword: boolean;
  readonly ownDriver?: string | undefined;
}

/**
 * What Glue should know of a database: JDBC URL, TLS enforced unless the target does without, its secret and network.
 */
export function glueConnectionOf(options: {
  name: string;
  target: DatabaseTarget;
  secretId?: string | undefined;
  network?: GlueNetwork | undefined;
}): GlueConnection {
  const { target } = options;
  const host = target.host.includes(":") ? `[${target.host}]` : target.host;
  return {
    name: options.name,
    url: `jdbc:postgresql://${host}:${target.port}/${encodeURIComponent(target.database)}`,
    enforcesTls: !["disable", "prefer"].includes(sslModeOf(target)),
    secretId: options.secretId,
    network: options.network ?? { securityGroups: [] },
  };
}

/** Asks Glue for a connection; undefined when there is none of this name. Its password is not asked for. */
export async function readGlueConnection(
  access: AwsAccess,
  name: string,
): Promise<StoredGlueConnection | undefined> {
  const client = connect(GlueClient, access);
  try {
    const { Connection } = await client.send(new GetConnectionCommand({ Name: name, HidePassword: true }));
    return Connection === undefined ? undefined : stored(name, Connection);
  } catch (error) {
    if ((error as Error).name === "EntityNotFoundException") return undefined;
    throw error;
  } finally {
    client.destroy();
  }
}

/** Writes a connection into Glue unless it stands there already; what else Glue's record says is kept. */
export async function writeGlueConnection(
  access: AwsAccess,
  wanted: GlueConnection,
): Promise<"added" | "updated" | "unchanged"> {
  if (wanted.secretId === undefined) {
    throw new UserError({
      code: "glue-connection-without-secret",
      message: `${wanted.name}: Glue needs its password from Secrets Manager, and the connection's is elsewhere.`,
      hint: 'Store {"username": …, "password": …} there, and give --secret secretsmanager:ARN. A password itself is never written into a Glue connection.',
    });
  }
  const client = connect(GlueClient, access);
  try {
    const before = await client
      .send(new GetConnectionCommand({ Name: wanted.name, HidePassword: true }))
      .catch((error) => {
        if ((error as Error).name === "EntityNotFoundException") return undefined;
        throw error;
      });
    const found = before?.Connection;
    if (found === undefined) {
      await client.send(new CreateConnectionCommand({ ConnectionInput: connectionInput(wanted) }));
      return "added";
    }
    if (differencesOf(wanted, stored(wanted.name, found)).length === 0) return "unchanged";
    const input = connectionInput(wanted, found);
    await client.send(new UpdateConnectionCommand({ Name: wanted.name, ConnectionInput: input }));
    return "updated";
  } finally {
    client.destroy();
  }
}

/** One way in which Glue's record is another than it should be. */
export interface GlueDifference {
  readonly what: string;
  readonly found: string;
  readonly expected: string;
}

/** How Glue's record differs from what it should say; a network that nobody named is not compared. */
export function differencesOf(wanted: GlueConnection, found: StoredGlueConnection): GlueDifference[] {
  const { network } = wanted;
  const pairs: readonly (readonly [string, string | undefined, string | undefined])[] = [
    ["ConnectionType", found.type, "JDBC"],
    ["JDBC_CONNECTION_URL", found.url, wanted.url],
    ["JDBC_ENFORCE_SSL", String(found.enforcesTls), String(wanted.enforcesTls)],
    ["SECRET_ID", found.secretId, wanted.secretId],
    ...(network.subnet === undefined
      ? []
      : ([
          ["SubnetId", found.network.subnet, network.subnet],
          ["AvailabilityZone", found.network.zone, network.zone],
        ] as const)),
    ...(network.securityGroups.length === 0
      ? []
      : ([
          [
            "SecurityGroupIdList",
            [...found.network.securityGroups].sort().join(", "),
            [...network.securityGroups].sort().join(", "),
          ],
        ] as const)),
  ];
  return pairs
    .filter(([, has, should]) => has !== should)
    .map(([what, has = "nothing", should = "nothing"]) => ({ what, found: has, expected: should }));
}

function stored(name: string, connection: Connection): StoredGlueConnection {
  const { ConnectionProperties: properties = {}, PhysicalConnectionRequirements: physical } = connection;
  return {
    name,
    type: connection.ConnectionType ?? "JDBC",
    url: properties.JDBC_CONNECTION_URL ?? "",
    enforcesTls: properties.JDBC_ENFORCE_SSL === "true",
    secretId: properties.SECRET_ID,
    // Glue shows the name of the user it keeps, and of the password nothing.
    holdsPassword: properties.USERNAME !== undefined || properties.PASSWORD !== undefined,
    ownDriver: properties.JDBC_DRIVER_JAR_URI,
    network: {
      subnet: physical?.SubnetId,
      zone: physical?.AvailabilityZone,
      securityGroups: physical?.SecurityGroupIdList ?? [],
    },
  };
}

function connectionInput(wanted: GlueConnection, before?: Connection): ConnectionInput {
  const { subnet, zone, securityGroups } = wanted.network;
  const { USERNAME: _user, PASSWORD: _password, ...kept } = before?.ConnectionProperties ?? {};
  const physical = {
    ...before?.PhysicalConnectionRequirements,
    ...(subnet === undefined ? {} : { SubnetId: subnet }),
    ...(zone === undefined ? {} : { AvailabilityZone: zone }),
    ...(securityGroups.length === 0 ? {} : { SecurityGroupIdList: [...securityGroups] }),
  };
  return {
    Name: wanted.name,
    Description: before?.Description ?? "PostgreSQL, written by bisonflow",
    ConnectionType: "JDBC",
    ...(before?.MatchCriteria === undefined ? {} : { MatchCriteria: before.MatchCriteria }),
    ConnectionProperties: {
      ...kept,
      JDBC_CONNECTION_URL: wanted.url,
      JDBC_ENFORCE_SSL: String(wanted.enforcesTls),
      ...(wanted.secretId === undefined ? {} : { SECRET_ID: wanted.secretId }),
    },
    ...(Object.keys(physical).length === 0 ? {} : { PhysicalConnectionRequirements: physical }),
  };
}
