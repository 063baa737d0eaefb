import {
  type DBInstance,
  paginateDescribeDBInstances,
  paginateDescribeDBParameters,
} from "@aws-sdk/client-rds";
import type { DatabaseFact } from "../facts/data-facts.ts";
import { type FactReader, isNotFound } from "./fact-reader.ts";
import { collect } from "./network.ts";

/** Reads the database instances that `isMeant` picks, and how each keeps passwords. */
export async function gatherDatabases(
  reader: FactReader,
  isMeant: (database: DatabaseFact) => boolean,
): Promise<void> {
  const client = reader.clients.rds;
  await reader.read("databases", async () =>
    (
      await collect(paginateDescribeDBInstances({ client }, {}), (page) =>
        (page.DBInstances ?? []).map(databaseFact),
      )
    ).filter(isMeant),
  );
  const groups = new Set(reader.known("databases").flatMap(({ parameterGroup }) => parameterGroup ?? []));
  for (const id of groups) {
    await reader.read(
      "parameterGroups",
      async () => {
        try {
          const listed = await collect(
            paginateDescribeDBParameters({ client }, { DBParameterGroupName: id }),
            (page) => page.Parameters ?? [],
          );
          const values = listed.map((one) => [one.ParameterName ?? "", one.ParameterValue ?? null] as const);
          return [{ id, values: Object.fromEntries(values) }];
        } catch (error) {
          if (isNotFound(error)) return [];
          throw error;
        }
      },
      { id },
    );
  }
}

function databaseFact(one: DBInstance): DatabaseFact {
  return {
    id: one.DBInstanceIdentifier ?? "",
    engine: one.Engine ?? "",
    version: one.EngineVersion ?? "",
    host: one.Endpoint?.Address,
    port: one.Endpoint?.Port,
    status: one.DBInstanceStatus ?? "",
    isPublic: one.PubliclyAccessible === true,
    vpc: one.DBSubnetGroup?.VpcId,
    zone: one.AvailabilityZone,
    subnets: (one.DBSubnetGroup?.Subnets ?? []).map(({ SubnetIdentifier, SubnetAvailabilityZone }) => ({
      id: SubnetIdentifier ?? "",
      zone: SubnetAvailabilityZone?.Name ?? "",
    })),
    groups: (one.VpcSecurityGroups ?? []).flatMap(({ VpcSecurityGroupId }) => VpcSecurityGroupId ?? []),
    parameterGroup: one.DBParameterGroups?.[0]?.DBParameterGroupName,
  };
}
