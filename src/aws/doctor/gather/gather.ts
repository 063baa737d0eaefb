import { paginateListStackResources } from "@aws-sdk/client-cloudformation";
import type { Store } from "../../../store/index.ts";
import { UserError } from "../../../trouble/index.ts";
import type { AwsAccess } from "../../client/index.ts";
import type { CatalogTableFact, DatabaseFact } from "../facts/data-facts.ts";
import { hostOf } from "../facts/jdbc-url.ts";
import type { Snapshot } from "../facts/snapshot.ts";
import { type DoctorSpec, isAny, namedScope, type Scope, stackScope, wholeRegion } from "../scope.ts";
import { gatherBatch } from "./batch.ts";
import { gatherDatabases } from "./database.ts";
import { FactReader } from "./fact-reader.ts";
import { gatherFooters } from "./footers.ts";
import { gatherCatalog, gatherConnections, gatherWorkers } from "./glue.ts";
import { gatherCaller, gatherRights, gatherRoles } from "./identity.ts";
import { collect, gatherNetwork, subnetsOf } from "./network.ts";
import { gatherRoleUses } from "./role-uses.ts";
import { gatherLogs, gatherStorage, type NamedPlace, placeOf } from "./storage.ts";

/** What reading an account takes. */
export interface GatherOptions {
  readonly access: AwsAccess;
  readonly spec: DoctorSpec;
  /** Reads the footers of tables' files. */
  readonly store: Store;
  readonly now: Date;
  /** Told what is being read, a few words. */
  readonly onProgress?: ((what: string) => void) | undefined;
}

/** Reads by calls that change nothing what the checks need to know of an account. */
export async function gather(options: GatherOptions): Promise<{ account: Snapshot; scope: Scope }> {
  const { access, spec, now } = options;
  const say = options.onProgress ?? (() => undefined);
  const reader = new FactReader(access);
  say("who is asking");
  await gatherCaller(reader);
  const scope = await resolveScope(reader, spec);
  reader.add("policyFiles", scope.policies);

  say("connections, databases, tables, queues and jobs");
  const inside = scope.insideVpcs ? await subnetsOf(reader, scope.vpcs) : undefined;
  const isGlueMeant = isAny(scope.connections) || isAny(scope.catalogDatabases) || scope.roles.length > 0;
  const [noConnection, noCatalog, noQueue] = await Promise.all([
    gatherConnections(reader, scope.connections),
    gatherCatalog(reader, { names: scope.catalogDatabases, isNamed: scope.eitherDatabase }),
    gatherBatch(reader, { ...scope, now, inside }),
    isGlueMeant ? gatherWorkers(reader) : undefined,
    isAny(scope.connections) ? gatherLogs(reader) : undefined,
  ]);
  if (inside !== undefined) {
    reader.keep("connections", ({ subnet }) => subnet !== undefined && inside.has(subnet));
  }
  const isMeant = databasesOf(reader, scope);
  if (isMeant !== undefined) await gatherDatabases(reader, isMeant);
  const noDatabase = noCatalog.filter((name) => !scope.eitherDatabase || !isInstance(reader, name));
  refuseMissing([...noConnection, ...noDatabase, ...noQueue], access.region);

  say("the network, roles, policies and files");
  await Promise.all([
    gatherNetwork(reader, networkScope(reader, scope)),
    gatherIdentity(reader, scope),
    gatherStorage(reader, placesOf(reader, scope)).then(() => gatherFooters(reader, options.store)),
  ]);
  return { account: reader.snapshot(), scope };
}

async function gatherIdentity(reader: FactReader, scope: Scope): Promise<void> {
  await gatherRoleUses(reader, scope);
  await gatherRoles(
    reader,
    reader.known("roleUses").map(({ role }) => role),
  );
  await gatherRights(reader);
}

async function resolveScope(reader: FactReader, spec: DoctorSpec): Promise<Scope> {
  const named = namedScope(spec);
  if (named !== undefined) return named;
  if (spec.everything === true) return wholeRegion(reader.region);
  const name = spec.stack ?? "bisonflow";
  const client = reader.clients.cloudformation;
  try {
    const resources = await collect(paginateListStackResources({ client }, { StackName: name }), (page) =>
      (page.StackResourceSummaries ?? []).map((one) => ({
        type: one.ResourceType ?? "",
        name: one.LogicalResourceId ?? "",
        id: one.PhysicalResourceId ?? "",
      })),
    );
    if (resources.length > 0) return stackScope({ name, resources: resources.filter(({ id }) => id !== "") });
  } catch (error) {
    // Without a name the stack is only a guess: whoever may not look at stacks has the region looked at.
    if (spec.stack !== undefined && !(error instanceof Error && /does not exist/.test(error.message)))
      throw error;
    if (error instanceof UserError && error.code !== "aws-access-denied" && error.code !== "aws-not-answered")
      throw error;
  }
  if (spec.stack !== undefined) refuseMissing([`stack ${spec.stack}`], reader.region);
  return wholeRegion(reader.region);
}

/** Picks the instances that are named or that a connection leads to; undefined when none can be meant. */
function databasesOf(reader: FactReader, scope: Scope): ((database: DatabaseFact) => boolean) | undefined {
  if (scope.instances === "all") {
    return ({ vpc }) => !scope.insideVpcs || (vpc !== undefined && scope.vpcs.includes(vpc));
  }
  const hosts = new Set(reader.known("connections").flatMap((connection) => hostOf(connection)?.host ?? []));
  const names = new Set(scope.instances);
  if (hosts.size === 0 && names.size === 0) return undefined;
  return ({ id, host }) => names.has(id) || (host !== undefined && hosts.has(host));
}

function isInstance(reader: FactReader, name: string): boolean {
  const isRefused = reader.snapshot().refusals.some(({ kind }) => kind === "databases");
  return isRefused || reader.known("databases").some(({ id }) => id === name);
}

function refuseMissing(missing: readonly string[], region: string): void {
  if (missing.length === 0) return;
  throw new UserError({
    code: "doctor-not-found",
    message: `${missing.join(", ")}: nothing of this name in ${region}.`,
    hint: "Check the name and --region; without names, doctor looks at everything in the region.",
  });
}

function networkScope(reader: FactReader, scope: Scope) {
  const connections = reader.known("connections");
  const environments = reader.known("environments");
  const databases = reader.known("databases");
  return {
    subnets: [
      ...connections.flatMap(({ subnet }) => subnet ?? []),
      ...environments.flatMap(({ subnets }) => subnets),
    ],
    groups: [...connections, ...environments, ...databases].flatMap(({ groups }) => groups),
    named: scope.eitherDatabase ? scope.vpcs : [],
    vpcs: [...scope.vpcs, ...databases.flatMap(({ vpc }) => vpc ?? [])],
  };
}

function placesOf(reader: FactReader, scope: Scope): NamedPlace[] {
  const tables = reader.known("catalogTables").filter(isOnS3);
  return [
    ...scope.buckets.flatMap(
      (name) => placeOf(name.startsWith("s3://") ? name : `s3://${name}`, "you named it") ?? [],
    ),
    ...tables.flatMap(({ id, location = "" }) => placeOf(location, `table ${id}`) ?? []),
    ...reader
      .known("crawlers")
      .filter(({ id }) => (scope.crawlers === "all" ? scope.isRegion : scope.crawlers.includes(id)))
      .flatMap(({ id, locations }) =>
        locations.flatMap((location) => placeOf(location, `crawler ${id}`) ?? []),
      ),
  ];
}

function isOnS3({ location }: CatalogTableFact): boolean {
  return location !== undefined && /^s3[an]?:\/\//.test(location);
}
