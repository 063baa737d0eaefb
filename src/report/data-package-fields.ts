import type { TableColumn } from "./table-meta.ts";

/** Table Schema's fields for columns of DuckDB; `text` for what a CSV file of DuckDB's can show of them. */
export function fieldsOf(columns: readonly TableColumn[], text: boolean): { [key: string]: string }[] {
  return columns.map(({ name, type, description }) => ({
    name,
    ...fieldType(type.toUpperCase(), text),
    description,
  }));
}

function fieldType(type: string, text: boolean): { type: string; format?: string } {
  // In CSV, DuckDB writes lists and structures in a notation of its own, which is no JSON.
  if (/\[\d*\]$/.test(type)) return { type: text ? "string" : "array" };
  if (/^(STRUCT|MAP|UNION|JSON)/.test(type)) return { type: text ? "string" : "object" };
  if (/^U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?$/.test(type)) return { type: "integer" };
  if (/^(DOUBLE|FLOAT|REAL|DECIMAL|NUMERIC)/.test(type)) return { type: "number" };
  if (type === "BOOLEAN") return { type: "boolean" };
  if (type === "DATE") return { type: "date" };
  if (type === "TIME") return { type: "time" };
  if (type.startsWith("TIMESTAMP")) return text ? { type: "datetime", format: "any" } : { type: "datetime" };
  if (/^(BLOB|GEOMETRY)/.test(type)) return { type: "any" };
  return { type: "string" };
}
