import { check } from "../check.ts";
import type { DatabaseFact, ParameterGroupFact } from "../facts/data-facts.ts";
import { finding } from "../finding.ts";
import { type Pair, pairName, pairs } from "./database.ts";

export const databaseDriver = check<Pair>({
  name: "database-driver",
  title: "Glue's driver can sign in to the database",
  code: "database-driver-too-old",
  subjects: (account) => pairs(account).filter(({ database }) => /postgres/.test(database.engine)),
  resource: pairName,
  examine: (account, pair) => {
    const { connection, database } = pair;
    if (connection.properties.JDBC_DRIVER_JAR_URI !== undefined) return [];
    const group =
      database.parameterGroup === undefined
        ? undefined
        : account.one("parameterGroups", database.parameterGroup);
    if (group === undefined) return [];
    const how = scramBecause(database, group);
    if (how === undefined) return [];
    return [
      finding("database-driver-too-old", {
        resource: pairName(pair),
        cause: `Database ${database.id} (PostgreSQL ${database.version}) ${how}, and connection ${connection.id} names no driver of its own.`,
        mend: group.id.startsWith("default.") ? "own-group" : "md5-passwords",
        values: {
          parameterGroup: group.id,
          database: database.id,
          family: familyOf(database),
          connection: connection.id,
        },
      }),
    ];
  },
});

/** Why new passwords are SCRAM; undefined where they are not, or where nobody says. */
function scramBecause(database: DatabaseFact, { id, values }: ParameterGroupFact): string | undefined {
  const accepted = values["rds.accepted_password_auth_method"];
  if (accepted === "scram") return `accepts SCRAM alone (rds.accepted_password_auth_method in ${id})`;
  const set = values.password_encryption;
  if (set === "scram-sha-256") return `keeps passwords as SCRAM-SHA-256 (password_encryption in ${id})`;
  // Listed without a value: the engine's default, which changed with version 14.
  if (set === null && Number.parseInt(database.version, 10) >= 14) {
    return `keeps passwords as SCRAM-SHA-256, the default since version 14 (${id} does not say otherwise)`;
  }
  return undefined;
}

function familyOf({ version }: DatabaseFact): string {
  return `postgres${Number.parseInt(version, 10)}`;
}
