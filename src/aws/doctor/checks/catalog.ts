import { tableName } from "../../../catalog/naming.ts";
import { check } from "../check.ts";
import type { CatalogDatabaseFact, CatalogTableFact, CrawlerFact } from "../facts/data-facts.ts";
import type { Snapshot } from "../facts/snapshot.ts";
import { type Finding, finding } from "../finding.ts";

export const catalogFilled = check<CatalogDatabaseFact>({
  name: "catalog-filled",
  title: "The catalog's database has tables",
  code: "catalog-database-empty",
  // AWS makes an empty `default` in many accounts by itself.
  subjects: (account) => account.all("catalogDatabases").filter(({ id }) => id !== "default"),
  resource: ({ id }) => `catalog database ${id}`,
  examine: (account, { id, isNamed, location }) => {
    if (account.all("catalogTables").some(({ database }) => database === id)) return [];
    const crawler = crawlerOf(account, id);
    if (!isNamed && crawler !== undefined && hasNothingToCrawl(account, crawler)) return [];
    return [
      finding("catalog-database-empty", {
        resource: `catalog database ${id}`,
        cause: `Database ${id} of the catalog has no tables${crawler === undefined ? ", and no crawler fills it" : `; crawler ${crawler.id} would fill it`}.`,
        mend: crawler === undefined ? "crawl" : "start-crawler",
        values: {
          database: id,
          crawler: crawler?.id,
          location: location?.startsWith("s3://") === true ? location : undefined,
          table: "<table>",
        },
      }),
    ];
  },
});

/** A new account's crawler, before the first run: its database is empty because there is nothing yet. */
function hasNothingToCrawl(account: Snapshot, { locations }: CrawlerFact): boolean {
  const places = locations.map((location) => account.one("locations", location.replace(/^s3[an]:/, "s3:")));
  return places.length > 0 && places.every((place) => place?.hasObjects === false);
}

/** Tables whose files are on S3. */
function tables(account: Snapshot): readonly (CatalogTableFact & { readonly location: string })[] {
  return account.all("catalogTables").flatMap((table) => {
    const location = table.location?.replace(/^s3[an]:/, "s3:");
    return location?.startsWith("s3://") === true ? [{ ...table, location }] : [];
  });
}

export const catalogLocations = check({
  name: "catalog-locations",
  title: "The table's files are where the catalog says",
  code: "catalog-location-missing",
  subjects: tables,
  resource: ({ id }) => `table ${id}`,
  examine: (account, { id, database, name, location }) => {
    const bucket = /^s3:\/\/([^/]+)/.exec(location)?.[1] ?? "";
    const values = { database, table: name, location };
    if (
      account.one("buckets", bucket)?.region === undefined &&
      account.one("buckets", bucket) !== undefined
    ) {
      return [
        finding("catalog-location-missing", {
          resource: `table ${id}`,
          cause: `Table ${id} lies at ${location}, and there is no bucket ${bucket}.`,
          mend: "crawl-again",
          error: 1,
          values,
        }),
      ];
    }
    const place = account.one("locations", location);
    if (place === undefined || place.hasObjects) return [];
    return [
      finding("catalog-location-missing", {
        resource: `table ${id}`,
        cause: `Table ${id} lies at ${location}, where there is no object.`,
        mend: "crawl-again",
        values,
      }),
    ];
  },
});

export const catalogDrift = check({
  name: "catalog-drift",
  title: "The catalog says the columns that the files have",
  code: "catalog-table-drift",
  subjects: (account) => tables(account).filter(({ isParquet }) => isParquet),
  resource: ({ id }) => `table ${id}`,
  examine: (account, table) => {
    const footers = account.one("footers", table.location);
    const [first, ...more] = differences(table, footers?.files ?? []);
    if (first === undefined) return partitionDrift(account, table);
    const crawler = crawlerOf(account, table.database);
    const others =
      more.length === 0
        ? ""
        : `; and ${more.length} more: ${more
            .slice(0, 5)
            .map(({ column }) => column)
            .join(", ")}${more.length > 5 ? " …" : ""}`;
    return [
      finding("catalog-table-drift", {
        resource: `table ${table.id}`,
        severity: [first, ...more].some(({ breaks }) => breaks) ? "error" : "warning",
        cause: `Table ${table.id}: ${first.words}${others}.`,
        mend: crawler === undefined ? "crawl-again" : "start-crawler",
        values: {
          database: table.database,
          table: table.name,
          location: table.location,
          prefix: prefixOf(table),
          crawler: crawler?.id,
          column: first.column,
          fileType: first.fileType,
          tableType: first.tableType,
          file: first.file,
        },
      }),
    ];
  },
});

/** A partition that says another type than its table: engines refuse the whole query. */
function partitionDrift(
  account: Snapshot,
  table: CatalogTableFact & { readonly location: string },
): Finding[] {
  if (table.partitionKeys.length === 0) return [];
  const types = new Map(table.columns.map(({ name, type }) => [name.toLowerCase(), type]));
  for (const { values, columns } of account.one("partitions", table.id)?.partitions ?? []) {
    for (const { name, type } of columns) {
      const tableType = types.get(name.toLowerCase());
      if (tableType === undefined || isReadAs(tableType, type)) continue;
      const crawler = crawlerOf(account, table.database);
      return [
        finding("catalog-table-drift", {
          resource: `table ${table.id}`,
          cause: `Table ${table.id}: column ${name} is ${tableType} in the table, and ${type} in its partition ${values}.`,
          mend: crawler === undefined ? "crawl-again" : "start-crawler",
          error: 1,
          values: {
            database: table.database,
            table: table.name,
            location: table.location,
            prefix: prefixOf(table),
            crawler: crawler?.id,
          },
        }),
      ];
    }
  }
  return [];
}

/** What a crawl must put in front of the folder's name to come to the table's; undefined where no prefix does. */
function prefixOf({ name, location }: { name: string; location: string }): string | undefined {
  const folder = tableName(location.replace(/\/+$/, "").split("/").at(-1) ?? "");
  return name.endsWith(folder) ? name.slice(0, name.length - folder.length) : undefined;
}

interface Difference {
  readonly column: string;
  readonly fileType: string;
  readonly tableType: string;
  readonly file: string;
  readonly words: string;
  /** Whether a query of the column fails; a column more or less only surprises. */
  readonly breaks: boolean;
}

function differences(
  table: CatalogTableFact,
  files: readonly { uri: string; columns: readonly { name: string; type: string }[] }[],
): Difference[] {
  const found = new Map<string, Difference>();
  const said = new Map(table.columns.map(({ name, type }) => [name.toLowerCase(), type]));
  const keys = new Set(table.partitionKeys.map((name) => name.toLowerCase()));
  for (const { uri, columns } of files) {
    const have = new Map(columns.map(({ name, type }) => [name.toLowerCase(), type]));
    for (const [column, fileType] of have) {
      const tableType = said.get(column);
      if (found.has(column) || keys.has(column)) continue;
      if (tableType === undefined) {
        found.set(column, {
          column,
          fileType,
          tableType: "(no such column)",
          file: uri,
          breaks: false,
          words: `column ${column} (${fileType}) of ${uri} is not in the catalog`,
        });
      } else if (!isReadAs(tableType, fileType)) {
        found.set(column, {
          column,
          fileType,
          tableType,
          file: uri,
          breaks: true,
          words: `column ${column} is ${fileType} in ${uri}, and ${tableType} in the catalog`,
        });
      }
    }
    for (const [column, tableType] of said) {
      if (have.has(column) || found.has(column) || keys.has(column)) continue;
      found.set(column, {
        column,
        fileType: "(no such column)",
        tableType,
        file: uri,
        breaks: false,
        words: `column ${column} (${tableType}) of the catalog is not in ${uri}, and reads as null`,
      });
    }
  }
  return [...found.values()].sort((a, b) => Number(b.breaks) - Number(a.breaks));
}

/** Whether engines read a file's type under the catalog's: the same, or one that it widens to. */
function isReadAs(tableType: string, fileType: string): boolean {
  const [table = "", file = ""] = [tableType, fileType].map((type) => type.toLowerCase().replace(/\s+/g, ""));
  if (table === file) return true;
  const bare = (type: string): string => type.replace(/^(varchar|char)\(\d+\)$/, "string");
  if (bare(table) === bare(file)) return true;
  const whole = ["tinyint", "smallint", "int", "bigint"];
  if (whole.includes(file) && whole.includes(table)) return whole.indexOf(file) <= whole.indexOf(table);
  return table === "double" && file === "float";
}

function crawlerOf(account: Snapshot, database: string) {
  return account.all("crawlers").find((one) => one.database === database);
}
