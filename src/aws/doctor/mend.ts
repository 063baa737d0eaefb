import { UpdateComputeEnvironmentCommand, UpdateJobQueueCommand } from "@aws-sdk/client-batch";
import {
  AuthorizeSecurityGroupEgressCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateVpcEndpointCommand,
  ModifyVpcAttributeCommand,
  ModifyVpcEndpointCommand,
} from "@aws-sdk/client-ec2";
import {
  type ConnectionInput,
  GetConnectionCommand,
  StartCrawlerCommand,
  UpdateConnectionCommand,
} from "@aws-sdk/client-glue";
import { UpdateAssumeRolePolicyCommand } from "@aws-sdk/client-iam";
import { crawl } from "../../catalog/index.ts";
import { bug } from "../../trouble/index.ts";
import type { AwsAccess } from "../client/index.ts";
import { glueCatalog } from "../glue/index.ts";
import { s3Store } from "../s3/index.ts";
import type { Finding } from "./finding.ts";
import { type Clients, doctorClients } from "./gather/fact-reader.ts";
import { type ApiStep, type CrawlStep, hasGaps, type MendStep } from "./mend-step.ts";

/** Changes to an account, most of them shown and then made when somebody agreed. */
export interface Mender {
  /** Makes the changes of a finding. Throws what AWS answers; steps before the refused one stay made. */
  apply(finding: Finding): Promise<void>;
}

type Send = (clients: Clients, input: never) => Promise<unknown>;

/** The changes that `--mend` can make; each takes a step's request as it is. */
const senders: Readonly<Record<string, Send>> = {
  "ec2 CreateVpcEndpoint": ({ ec2 }, input) => ec2.send(new CreateVpcEndpointCommand(input)),
  "ec2 ModifyVpcEndpoint": ({ ec2 }, input) => ec2.send(new ModifyVpcEndpointCommand(input)),
  "ec2 ModifyVpcAttribute": ({ ec2 }, input) => ec2.send(new ModifyVpcAttributeCommand(input)),
  "ec2 AuthorizeSecurityGroupIngress": ({ ec2 }, input) =>
    ec2.send(new AuthorizeSecurityGroupIngressCommand(input)),
  "ec2 AuthorizeSecurityGroupEgress": ({ ec2 }, input) =>
    ec2.send(new AuthorizeSecurityGroupEgressCommand(input)),
  "glue UpdateConnection": updateConnection,
  "glue StartCrawler": ({ glue }, input) => glue.send(new StartCrawlerCommand(input)),
  "iam UpdateAssumeRolePolicy": ({ iam }, input) => iam.send(new UpdateAssumeRolePolicyCommand(input)),
  "batch UpdateComputeEnvironment": ({ batch }, input) =>
    batch.send(new UpdateComputeEnvironmentCommand(input)),
  "batch UpdateJobQueue": ({ batch }, input) => batch.send(new UpdateJobQueueCommand(input)),
};

/** Whether `--mend` can make a finding's changes: all are calls that it knows, with nothing left to fill in. */
export function canMend({ mend }: Finding): boolean {
  return (
    mend.canApply && mend.steps.length > 0 && mend.steps.every((step) => isKnown(step) && !hasGaps(step))
  );
}

function isKnown(step: MendStep): boolean {
  if ("command" in step) return false;
  return "crawl" in step || `${step.service} ${step.operation}` in senders;
}

/** Makes changes in an account. */
export function openMender(access: AwsAccess): Mender {
  const clients = doctorClients(access);
  return {
    apply: async (finding) => {
      if (!canMend(finding)) bug(`a mend of ${finding.code} that cannot be made`);
      for (const step of finding.mend.steps) {
        if ("crawl" in step) await crawlInto(access, step);
        else if (!("command" in step)) await send(clients, step);
      }
    },
  };
}

async function crawlInto(access: AwsAccess, { crawl: what }: CrawlStep): Promise<void> {
  const { folder, database, prefix } = what;
  await crawl(s3Store(access), glueCatalog(access), {
    folder,
    database,
    overwrite: true,
    ...(prefix === undefined ? {} : { tablePrefix: prefix }),
  });
}

async function send(clients: Clients, { service, operation, input }: ApiStep): Promise<void> {
  const sender = senders[`${service} ${operation}`] ?? bug(`no sender of ${service} ${operation}`);
  try {
    await sender(clients, input as never);
  } catch (error) {
    // Somebody was faster: what was wanted is so.
    if (error instanceof Error && /Duplicate|RouteAlreadyExists|CrawlerRunning/.test(error.name)) return;
    throw error;
  }
}

/**
 * Updating a connection replaces all of it, so what the step does not change is read first: its password, if it has
 * one, passes through this process and is kept nowhere.
 */
async function updateConnection({ glue }: Clients, input: never): Promise<void> {
  const { Name, ConnectionInput } = input as { Name: string; ConnectionInput: ConnectionInput };
  const { Connection: now } = await glue.send(new GetConnectionCommand({ Name }));
  await glue.send(
    new UpdateConnectionCommand({
      Name,
      ConnectionInput: {
        ...ConnectionInput,
        Description: now?.Description,
        ConnectionType: now?.ConnectionType ?? ConnectionInput.ConnectionType,
        MatchCriteria: now?.MatchCriteria,
        ConnectionProperties: now?.ConnectionProperties ?? ConnectionInput.ConnectionProperties,
        ...(now?.SparkProperties === undefined ? {} : { SparkProperties: now.SparkProperties }),
        ...(now?.AthenaProperties === undefined ? {} : { AthenaProperties: now.AthenaProperties }),
        ...(now?.PythonProperties === undefined ? {} : { PythonProperties: now.PythonProperties }),
        PhysicalConnectionRequirements: {
          ...now?.PhysicalConnectionRequirements,
          ...ConnectionInput.PhysicalConnectionRequirements,
        },
      },
    }),
  );
}
