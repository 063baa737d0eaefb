import type { Table } from "./catalog.ts";

/** What a table is, when its files alone do not say what is in it, or it has none. */
export function otherKind({ TableType, Parameters }: Table): string | undefined {
  const format = Parameters.table_type ?? Parameters["spark.sql.sources.provider"];
  if (format !== undefined && /^(iceberg|delta|hudi)$/i.test(format))
    return `a table of ${format[0]?.toUpperCase()}${format.slice(1).toLowerCase()}`;
  if (TableType === "VIRTUAL_VIEW") return "a view";
  const { classification } = Parameters;
  const isOurs = classification === undefined || ["parquet", "csv", ""].includes(classification);
  return isOurs ? undefined : `of the kind ${classification}`;
}
