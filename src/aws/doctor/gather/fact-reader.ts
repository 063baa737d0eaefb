import { BatchClient } from "@aws-sdk/client-batch";
import { CloudFormationClient } from "@aws-sdk/client-cloudformation";
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { EC2Client } from "@aws-sdk/client-ec2";
import { GlueClient } from "@aws-sdk/client-glue";
import { IAMClient } from "@aws-sdk/client-iam";
import { RDSClient } from "@aws-sdk/client-rds";
import type { S3Client } from "@aws-sdk/client-s3";
import { STSClient } from "@aws-sdk/client-sts";
import { type AwsAccess, AwsTrouble, connect } from "../../client/index.ts";
import { bucketClients } from "../../s3/index.ts";
import { reads } from "../facts/reads.ts";
import type { FactKind, FactLists, FactTypes, Refusal } from "../facts/snapshot.ts";
import { Snapshot } from "../facts/snapshot.ts";

/** The clients that facts are read with. */
export interface Clients {
  readonly sts: STSClient;
  readonly cloudformation: CloudFormationClient;
  readonly ec2: EC2Client;
  readonly rds: RDSClient;
  readonly glue: GlueClient;
  readonly iam: IAMClient;
  readonly batch: BatchClient;
  readonly logs: CloudWatchLogsClient;
  /** By bucket: GBIF's are asked unsigned, as the store reads them. */
  readonly s3: (bucket: string) => S3Client;
}

/** AWS's control planes take some calls a second, no more. */
export const callsAtOnce = 8;

/** Makes the clients; few attempts, for somebody waits. */
export function doctorClients(access: AwsAccess): Clients {
  const few = { maxAttempts: 3 };
  return {
    sts: connect(STSClient, access, few),
    cloudformation: connect(CloudFormationClient, access, few),
    ec2: connect(EC2Client, access, few),
    rds: connect(RDSClient, access, few),
    glue: connect(GlueClient, access, few),
    iam: connect(IAMClient, access, few),
    batch: connect(BatchClient, access, few),
    logs: connect(CloudWatchLogsClient, access, few),
    s3: bucketClients(access, {}, few),
  };
}

/** Collects facts, and what could not be read, into a snapshot. */
export class FactReader {
  readonly region: string;
  readonly clients: Clients;
  readonly #facts = new Map<FactKind, Map<string, { readonly id: string }>>();
  readonly #refusals: Refusal[] = [];
  /** Services that did not answer are not asked again: each try takes its time. */
  readonly #silent = new Map<string, string>();

  constructor(access: AwsAccess) {
    this.region = access.region;
    this.clients = doctorClients(access);
  }

  /** Keeps facts; one that is there already stays. */
  add<K extends FactKind>(kind: K, facts: Iterable<FactTypes[K]>): void {
    const known = this.#facts.get(kind) ?? new Map<string, { readonly id: string }>();
    for (const fact of facts) if (!known.has(fact.id)) known.set(fact.id, fact);
    this.#facts.set(kind, known);
  }

  /** Forgets the facts of a kind that are not meant. */
  keep<K extends FactKind>(kind: K, isMeant: (fact: FactTypes[K]) => boolean): void {
    const kept = this.known(kind).filter(isMeant);
    this.#facts.set(kind, new Map(kept.map((fact) => [fact.id, fact])));
  }

  /** What is known of a kind so far. */
  known<K extends FactKind>(kind: K): FactTypes[K][] {
    return [...((this.#facts.get(kind) as Map<string, FactTypes[K]> | undefined)?.values() ?? [])];
  }

  /** What could not be read so far. */
  get refusals(): readonly Refusal[] {
    return [...this.#refusals];
  }

  refuse(refusal: Refusal): void {
    this.#refusals.push(refusal);
  }

  /**
   * Reads facts of a kind and keeps them. A refused call is remembered with the action that it takes, and answers
   * undefined; what concerns the whole account (no credentials …) is thrown.
   */
  async read<K extends FactKind, R extends Iterable<FactTypes[K]>>(
    kind: K,
    work: () => Promise<R>,
    about: { readonly id?: string } = {},
  ): Promise<R | undefined> {
    const answer = await this.attempt(kind, work, about);
    if (answer !== undefined) this.add(kind, answer);
    return answer;
  }

  /** The same without keeping what is read, for facts that are put together from several calls. */
  async attempt<R>(
    kind: FactKind,
    work: () => Promise<R>,
    about: { readonly id?: string; readonly missingAction?: string } = {},
  ): Promise<R | undefined> {
    const missingAction = about.missingAction ?? reads[kind][0] ?? "sts:GetCallerIdentity";
    const service = missingAction.split(":")[0] ?? "";
    const silent = this.#silent.get(service);
    if (silent !== undefined) {
      this.refuse({ kind, id: about.id, missingAction, reason: silent, isDenied: false });
      return undefined;
    }
    try {
      return await work();
    } catch (error) {
      const reason = refusalOf(error);
      if (reason === undefined) throw error;
      if (error instanceof AwsTrouble && error.code === "aws-unreachable") this.#silent.set(service, reason);
      const action = error instanceof AwsTrouble ? error.action : undefined;
      const isDenied = error instanceof AwsTrouble && error.code === "aws-access-denied";
      this.refuse({ kind, id: about.id, missingAction: action ?? missingAction, reason, isDenied });
      return undefined;
    }
  }

  snapshot(): Snapshot {
    const facts = Object.fromEntries([...this.#facts].map(([kind, known]) => [kind, [...known.values()]]));
    return new Snapshot({ region: this.region, facts: facts as FactLists, refusals: this.#refusals });
  }
}

/** Why one call failed, when others may still answer; undefined for what concerns them all. */
function refusalOf(error: unknown): string | undefined {
  if (error instanceof AwsTrouble) {
    return /^aws-(access-denied|not-answered|throttled|unreachable)$/.test(error.code)
      ? error.message
      : undefined;
  }
  // Whatever else a service answers is about this one call; what is no service's answer is a bug.
  const isAnswer = error instanceof Error && "$metadata" in error;
  return isAnswer ? `${error.name}: ${error.message}` : undefined;
}

/** Whether an error says that there is no such thing. */
export function isNotFound(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return /NotFound|NoSuchEntity|NoSuchBucket|DoesNotExist|EntityNotFound|\.NotFound$|Malformed/.test(
    error.name,
  );
}
