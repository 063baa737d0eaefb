import { Command, Option } from "commander";
import {
  type DatabaseTarget,
  databaseTarget,
  isConnectionName,
  nameOfTarget,
  parseDatabaseUrl,
  parseSecretReference,
  type SavedConnection,
} from "../../database/index.ts";
import { UserError } from "../../trouble/index.ts";
import { awsAccessHere } from "../aws-access.ts";
import { connectionsHere } from "../database-here.ts";
import { wrapped } from "../table.ts";
import type { Terminal } from "../terminal.ts";
import { addTlsOptions, type TlsOptions, tlsChanges, wholeNumber } from "./tls-options.ts";

interface AddOptions extends TlsOptions {
  readonly host?: string;
  readonly port?: number;
  readonly database?: string;
  readonly user?: string;
  readonly rds?: string;
  readonly region?: string;
  readonly secret?: string;
  readonly glue?: true | string;
  readonly subnet?: string;
  readonly securityGroup?: readonly string[];
  readonly replace?: true;
}

/** `bisonflow connection add`. */
export function addCommand(terminal: Terminal): Command {
  return addTlsOptions(new Command("add"))
    .description("Store a connection under a name: its address, and where its password is to be found.")
    .argument("<name>", "name to know it by")
    .argument("[url]", "postgres://USER@HOST:PORT/DATABASE, without a password")
    .option("--host <name>", "instead of a URL: host name, address, or folder of a Unix socket")
    .addOption(new Option("--port <n>", "its port (default: 5432)").argParser(wholeNumber))
    .option("--database <name>", "database on the server")
    .option("--user <name>", "who logs in")
    .option(
      "--rds <instance>",
      "instead of a URL: identifier of an RDS instance, whose address is asked of AWS",
    )
    .option("--region <name>", "region of the RDS instance")
    .option(
      "--secret <reference>",
      "where the password is: env:VARIABLE, secretsmanager:ARN, prompt, passfile or passfile:FILE (default: PGPASSWORD, then ~/.pgpass, then asked)",
    )
    .option("--glue [name]", "also write the connection into Glue, under its name or another")
    .option(
      "--subnet <id>",
      "for Glue: subnet that its network interface goes into (--rds: one of the instance's)",
    )
    .option(
      "--security-group <id>",
      "for Glue: group of its network interface; may be repeated (--rds: those of the instance)",
      (id: string, all: readonly string[] = []) => [...all, id],
    )
    .option("--replace", "replace a connection of the same name")
    .action(async (name: string, url: string | undefined, options: AddOptions) => {
      const connection = await makeConnection(name, url, options);
      const store = connectionsHere();
      if (options.replace !== true && (await store.find(name)) !== undefined) {
        throw new UserError({
          code: "connection-exists",
          message: `${name}: a connection of this name is stored already.`,
          hint: "Choose another name, or give --replace.",
        });
      }
      const written = await intoGlue(connection, options);
      await store.save(written?.connection ?? connection);
      const lines = [
        `Stored ${name}: ${nameOfTarget(connection.target)}, ${secretText(connection)}. Try it: bisonflow connection test ${name}`,
        ...(written === undefined ? [] : [written.said]),
      ];
      await terminal.write(lines.map((line) => wrapped(terminal, line)).join(""));
    });
}

/** Writes the connection into Glue where that was asked for; before it is stored, so that a refusal leaves nothing. */
async function intoGlue(
  connection: SavedConnection,
  options: AddOptions,
): Promise<{ connection: SavedConnection; said: string } | undefined> {
  if (options.glue === undefined) return undefined;
  const { writeIntoGlue } = await import("./glue.ts");
  return writeIntoGlue(connection, {
    name: options.glue === true ? connection.name : options.glue,
    region: options.region ?? connection.rds?.region,
    subnet: options.subnet,
    securityGroups: options.securityGroup ?? [],
  });
}

async function makeConnection(
  name: string,
  url: string | undefined,
  options: AddOptions,
): Promise<SavedConnection> {
  if (!isConnectionName(name)) {
    throw new UserError({
      code: "connection-name-invalid",
      message:
        "The name of the connection holds other characters than letters, digits, _, - and ., or more than 64. (It is not repeated here: it may hold a password.)",
      hint: "Write: bisonflow connection add NAME postgres://USER@HOST/DATABASE",
    });
  }
  const ways = [url, options.host, options.rds].filter((way) => way !== undefined);
  if (ways.length !== 1) {
    throw new UserError({
      code: "connection-address-missing",
      message: `${name}: ${ways.length === 0 ? "no address was given" : "several addresses were given"}; a URL, --host or --rds was expected.`,
      hint: "Give postgres://USER@HOST/DATABASE, or --host with --database and --user, or --rds INSTANCE.",
    });
  }
  const rds = options.rds === undefined ? undefined : await rdsAddress(options.rds, options.region);
  const base = url === undefined ? { host: options.host, ...rds?.target } : withoutPassword(name, url);
  const target = databaseTarget({
    ...base,
    ...given({ port: options.port, database: options.database, user: options.user }),
    ...tlsChanges(options),
  });
  const secret = options.secret ?? rds?.secret;
  if (secret !== undefined) parseSecretReference(secret);
  return {
    name,
    target,
    ...(secret === undefined ? {} : { secret }),
    ...(rds === undefined ? {} : { rds: { instance: rds.instance, region: rds.region } }),
  };
}

/** What a URL says; one with a password in it is refused, and its password goes nowhere. */
function withoutPassword(name: string, url: string): DatabaseTarget {
  const { target, password } = parseDatabaseUrl(url);
  if (password === undefined) return target;
  throw new UserError({
    code: "connection-password-in-url",
    message: `${name}: a password stands in the URL; passwords are never stored, and nothing was.`,
    hint: `Leave it out and say where it is to be found: --secret env:VARIABLE, secretsmanager:ARN, passfile or prompt. For ${nameOfTarget(target)}.`,
  });
}

async function rdsAddress(instance: string, region: string | undefined) {
  const { findRdsInstance } = await import("../../aws/rds/index.ts");
  const access = await awsAccessHere({ region });
  const found = await findRdsInstance(access, instance);
  return {
    instance,
    region: access.region,
    target: given({ host: found.host, port: found.port, database: found.database, user: found.user }),
    secret: found.secretArn === undefined ? undefined : `secretsmanager:${found.secretArn}`,
  };
}

function given(options: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

/** Where a connection's password is, for people. */
export function secretText({ secret }: SavedConnection): string {
  return secret === undefined
    ? "password from PGPASSWORD, ~/.pgpass or asked for"
    : `password from ${secret}`;
}
