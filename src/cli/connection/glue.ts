import type { Diagnosis } from "../../aws/doctor/index.ts";
import type { GlueDifference, GlueNetwork, GlueObstacle } from "../../aws/glue-connection/index.ts";
import type { DatabaseTarget, DatabaseTest, SavedConnection } from "../../database/index.ts";
import { awsAccessHere } from "../aws-access.ts";
import { wrapped } from "../table.ts";
import { bold, type Terminal } from "../terminal.ts";

/** Writes a connection into Glue, with the network of its RDS instance unless another is named. */
export async function writeIntoGlue(
  connection: SavedConnection,
  options: {
    name: string;
    region?: string | undefined;
    subnet?: string | undefined;
    securityGroups: readonly string[];
  },
): Promise<{ connection: SavedConnection; said: string }> {
  const { name } = options;
  const { glueConnectionOf, writeGlueConnection } = await import("../../aws/glue-connection/index.ts");
  const access = await awsAccessHere({ region: options.region });
  const { target } = connection;
  const network = await networkOf(connection, options);
  const change = await writeGlueConnection(
    access,
    glueConnectionOf({ name, target, secretId: secretIdOf(connection), network }),
  );
  const did = { added: "Wrote", updated: "Changed", unchanged: "Found as it should be:" }[change];
  return {
    connection: { ...connection, glue: { name, region: access.region } },
    said: `${did} connection ${name} in Glue (${access.region}). What its test would say: bisonflow connection test ${connection.name} --glue`,
  };
}

async function networkOf(
  { rds }: SavedConnection,
  options: { region?: string | undefined; subnet?: string | undefined; securityGroups: readonly string[] },
): Promise<GlueNetwork> {
  const { subnet, securityGroups } = options;
  const access = await awsAccessHere({ region: options.region });
  const { findRdsInstance } = await import("../../aws/rds/index.ts");
  const instance = rds === undefined ? undefined : (await findRdsInstance(access, rds.instance)).network;
  const groups = securityGroups.length > 0 ? securityGroups : (instance?.securityGroups ?? []);
  if (subnet !== undefined) {
    const { subnetZone } = await import("../../aws/glue-connection/index.ts");
    return { subnet, zone: await subnetZone(access, subnet), securityGroups: groups };
  }
  const [first] = instance?.subnets ?? [];
  return { subnet: first?.id, zone: first?.zone, securityGroups: groups };
}

/** What Glue would make of a connection. */
export interface GlueSide {
  readonly name: string;
  readonly region: string;
  readonly url: string;
  readonly differences: readonly GlueDifference[];
  readonly obstacles: readonly GlueObstacle[];
  /** What the doctor found of its network; absent where Glue has no such connection. */
  readonly findings: Diagnosis["findings"];
  readonly notRun: Diagnosis["notRun"];
}

/** Compares a connection with Glue's, and says what Glue's own test would stumble over. */
export async function glueSideOf(options: {
  name: string;
  region?: string | undefined;
  target: DatabaseTarget;
  saved?: SavedConnection | undefined;
  test: DatabaseTest;
}): Promise<GlueSide> {
  const { name, target, saved, test } = options;
  const room = await import("../../aws/glue-connection/index.ts");
  const access = await awsAccessHere({ region: options.region ?? saved?.glue?.region ?? saved?.rds?.region });
  const wanted = room.glueConnectionOf({ name, target, secretId: secretIdOf(saved) });
  const found = await room.readGlueConnection(access, name);
  const { diagnose } = await import("../../aws/doctor/index.ts");
  const diagnosis =
    found === undefined ? undefined : await diagnose({ access, spec: { connections: [name] } });
  const findings = diagnosis?.findings ?? [];
  // What the doctor says too, it says with the account's own ids.
  const said = new Set<string>(findings.map(({ code }) => code));
  return {
    name,
    region: access.region,
    url: wanted.url,
    differences: found === undefined ? [] : room.differencesOf(wanted, found),
    obstacles: room.glueObstacles({ target, wanted, found, test }).filter(({ code }) => !said.has(code)),
    findings,
    notRun: diagnosis?.notRun ?? [],
  };
}

/** Whether Glue's test would go through, as far as one can see. */
export function isSound({ differences, obstacles, findings }: GlueSide): boolean {
  return differences.length + obstacles.length + findings.length === 0;
}

/** The Glue side, for people. */
export function glueText(terminal: Terminal, side: GlueSide): string {
  const lines = [
    ...side.differences.map(({ what, found, expected }) => `${what} is ${found}; expected ${expected}`),
    ...[...side.obstacles, ...side.findings.map(asObstacle)].map(
      ({ awsError, cause, mend }) =>
        `${awsError === undefined ? "" : `Glue would say: ${awsError} `}${cause} Mend: ${mend}`,
    ),
  ];
  const unseen =
    side.notRun.length === 0
      ? []
      : [
          `Not looked at: ${side.notRun.map(({ check, missingAction }) => `${check} (${missingAction})`).join(", ")}`,
        ];
  const verdict = lines.length === 0 ? "Nothing that Glue's test would stumble over was found." : "";
  return [
    `\n${bold(terminal, `Glue ${side.region}, connection ${side.name}`)}\n${side.url}\n`,
    ...[...lines, verdict, ...unseen]
      .filter((line) => line !== "")
      .map((line) => wrapped(terminal, `- ${line}`)),
  ].join("");
}

function asObstacle({ code, awsError, cause, mend }: GlueSide["findings"][number]): GlueObstacle {
  return { code, awsError, cause, mend: mend.words };
}

function secretIdOf(saved: SavedConnection | undefined): string | undefined {
  return /^secretsmanager:(.+)$/.exec(saved?.secret ?? "")?.[1];
}
