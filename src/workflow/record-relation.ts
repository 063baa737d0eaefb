import { type Engine, identifier, literal, parquetScan, plainPath } from "../engine/index.ts";
import { parquetRelation } from "../occurrence/index.ts";
import { bug } from "../trouble/index.ts";
import type { RecordSource } from "./plan.ts";
import { recordWant } from "./record-want.ts";
import type { TaskContext } from "./task-context.ts";

/** SQL of one relation, types one, over all the sources of a task, in their order. */
export async function recordRelation(
  context: TaskContext,
  engine: Engine,
  sources: readonly RecordSource[],
  columns: readonly string[],
  options: { inPolygon: string | undefined },
): Promise<string> {
  // Files of the same schema are read by one scan; a schema that differs makes another.
  const groups: {
    signature: string;
    files: string[];
    schema: { name: string; type: string }[];
    range: Range | undefined;
  }[] = [];
  const { plan, staging, work } = context;
  const paths = await Promise.all(
    sources.map((source) =>
      source.kind === "parquet"
        ? staging.file(source.path, recordWant(plan, source, columns))
        : work.stage("acquire", source.taskKey, source.part),
    ),
  );
  context.onStaged();
  for (const [index, source] of sources.entries()) {
    const path = paths[index] ?? bug("a source that was not staged");
    const schema = await engine.columns(`SELECT * FROM ${parquetScan(path)}`);
    const range = source.kind === "parquet" ? await rangeOf(engine, path, source) : undefined;
    const signature = JSON.stringify(schema);
    const last = groups.at(-1);
    if (
      last !== undefined &&
      last.signature === signature &&
      range === undefined &&
      last.range === undefined
    ) {
      last.files.push(path);
    } else groups.push({ signature, files: [path], schema, range });
  }
  const parts = groups.map(({ files, schema, range }) =>
    parquetRelation({ files, schema, columns: [...columns], ...(range === undefined ? {} : { range }) }),
  );
  const all =
    parts.length === 1 ? (parts[0] as string) : parts.map((part) => `(${part})`).join("\nUNION ALL\n");
  return options.inPolygon === undefined ? all : `SELECT *, ${options.inPolygon} AS in_polygon FROM (${all})`;
}

/** Whether none of a relation's files has a column, so that it is null throughout. */
export function isAbsent(relation: string, column: string): boolean {
  const scans = relation.split("FROM read_parquet(").length - 1;
  return scans > 0 && relation.split(`NULL::VARCHAR AS ${identifier(column)}`).length - 1 === scans;
}

interface Range {
  readonly start: number;
  readonly end: number;
}

/** The rows of a file to read, or undefined for all of them, which needs no row numbers. */
async function rangeOf(engine: Engine, path: string, source: Range): Promise<Range | undefined> {
  const { num_rows: rows } = await engine.row<{ num_rows: bigint }>(
    `SELECT num_rows FROM parquet_file_metadata(${literal(plainPath(path))})`,
  );
  if (source.start === 0 && source.end >= Number(rows)) return undefined;
  return { start: source.start, end: source.end };
}
