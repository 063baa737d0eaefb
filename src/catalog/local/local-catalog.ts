import { isDeepStrictEqual } from "node:util";
import type { z } from "zod";
import { localStore, type Store } from "../../store/index.ts";
import { UserError } from "../../trouble/index.ts";
import type { Catalog, Change, Database, Partition, Table } from "../catalog.ts";
import {
  type DatabaseRecord,
  databaseRecord,
  databaseSchema,
  partitionSchema,
  type TableRecord,
  tableRecord,
  tableSchema,
} from "./record.ts";
import { VersionedRecord } from "./versioned-record.ts";

/**
 * A catalog of JSON files in a folder, safe with several writers at once.
 *
 * Databases are folders, every version of a table a file (`DATABASE/tables/TABLE/00000003.json`); records that
 * are not as expected raise a UserError `catalog-record-unreadable`.
 *
 * @example
 * ```ts
 * import { localCatalog } from "bisonflow/catalog";
 * import { mkdtempSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * const catalog = localCatalog(mkdtempSync(join(tmpdir(), "catalog-")));
 * console.log(await catalog.createDatabase({ Name: "bison_metadata" })); // { created: true }
 * console.log(await catalog.listTables("bison_metadata")); // []
 * ```
 */
export function localCatalog(folder: string, store: Store = localStore()): Catalog {
  return new LocalCatalog(folder.replace(/(?<=.)[/\\]+$/, ""), store);
}

class LocalCatalog implements Catalog {
  readonly #folder: string;
  readonly #store: Store;

  constructor(folder: string, store: Store) {
    this.#folder = folder;
    this.#store = store;
  }

  async listDatabases(): Promise<Database[]> {
    const found: Database[] = [];
    for (const name of await this.#names(`${this.#folder}/`, "/database/")) {
      const database = await this.getDatabase(name);
      if (database !== undefined) found.push(database);
    }
    return found;
  }

  async getDatabase(name: string): Promise<Database | undefined> {
    const { record } = await this.#database(name).read();
    return record === undefined || record.deleted ? undefined : record.database;
  }

  async createDatabase(database: Database): Promise<{ created: boolean }> {
    const parsed = checked(databaseSchema, database);
    let created = false;
    await this.#database(database.Name).update((now) => {
      created = now === undefined || now.deleted;
      return created
        ? { format: "bisonflow-catalog-database-1", deleted: false, database: parsed }
        : undefined;
    });
    return { created };
  }

  async deleteDatabase(name: string): Promise<boolean> {
    for (const table of await this.listTables(name)) await this.deleteTable(name, table.Name);
    let deleted = false;
    await this.#database(name).update((now) => {
      deleted = now !== undefined && !now.deleted;
      return deleted && now !== undefined ? { ...now, deleted: true } : undefined;
    });
    return deleted;
  }

  async listTables(database: string): Promise<Table[]> {
    const found: Table[] = [];
    for (const name of await this.#names(`${this.#folder}/${encodeURIComponent(database)}/tables/`, "/")) {
      const table = await this.getTable(database, name);
      if (table !== undefined) found.push(table);
    }
    return found;
  }

  async getTable(database: string, name: string): Promise<Table | undefined> {
    const { record, version } = await this.#table(database, name).read();
    if (record === undefined || record.deleted) return undefined;
    return { ...record.table, VersionId: String(version) };
  }

  async putTable(table: Table): Promise<Change> {
    const { VersionId: _ignored, ...given } = table;
    const parsed = checked(tableSchema, given);
    if ((await this.getDatabase(table.DatabaseName)) === undefined) throw noDatabase(table.DatabaseName);
    let change: Change = "unchanged";
    await this.#table(table.DatabaseName, table.Name).update((now) => {
      const live = now?.deleted === false ? now : undefined;
      change = live === undefined ? "added" : isDeepStrictEqual(live.table, parsed) ? "unchanged" : "updated";
      if (change === "unchanged") return undefined;
      const keepsKeys = isDeepStrictEqual(live?.table.PartitionKeys, parsed.PartitionKeys);
      return {
        format: "bisonflow-catalog-table-1",
        deleted: false,
        table: parsed,
        partitions: keepsKeys ? (live?.partitions ?? []) : [],
      };
    });
    return change;
  }

  async deleteTable(database: string, name: string): Promise<boolean> {
    let deleted = false;
    await this.#table(database, name).update((now) => {
      deleted = now?.deleted === false;
      return now?.deleted === false ? { ...now, deleted: true, partitions: [] } : undefined;
    });
    return deleted;
  }

  async listPartitions(database: string, table: string): Promise<Partition[]> {
    const { record } = await this.#table(database, table).read();
    return record === undefined || record.deleted ? [] : record.partitions;
  }

  async putPartitions(
    database: string,
    table: string,
    partitions: readonly Partition[],
  ): Promise<Record<Change, number>> {
    const counts: Record<Change, number> = { added: 0, updated: 0, unchanged: 0 };
    const given = partitions.map((partition) => checked(partitionSchema, partition));
    await this.#table(database, table).update((now) => {
      if (now === undefined || now.deleted) throw noTable(database, table);
      Object.assign(counts, { added: 0, updated: 0, unchanged: 0 });
      const all = new Map(now.partitions.map((partition) => [keyOf(partition.Values), partition]));
      for (const partition of given) {
        const known = all.get(keyOf(partition.Values));
        const change =
          known === undefined ? "added" : isDeepStrictEqual(known, partition) ? "unchanged" : "updated";
        counts[change]++;
        all.set(keyOf(partition.Values), partition);
      }
      return counts.added + counts.updated === 0 ? undefined : { ...now, partitions: sorted(all) };
    });
    return counts;
  }

  async deletePartitions(
    database: string,
    table: string,
    values: readonly (readonly string[])[],
  ): Promise<number> {
    let removed = 0;
    const doomed = new Set(values.map(keyOf));
    await this.#table(database, table).update((now) => {
      if (now === undefined || now.deleted) return undefined;
      const kept = now.partitions.filter(({ Values }) => !doomed.has(keyOf(Values)));
      removed = now.partitions.length - kept.length;
      return removed === 0 ? undefined : { ...now, partitions: kept };
    });
    return removed;
  }

  #database(name: string): VersionedRecord<DatabaseRecord> {
    return new VersionedRecord(
      this.#store,
      `${this.#folder}/${encodeURIComponent(name)}/database`,
      databaseRecord,
    );
  }

  #table(database: string, name: string): VersionedRecord<TableRecord> {
    const folder = `${this.#folder}/${encodeURIComponent(database)}/tables/${encodeURIComponent(name)}`;
    return new VersionedRecord(this.#store, folder, tableRecord);
  }

  /** Names of the folders right under `prefix` that hold something at `inside`. */
  async #names(prefix: string, inside: string): Promise<string[]> {
    const names = new Set<string>();
    for await (const { uri } of this.#store.list(prefix)) {
      const rest = uri.replaceAll("\\", "/").slice(prefix.length);
      const end = rest.indexOf("/");
      if (end > 0 && rest.startsWith(inside, end)) names.add(decodeURIComponent(rest.slice(0, end)));
    }
    return [...names].sort();
  }
}

/** A record as it will be read again: without undefined members, which JSON does not keep. */
function checked<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(JSON.parse(JSON.stringify(value)));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new UserError({
    code: "catalog-record-invalid",
    message: `The catalog takes no such record: ${issue?.path.join(".")}: ${issue?.message}.`,
    hint: "Choose another name for the database or table (--database, --prefix).",
    cause: parsed.error,
  });
}

function keyOf(values: readonly string[]): string {
  return JSON.stringify(values);
}

function sorted(partitions: ReadonlyMap<string, TableRecord["partitions"][number]>) {
  return [...partitions].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, partition]) => partition);
}

function noDatabase(name: string): UserError {
  return new UserError({
    code: "database-not-found",
    message: `${name}: no such database in this catalog.`,
    hint: "Make it first; `bisonflow crawl` does so by itself.",
  });
}

function noTable(database: string, name: string): UserError {
  return new UserError({
    code: "table-not-found",
    message: `${database}.${name}: no such table in this catalog.`,
    hint: "See what there is with `bisonflow catalog list`.",
  });
}
