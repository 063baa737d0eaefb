import { hiveType } from "../hive-type.ts";
import type { Drift, FileColumn } from "./merge-schemas.ts";

/** A column that Athena and its kin cannot read from every file of its table, whatever the catalog says of it. */
export interface Clash {
  readonly column: string;
  /** Its type in the catalog. */
  readonly type: string;
  /** The types that files have, in DuckDB's words. */
  readonly seen: readonly string[];
}

/** Finds the columns of Parquet files that differ in ways that their merged type does not bridge for Hive's readers. */
export function findClashes(merged: readonly FileColumn[], drift: readonly Drift[]): Clash[] {
  const clashes: Clash[] = [];
  for (const { name, type } of merged) {
    const seen = new Set<string>();
    for (const { changed } of drift) {
      for (const one of changed)
        if (one.name.toLowerCase() === name.toLowerCase()) seen.add(one.usual).add(one.seen);
    }
    const column = name.toLowerCase();
    if ([...seen].some((of) => !isReadableAs(of, type)))
      clashes.push({ column, type: hiveType(type), seen: [...seen] });
  }
  return clashes;
}

const whole = /^U?(TINYINT|SMALLINT|INTEGER|BIGINT)$/;

/** Whether Trino reads a Parquet column of one type as another; found by trying them in Trino 476. */
function isReadableAs(fileType: string, type: string): boolean {
  if (hiveType(fileType) === hiveType(type)) return true;
  if (fileType.endsWith("[]") && type.endsWith("[]")) {
    const [inFile, wanted] = [fileType.slice(0, -2), type.slice(0, -2)];
    return wanted !== "VARCHAR" && isReadableAs(inFile, wanted);
  }
  if (whole.test(fileType)) return whole.test(type) || type === "DOUBLE" || type === "VARCHAR";
  if (fileType === "FLOAT" || fileType === "DOUBLE") return type === "DOUBLE" || type === "VARCHAR";
  return false;
}
