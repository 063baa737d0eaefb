import { identifier } from "../engine/index.ts";

const plain: Readonly<Record<string, string>> = {
  boolean: "BOOLEAN",
  tinyint: "TINYINT",
  smallint: "SMALLINT",
  int: "INTEGER",
  integer: "INTEGER",
  bigint: "BIGINT",
  float: "FLOAT",
  double: "DOUBLE",
  date: "DATE",
  timestamp: "TIMESTAMP",
  binary: "BLOB",
};

/** The DuckDB type of a Hive type; what it does not know is VARCHAR. */
export function duckdbType(hiveType: string): string {
  const type = hiveType.trim().toLowerCase();
  const inside = /^(array|map|struct)<(.*)>$/s.exec(hiveType.trim());
  if (inside !== null) {
    const parts = split(inside[2] ?? "");
    switch (inside[1]?.toLowerCase()) {
      case "array":
        return `${duckdbType(inside[2] ?? "")}[]`;
      case "map":
        return `MAP(${parts.map(duckdbType).join(", ")})`;
      default:
        return `STRUCT(${parts.map(field).join(", ")})`;
    }
  }
  const decimal = /^decimal\((\d+),\s*(\d+)\)$/.exec(type);
  if (decimal !== null) return `DECIMAL(${decimal[1]}, ${decimal[2]})`;
  return plain[type] ?? "VARCHAR";
}

function field(text: string): string {
  const at = text.indexOf(":");
  return `${identifier(text.slice(0, at).trim())} ${duckdbType(text.slice(at + 1))}`;
}

/** Parts between commas that stand in no brackets. */
function split(text: string): string[] {
  const parts: string[] = [];
  let [depth, from] = [0, 0];
  for (let i = 0; i < text.length; i++) {
    const mark = text.charAt(i);
    if (mark === "<" || mark === "(") depth++;
    else if (mark === ">" || mark === ")") depth--;
    else if (mark === "," && depth === 0) {
      parts.push(text.slice(from, i));
      from = i + 1;
    }
  }
  return [...parts, text.slice(from)];
}
