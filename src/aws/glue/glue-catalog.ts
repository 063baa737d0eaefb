import { setTimeout as pause } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import {
  CreateDatabaseCommand,
  CreateTableCommand,
  DeleteDatabaseCommand,
  DeleteTableCommand,
  GetDatabaseCommand,
  GetTableCommand,
  GlueClient,
  type Database as GlueDatabase,
  type Table as GlueTable,
  paginateGetDatabases,
  paginateGetPartitions,
  paginateGetTables,
  UpdateTableCommand,
} from "@aws-sdk/client-glue";
import type { Catalog, Change, Database, Partition, Table } from "../../catalog/index.ts";
import { type AwsAccess, connect } from "../client/index.ts";
import { keyOf, type PartitionsOf, putAll, removeAll } from "./glue-partitions.ts";
import { partitionFrom, tableFrom, tableInput } from "./glue-records.ts";
import { glueTrouble, isBusy, isMissing, isThereAlready, noDatabase, noTable } from "./glue-trouble.ts";

/**
 * The Glue Data Catalog of an account and region, which Athena, Trino and Spark read.
 *
 * Records are written as Glue's own crawlers write them; what Glue or people say in a record beyond the port stays
 * when it is written again. Names are lower case, as Glue makes them. Throws AwsTrouble for what concerns the
 * account (an `aws-access-denied` names the action that is missing).
 *
 * @example
 * ```ts
 * import { glueCatalog, openAccess } from "bisonflow/aws";
 * const tables = async () => glueCatalog(await openAccess({ region: "us-east-1" })).listTables("birds");
 * console.log(typeof tables); // function
 * ```
 */
export function glueCatalog(access: AwsAccess): Catalog {
  return new GlueCatalog(connect(GlueClient, access));
}

class GlueCatalog implements Catalog {
  readonly #glue: GlueClient;

  constructor(glue: GlueClient) {
    this.#glue = glue;
  }

  async listDatabases(): Promise<Database[]> {
    const found: Database[] = [];
    for await (const { DatabaseList = [] } of paginateGetDatabases({ client: this.#glue }, {}))
      found.push(...DatabaseList.map(databaseFrom));
    return found.sort(byName);
  }

  async getDatabase(name: string): Promise<Database | undefined> {
    const answer = await found(() => this.#glue.send(new GetDatabaseCommand({ Name: lower(name) })));
    return answer?.Database === undefined ? undefined : databaseFrom(answer.Database);
  }

  async createDatabase({ Name, Description, LocationUri }: Database): Promise<{ created: boolean }> {
    // Looking first: who may read the catalog and use a database need not be allowed to make one.
    if ((await this.getDatabase(Name)) !== undefined) return { created: false };
    try {
      await this.#glue.send(
        new CreateDatabaseCommand({
          DatabaseInput: {
            Name: lower(Name),
            ...(Description === undefined ? {} : { Description }),
            ...(LocationUri === undefined ? {} : { LocationUri }),
          },
        }),
      );
      return { created: true };
    } catch (error) {
      if (isThereAlready(error)) return { created: false };
      throw glueTrouble(error, Name);
    }
  }

  async deleteDatabase(name: string): Promise<boolean> {
    // Glue removes the tables of a database with it.
    const answer = await found(() => this.#glue.send(new DeleteDatabaseCommand({ Name: lower(name) })));
    return answer !== undefined;
  }

  async listTables(database: string): Promise<Table[]> {
    const pages = paginateGetTables({ client: this.#glue }, { DatabaseName: lower(database) });
    const tables = await found(async () => {
      const all: Table[] = [];
      for await (const { TableList = [] } of pages) all.push(...TableList.map(tableFrom));
      return all;
    });
    return (tables ?? []).sort(byName);
  }

  async getTable(database: string, name: string): Promise<Table | undefined> {
    const table = await this.#table(database, name);
    return table === undefined ? undefined : tableFrom(table);
  }

  async putTable(table: Table): Promise<Change> {
    const { VersionId: _ignored, ...given } = folded(table);
    const subject = `${given.DatabaseName}.${given.Name}`;
    for (let attempt = 1; ; attempt++) {
      const before = await this.#table(given.DatabaseName, given.Name);
      try {
        return before === undefined ? await this.#create(given) : await this.#update(given, before);
      } catch (error) {
        if (before === undefined && isMissing(error)) throw noDatabase(given.DatabaseName, error);
        const isRace = isBusy(error) || (before === undefined ? isThereAlready(error) : isMissing(error));
        if (!isRace || attempt === 6) throw glueTrouble(error, subject);
        await pause(100 * 2 ** attempt * (0.5 + Math.random()));
      }
    }
  }

  async deleteTable(database: string, name: string): Promise<boolean> {
    const names = { DatabaseName: lower(database), Name: lower(name) };
    return (await found(() => this.#glue.send(new DeleteTableCommand(names)))) !== undefined;
  }

  async listPartitions(database: string, table: string): Promise<Partition[]> {
    const { DatabaseName, TableName } = { DatabaseName: lower(database), TableName: lower(table) };
    const pages = paginateGetPartitions({ client: this.#glue }, { DatabaseName, TableName });
    const partitions = await found(async () => {
      const all: Partition[] = [];
      for await (const { Partitions = [] } of pages) all.push(...Partitions.map(partitionFrom));
      return all;
    });
    return (partitions ?? []).sort((a, b) => (keyOf(a.Values) < keyOf(b.Values) ? -1 : 1));
  }

  async putPartitions(
    database: string,
    table: string,
    partitions: readonly Partition[],
  ): Promise<Record<Change, number>> {
    try {
      return await putAll(this.#partitionsOf(database, table), partitions);
    } catch (error) {
      throw isMissing(error) ? noTable(database, table, error) : glueTrouble(error, `${database}.${table}`);
    }
  }

  async deletePartitions(
    database: string,
    table: string,
    values: readonly (readonly string[])[],
  ): Promise<number> {
    return (await found(() => removeAll(this.#partitionsOf(database, table), values))) ?? 0;
  }

  #partitionsOf(database: string, table: string): PartitionsOf {
    return { glue: this.#glue, database: lower(database), table: lower(table) };
  }

  async #table(database: string, name: string): Promise<GlueTable | undefined> {
    const names = { DatabaseName: lower(database), Name: lower(name) };
    return (await found(() => this.#glue.send(new GetTableCommand(names))))?.Table;
  }

  async #create(table: Table): Promise<Change> {
    const { DatabaseName } = table;
    await this.#glue.send(new CreateTableCommand({ DatabaseName, TableInput: tableInput(table) }));
    return "added";
  }

  async #update(table: Table, before: GlueTable): Promise<Change> {
    const { VersionId: _ignored, ...known } = tableFrom(before);
    if (isDeepStrictEqual(known, table)) return "unchanged";
    const { DatabaseName, Name } = table;
    if (!isDeepStrictEqual(known.PartitionKeys, table.PartitionKeys)) {
      const stale = await this.listPartitions(DatabaseName, Name);
      await this.deletePartitions(
        DatabaseName,
        Name,
        stale.map(({ Values }) => Values),
      );
    }
    await this.#glue.send(new UpdateTableCommand({ DatabaseName, TableInput: tableInput(table, before) }));
    return "updated";
  }
}

/** The answer, or undefined where Glue has no such thing. */
async function found<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function databaseFrom({ Name = "", Description, LocationUri }: GlueDatabase): Database {
  return {
    Name,
    ...(Description === undefined ? {} : { Description }),
    ...(LocationUri === undefined ? {} : { LocationUri }),
  };
}

/** As it comes back from Glue: names lower case, nothing undefined. */
function folded(table: Table): Table {
  const plain = JSON.parse(JSON.stringify(table)) as Table;
  return { ...plain, DatabaseName: lower(plain.DatabaseName), Name: lower(plain.Name) };
}

function lower(name: string): string {
  return name.toLowerCase();
}

function byName(a: { Name: string }, b: { Name: string }): number {
  return a.Name < b.Name ? -1 : 1;
}
