import { identifier } from "../engine/index.ts";
import type { ColumnType } from "./columns.ts";
import { trimSql } from "./whitespace.ts";

/** SQL of an input's column with the relation's type: the bare column where it has that type already. */
export function castSql(column: string, from: string, to: ColumnType): string {
  const x = identifier(column);
  if (from === to) return x;
  if (from === '"NULL"' || from === "NULL") return `NULL::${to}`;
  // Files whose writer did not say that its byte arrays are text.
  if (from === "BLOB") return castText(`try(decode(${x}))`, "VARCHAR", to);
  return castText(x, from, to);
}

/**
 * SQL of an input's column as a key, the same as the reader of texts makes of it: trimmed, 2487430.0 as 2487430, null
 * where it is blank or not-a-number.
 */
export function keySql(column: string, from: string): string {
  const x = identifier(column);
  const text = castSql(column, from, "VARCHAR");
  if (isReal(from)) return `CASE WHEN isfinite(${x}) THEN ${text} END`;
  const clean = `nullif(regexp_replace(${trimSql(text)}, '^([0-9]+)[.]0$', '\\1'), '')`;
  if (from !== "VARCHAR") return from === "BLOB" || isNested(from) ? clean : text;
  // Cleaning takes 700 ns a key, and hardly any needs it. The three tests are cheap, the first is made once for each word
  // of a dictionary: what is written the same in an address is letters, digits and points.
  return `CASE WHEN url_encode(${x}) <> ${x} OR ${x} < '0' OR ends_with(${x}, '.0') THEN ${clean} ELSE ${x} END`;
}

function castText(x: string, from: string, to: ColumnType): string {
  switch (to) {
    case "VARCHAR":
      return toVarchar(x, from);
    case "DOUBLE":
      return toDouble(x, from);
    case "INTEGER":
      return toInteger(x, from);
    case "TIMESTAMP":
      return toTimestamp(x, from);
    case "VARCHAR[]":
      return toList(x, from);
  }
}

const integers = [
  "TINYINT",
  "SMALLINT",
  "INTEGER",
  "BIGINT",
  "HUGEINT",
  "UTINYINT",
  "USMALLINT",
  "UINTEGER",
  "UBIGINT",
  "UHUGEINT",
];
const isDecimal = (type: string): boolean => type.startsWith("DECIMAL");
const isReal = (type: string): boolean => type === "DOUBLE" || type === "FLOAT";
const isNested = (type: string): boolean => type.endsWith("]") || type.startsWith("STRUCT");

function toVarchar(x: string, from: string): string {
  if (from === "VARCHAR") return x;
  // A key held as a floating point number: 3044, not 3044.0.
  if (isReal(from) || isDecimal(from)) {
    return `CASE WHEN isfinite(${x}::DOUBLE) AND ${x} = trunc(${x}) AND abs(${x}) < 1e18 THEN ${x}::BIGINT::VARCHAR ELSE ${x}::VARCHAR END`;
  }
  if (isNested(from)) return `array_to_string(${toList(x, from)}, ';')`;
  return `${x}::VARCHAR`;
}

/** Text that is a number: digits, a point, an exponent; no blanks within, comma, underscore, hexadecimal, infinity. */
export const numberPattern = "[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?";

function toDouble(x: string, from: string): string {
  if (from === "VARCHAR") {
    const text = trimSql(x);
    const number = `try_cast(${text} AS DOUBLE)`;
    return `CASE WHEN regexp_full_match(${text}, '${numberPattern}') AND isfinite(${number}) THEN ${number} END`;
  }
  if (from === "FLOAT" || from === "BOOLEAN" || integers.includes(from) || isDecimal(from))
    return `${x}::DOUBLE`;
  return toDouble(toVarchar(x, from), "VARCHAR");
}

function toInteger(x: string, from: string): string {
  if (integers.includes(from)) return `try_cast(${x} AS INTEGER)`;
  if (from === "DOUBLE") return `CASE WHEN ${x} = trunc(${x}) THEN try_cast(${x} AS INTEGER) END`;
  return toInteger(`(${toDouble(x, from)})`, "DOUBLE");
}

function toTimestamp(x: string, from: string): string {
  if (from === "DATE" || from === "TIMESTAMP_S" || from === "TIMESTAMP_MS" || from === "TIMESTAMP_NS") {
    return `${x}::TIMESTAMP`;
  }
  if (from === "TIMESTAMP WITH TIME ZONE") return `timezone('UTC', ${x})`;
  // GBIF's older exports hold milliseconds since 1970.
  if (from === "BIGINT") return `try(epoch_ms(${x}))`;
  if (from === "VARCHAR") return dateSql(x);
  return dateSql(toVarchar(x, from));
}

/** SQL of `parseDate`: the same texts give the same moments. */
export function dateSql(x: string): string {
  const written = `regexp_replace(${trimSql(x)}, '^([0-9]{4})/([0-9]{1,2})/([0-9]{1,2})$', '\\1-\\2-\\3')`;
  const start = trimSql(`split_part(${written}, '/', 1)`);
  const day = "[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}";
  const time = "[0-9]{2}:[0-9]{2}(:[0-9]{2}([.,][0-9]{1,9})?)?";
  const zone = "[+-](0[0-9]|1[0-8])(:?[0-5][0-9])?";
  const part = (pattern: string): string => `regexp_extract(${start}, '${pattern}', 1)`;
  const moment = `try_cast(replace(${part(`^(${day}([T ]${time})?)`)}, ',', '.') AS TIMESTAMP)`;
  const offset = part(`(${zone})$`);
  const minutes = `(substr(${offset}, 1, 1) || '1')::INTEGER * (substr(${offset}, 2, 2)::INTEGER * 60 + coalesce(nullif(replace(substr(${offset}, 4), ':', ''), ''), '0')::INTEGER)`;
  const inRange = (at: string): string => `CASE WHEN year(${at}) BETWEEN 1 AND 9999 THEN ${at} END`;
  const known = `CASE
    WHEN ${x} IS NULL OR starts_with(${start}, '0000') OR regexp_matches(${written}, '^[^/-]*/[^/]*/') THEN NULL
    WHEN regexp_full_match(${start}, '${day}([T ]${time} ?)?[Zz]?') THEN ${inRange(moment)}
    WHEN regexp_full_match(${start}, '${day}[T ]${time} ?${zone}') THEN ${inRange(`${moment} - to_minutes(${minutes})`)}
    WHEN regexp_full_match(${start}, '[0-9]{4}-[0-9]{1,2}') THEN try_cast(${start} || '-01' AS TIMESTAMP)
    WHEN regexp_full_match(${start}, '[0-9]{4}') THEN try_cast(${start} || '-01-01' AS TIMESTAMP)
  END`;
  return `(${known})`;
}

const listElements = (list: string): string =>
  `list_filter(list_transform(${list}, lambda e: ${trimSql("e")}), lambda e: e <> '')`;

/** SQL that splits a text at its semicolons; a text without elements is null. */
function splitSql(x: string): string {
  return `CASE WHEN ${trimSql(x)} <> '' THEN nullif(${listElements(`string_split(${x}, ';')`)}, []) END`;
}

function toList(x: string, from: string): string {
  if (from === "VARCHAR[]") return x;
  if (from === "VARCHAR") return splitSql(x);
  if (from === "BLOB[]") return `list_transform(${x}, lambda e: try(decode(e)))`;
  // Lists whose writer wrapped each element, or the list itself, in a group of one field.
  const wrapped = /^STRUCT\(("(?:[^"]|"")+"|\S+) (.*)\)(\[\])?$/s.exec(from);
  if (wrapped !== null && isOneField(wrapped[2] ?? "")) {
    const [, field = "", inner = "", list] = wrapped;
    if (list === undefined) return toList(`(${x}).${field}`, inner);
    if (inner.endsWith("[]")) return toList(`flatten(list_transform(${x}, lambda e: (e).${field}))`, inner);
    return toList(`list_transform(${x}, lambda e: (e).${field})`, `${inner}[]`);
  }
  if (from.endsWith("[]")) return `${x}::VARCHAR[]`;
  return `CASE WHEN ${x} IS NOT NULL THEN [${toVarchar(x, from)}] END`;
}

/** Whether the text after a struct's first field name is one type, with no second field behind it. */
function isOneField(type: string): boolean {
  let depth = 0;
  let quoted = false;
  for (const char of type) {
    if (char === '"') quoted = !quoted;
    else if (quoted) continue;
    else if (char === "(" || char === "[") depth++;
    else if (char === ")" || char === "]") depth--;
    else if (char === "," && depth === 0) return false;
    if (depth < 0) return false;
  }
  return true;
}
