import { type Engine, literal, plainPath } from "../../engine/index.ts";
import { type ByteRange, unionOf } from "./merge-ranges.ts";

/** Bytes of a bloom filter whose length the footer does not say: header and bits of the usual largest. */
const unknownBloomBytes = 1024 * 1024 + 64;

interface ChunkRow {
  readonly [column: string]: unknown;
  readonly row_group: number;
  readonly group_rows: bigint;
  readonly leaf: number;
  readonly start: bigint;
  readonly bytes: bigint;
  readonly bloom_start: bigint | null;
  readonly bloom_bytes: bigint | null;
}

/**
 * The ranges of a Parquet file that hold some columns, in the row groups that hold some rows: column chunks and
 * their bloom filters, which DuckDB reads for conditions of equality. `path` is a local file with the footer in
 * place; columns are named without regard to case, as DuckDB does, and those that the file lacks are nowhere.
 */
export async function columnRanges(
  engine: Engine,
  options: {
    readonly path: string;
    readonly bytes: number;
    readonly columns: readonly string[];
    readonly rows?: { readonly start: number; readonly end: number } | undefined;
  },
): Promise<ByteRange[]> {
  const { path, bytes, rows } = options;
  const leaves = await leavesOf(engine, path, options.columns);
  const chunks = await engine.rows<ChunkRow>(
    `SELECT row_group_id::INTEGER AS row_group, row_group_num_rows AS group_rows, column_id::INTEGER AS leaf,
       least(data_page_offset, nullif(dictionary_page_offset, 0), nullif(index_page_offset, 0)) AS start,
       total_compressed_size AS bytes, bloom_filter_offset AS bloom_start, bloom_filter_length AS bloom_bytes
     FROM parquet_metadata(${literal(plainPath(path))}) ORDER BY row_group, leaf`,
  );
  const wanted = groupsWith(chunks, rows);
  const ranges: ByteRange[] = [];
  for (const chunk of chunks) {
    if (!leaves.has(chunk.leaf)) continue;
    if (wanted.has(chunk.row_group)) {
      const start = Number(chunk.start);
      ranges.push({ start, end: start + Number(chunk.bytes) });
    }
    if (chunk.bloom_start === null) continue;
    // Those of the other groups too: DuckDB asks them before it looks at which rows are wanted.
    const bloom = Number(chunk.bloom_start);
    const length = chunk.bloom_bytes === null ? unknownBloomBytes : Number(chunk.bloom_bytes);
    ranges.push({ start: bloom, end: Math.min(bytes, bloom + length) });
  }
  return unionOf(ranges);
}

/** Row groups that hold some of the rows. */
function groupsWith(
  chunks: readonly ChunkRow[],
  rows: { readonly start: number; readonly end: number } | undefined,
): Set<number> {
  const wanted = new Set<number>();
  let first = 0;
  let last = -1;
  for (const { row_group, group_rows } of chunks) {
    if (row_group === last) continue;
    last = row_group;
    const end = first + Number(group_rows);
    if (rows === undefined || (end > rows.start && first < rows.end)) wanted.add(row_group);
    first = end;
  }
  return wanted;
}

/** Numbers of the leaves (a nested column has several) below the columns named, as chunks are numbered. */
async function leavesOf(engine: Engine, path: string, columns: readonly string[]): Promise<Set<number>> {
  const wanted = new Set(columns.map((column) => column.toLowerCase()));
  const schema = await engine.rows<{ name: string; num_children: bigint | null }>(
    `SELECT name, num_children FROM parquet_schema(${literal(plainPath(path))})`,
  );
  const leaves = new Set<number>();
  let at = 1;
  let leaf = 0;
  // The schema is a tree, written a parent before its children; its first element is the root.
  const walk = (isWanted: boolean): void => {
    const children = Number(schema[at++]?.num_children ?? 0n);
    if (children === 0) {
      if (isWanted) leaves.add(leaf);
      leaf++;
    }
    for (let child = 0; child < children; child++) walk(isWanted);
  };
  while (at < schema.length) walk(wanted.has((schema[at]?.name ?? "").toLowerCase()));
  return leaves;
}
