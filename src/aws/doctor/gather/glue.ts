import {
  type Connection,
  GetConnectionCommand,
  GetDatabaseCommand,
  paginateGetConnections,
  paginateGetCrawlers,
  paginateGetDatabases,
  paginateGetJobs,
  paginateGetPartitions,
  paginateGetTables,
  type StorageDescriptor,
  type Table,
} from "@aws-sdk/client-glue";
import { inParallel } from "../../../catalog/crawl/in-parallel.ts";
import type { CatalogTableFact, ColumnFact, ConnectionFact } from "../facts/data-facts.ts";
import { callsAtOnce, type FactReader, isNotFound } from "./fact-reader.ts";
import { collect } from "./network.ts";

/** Reads connections by name, or all; returns the names that there are no connections of. */
export async function gatherConnections(
  reader: FactReader,
  names: readonly string[] | "all",
): Promise<string[]> {
  const client = reader.clients.glue;
  if (names === "all") {
    await reader.read("connections", () =>
      collect(paginateGetConnections({ client }, { HidePassword: true }), (page) =>
        (page.ConnectionList ?? []).map(connectionFact),
      ),
    );
    return [];
  }
  const missing: string[] = [];
  for (const Name of names) {
    await reader.attempt(
      "connections",
      async () => {
        try {
          const { Connection } = await client.send(new GetConnectionCommand({ Name, HidePassword: true }));
          if (Connection !== undefined) reader.add("connections", [connectionFact({ ...Connection, Name })]);
        } catch (error) {
          if (!isNotFound(error)) throw error;
          missing.push(Name);
        }
      },
      { missingAction: "glue:GetConnection" },
    );
  }
  return missing;
}

/** Reads crawlers and jobs: they say which role works with which connection and database. */
export async function gatherWorkers(reader: FactReader): Promise<void> {
  const client = reader.clients.glue;
  await reader.read("crawlers", () =>
    collect(paginateGetCrawlers({ client }, {}), (page) =>
      (page.Crawlers ?? []).map((one) => ({
        id: one.Name ?? "",
        role: one.Role ?? "",
        database: one.DatabaseName,
        locations: (one.Targets?.S3Targets ?? []).flatMap(({ Path }) => Path ?? []),
        connections: [
          ...(one.Targets?.JdbcTargets ?? []).flatMap(({ ConnectionName }) => ConnectionName ?? []),
          ...(one.Targets?.S3Targets ?? []).flatMap(({ ConnectionName }) => ConnectionName ?? []),
        ],
      })),
    ),
  );
  await reader.read("glueJobs", () =>
    collect(paginateGetJobs({ client }, {}), (page) =>
      (page.Jobs ?? []).map((one) => ({
        id: one.Name ?? "",
        role: one.Role ?? "",
        connections: one.Connections?.Connections ?? [],
      })),
    ),
  );
}

/** Reads databases of the catalog by name, or all, with their tables; returns the names that there are none of. */
export async function gatherCatalog(
  reader: FactReader,
  { names, isNamed }: { names: readonly string[] | "all"; isNamed: boolean },
): Promise<string[]> {
  const client = reader.clients.glue;
  const missing: string[] = [];
  if (names === "all") {
    await reader.read("catalogDatabases", () =>
      collect(paginateGetDatabases({ client }, {}), (page) =>
        (page.DatabaseList ?? []).map(({ Name, LocationUri }) => ({
          id: Name ?? "",
          isNamed: false,
          location: LocationUri,
        })),
      ),
    );
  } else {
    for (const Name of names) {
      await reader.attempt(
        "catalogDatabases",
        async () => {
          try {
            const { Database } = await client.send(new GetDatabaseCommand({ Name }));
            reader.add("catalogDatabases", [{ id: Name, isNamed, location: Database?.LocationUri }]);
          } catch (error) {
            if (!isNotFound(error)) throw error;
            missing.push(Name);
          }
        },
        { missingAction: "glue:GetDatabase" },
      );
    }
  }
  await inParallel(reader.known("catalogDatabases"), callsAtOnce, ({ id: DatabaseName }) =>
    reader.read("catalogTables", () =>
      collect(paginateGetTables({ client }, { DatabaseName }), (page) =>
        (page.TableList ?? []).map((table) => tableFact(DatabaseName, table)),
      ),
    ),
  );
  await gatherPartitions(reader);
  return missing;
}

async function gatherPartitions(reader: FactReader): Promise<void> {
  const client = reader.clients.glue;
  const tables = reader.known("catalogTables").filter(({ partitionKeys }) => partitionKeys.length > 0);
  await inParallel(tables, callsAtOnce, ({ id, database, name }) =>
    reader.read(
      "partitions",
      async () => {
        const named = { DatabaseName: database, TableName: name };
        const partitions = await collect(paginateGetPartitions({ client }, named), (page) =>
          (page.Partitions ?? []).map((one) => ({
            values: (one.Values ?? []).join("/"),
            columns: columnsOf(one.StorageDescriptor),
          })),
        );
        return [{ id, partitions }];
      },
      { id },
    ),
  );
}

const secret = /PASSWORD|SECRET(?!_ID)|TOKEN|KEY_PAIR|PRIVATE/i;

function connectionFact(one: Connection): ConnectionFact {
  const network = one.PhysicalConnectionRequirements;
  const properties = Object.entries(one.ConnectionProperties ?? {}).filter(([name]) => !secret.test(name));
  return {
    id: one.Name ?? "",
    type: one.ConnectionType ?? "JDBC",
    properties: Object.fromEntries(properties) as Record<string, string>,
    subnet: network?.SubnetId || undefined,
    zone: network?.AvailabilityZone || undefined,
    groups: network?.SecurityGroupIdList ?? [],
    wasTested: one.LastConnectionValidationTime !== undefined || one.Status === "FAILED",
  };
}

function columnsOf(storage: StorageDescriptor | undefined): ColumnFact[] {
  return (storage?.Columns ?? []).map(({ Name, Type }) => ({ name: Name ?? "", type: Type ?? "string" }));
}

function tableFact(database: string, table: Table): CatalogTableFact {
  const { StorageDescriptor: storage } = table;
  const format = `${storage?.InputFormat ?? ""} ${storage?.SerdeInfo?.SerializationLibrary ?? ""} ${table.Parameters?.classification ?? ""}`;
  return {
    id: `${database}.${table.Name ?? ""}`,
    database,
    name: table.Name ?? "",
    location: storage?.Location || undefined,
    // A list of files elsewhere has their format and is none.
    isParquet: /parquet/i.test(format) && !/symlink/i.test(format),
    columns: columnsOf(storage),
    partitionKeys: (table.PartitionKeys ?? []).map(({ Name }) => Name ?? ""),
  };
}
