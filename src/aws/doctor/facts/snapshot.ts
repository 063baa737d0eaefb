import type * as account from "./account-facts.ts";
import type * as data from "./data-facts.ts";
import type * as network from "./network-facts.ts";

/** What can be known of an account, by kind. Each fact has an `id`. */
export interface FactTypes {
  caller: account.CallerFact;
  vpcs: network.VpcFact;
  vpcDns: network.VpcDnsFact;
  subnets: network.SubnetFact;
  routeTables: network.RouteTableFact;
  endpoints: network.EndpointFact;
  natGateways: network.NatGatewayFact;
  securityGroups: network.SecurityGroupFact;
  networkAcls: network.NetworkAclFact;
  databases: data.DatabaseFact;
  parameterGroups: data.ParameterGroupFact;
  connections: data.ConnectionFact;
  crawlers: data.CrawlerFact;
  glueJobs: data.GlueJobFact;
  roles: account.RoleFact;
  policies: account.PoliciesFact;
  roleUses: account.RoleUseFact;
  simulations: account.SimulationFact;
  policyFiles: account.PolicyFileFact;
  environments: account.EnvironmentFact;
  instanceProfiles: account.InstanceProfileFact;
  launchTemplates: account.LaunchTemplateFact;
  queues: account.QueueFact;
  jobDefinitions: account.JobDefinitionFact;
  waitingJobs: account.WaitingJobFact;
  queueMoves: account.QueueMovesFact;
  buckets: data.BucketFact;
  logGroups: data.LogGroupFact;
  catalogDatabases: data.CatalogDatabaseFact;
  catalogTables: data.CatalogTableFact;
  partitions: data.PartitionsFact;
  locations: data.LocationFact;
  footers: data.FooterFact;
}

export type FactKind = keyof FactTypes;

/** A fact that could not be read: AWS refused the call, or does not offer it here. */
export interface Refusal {
  readonly kind: FactKind;
  /** Which one of the kind; all of them when absent. */
  readonly id?: string | undefined;
  readonly missingAction: string;
  /** AWS's words. */
  readonly reason: string;
  /** Whether AWS refused; false where it did not answer, or does not offer the call. */
  readonly isDenied: boolean;
}

/** Thrown by a snapshot that is asked for what could not be read; `examine` makes a `notRun` of it. */
export class Unknown extends Error {
  override readonly name = "Unknown";
  readonly refusals: readonly Refusal[];

  constructor(refusals: readonly Refusal[]) {
    super(`not known: ${refusals.map(({ kind, id }) => `${kind} ${id ?? ""}`).join(", ")}`);
    this.refusals = refusals;
  }
}

/** The plain data of a snapshot. */
export type FactLists = { readonly [K in FactKind]?: readonly FactTypes[K][] };

/** An account as it was read, and what of it could not be read. Checks look at nothing else. */
export class Snapshot {
  readonly region: string;
  readonly refusals: readonly Refusal[];
  readonly #facts: FactLists;

  constructor(options: { region: string; facts: FactLists; refusals?: readonly Refusal[] }) {
    this.region = options.region;
    this.#facts = options.facts;
    this.refusals = options.refusals ?? [];
  }

  /** Every fact of a kind. Throws Unknown when the kind was refused. */
  all<K extends FactKind>(kind: K): readonly FactTypes[K][] {
    this.#mustKnow(kind, (refusal) => refusal.id === undefined);
    return this.#list(kind);
  }

  /** One fact; undefined when there is no such thing. Throws Unknown when that cannot be said. */
  one<K extends FactKind>(kind: K, id: string): FactTypes[K] | undefined {
    const found = this.#list(kind).find((fact) => fact.id === id);
    if (found === undefined) this.#mustKnow(kind, (refusal) => (refusal.id ?? id) === id);
    return found;
  }

  #list<K extends FactKind>(kind: K): readonly FactTypes[K][] {
    return (this.#facts[kind] as readonly FactTypes[K][] | undefined) ?? [];
  }

  #mustKnow(kind: FactKind, matters: (refusal: Refusal) => boolean): void {
    const refusals = this.refusals.filter((refusal) => refusal.kind === kind && matters(refusal));
    if (refusals.length > 0) throw new Unknown(refusals);
  }
}
