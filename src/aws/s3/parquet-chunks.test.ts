import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { temporaryFolder } from "../../../test/support/paths.ts";
import { type Engine, openEngine } from "../../engine/index.ts";
import { lengthOf } from "./merge-ranges.ts";
import { columnRanges } from "./parquet-chunks.ts";

const folder = temporaryFolder();
const path = join(folder, "whole.parquet");
const rows = 40_960;
let engine: Engine;
let whole: Buffer;
let files = 0;

/** A file with nothing in it but its footer and the ranges: DuckDB keeps what it read of a name, so each has its own. */
async function sparse(columns: readonly string[], range?: { start: number; end: number }): Promise<string> {
  const ranges = await columnRanges(engine, { path, bytes: whole.length, columns, rows: range });
  const bytes = Buffer.alloc(whole.length);
  const footer = whole.length - 8 - whole.readUInt32LE(whole.length - 8);
  for (const { start, end } of [...ranges, { start: 0, end: 4 }, { start: footer, end: whole.length }])
    whole.copy(bytes, start, start, end);
  const file = join(folder, `sparse-${files++}.parquet`);
  writeFileSync(file, bytes);
  return file;
}

describe("the ranges of some columns of a Parquet file", () => {
  beforeAll(async () => {
    engine = await openEngine();
    await engine.run(
      `COPY (SELECT i AS id, i % 7 AS seventh, hash(i)::VARCHAR AS "text, too", [i, -i] AS pair,
         {a: i, b: [i::VARCHAR]} AS nested FROM range(${rows}) t(i)) TO '${path}' (FORMAT parquet, ROW_GROUP_SIZE 4096)`,
    );
    whole = readFileSync(path);
    const [groups] = await engine.rows(`SELECT num_row_groups FROM parquet_file_metadata('${path}')`);
    expect(groups).toEqual({ num_row_groups: 10n });
  });
  afterAll(() => engine.close());

  it("are all that DuckDB reads of them, nested ones and odd names too, and of no other", async () => {
    const file = await sparse(["ID", "text, too", "Nested", "no such"]);
    const query = (of: string) =>
      `SELECT count(*), sum(id), bit_xor(hash("text, too", nested)) FROM read_parquet('${of}')`;
    expect(await engine.rows(query(file))).toEqual(await engine.rows(query(path)));
    await expect(engine.rows(`SELECT sum(seventh) FROM read_parquet('${file}')`)).rejects.toThrow(
      /TProtocol/,
    );
    const [{ bytes } = { bytes: 0n }] = await engine.rows<{ bytes: bigint }>(
      `SELECT sum(total_compressed_size + coalesce(bloom_filter_length, 0))::BIGINT AS bytes FROM parquet_metadata('${path}')
       WHERE split_part(path_in_schema, ', ', 1) IN ('id')`,
    );
    const ranges = await columnRanges(engine, { path, bytes: whole.length, columns: ["id"] });
    expect(lengthOf(ranges)).toBe(Number(bytes));
    expect(await columnRanges(engine, { path, bytes: whole.length, columns: [] })).toEqual([]);
  });

  it("hold the bloom filters, without which no condition of equality can be answered", async () => {
    const file = await sparse(["id", "seventh"]);
    const query = (of: string) => `SELECT count(*), sum(id) FROM read_parquet('${of}') WHERE seventh = 3`;
    expect(await engine.rows(query(file))).toEqual(await engine.rows(query(path)));
  });

  it("are those of the row groups that hold the rows, wherever these begin and end", async () => {
    const edges = fc.oneof(
      fc
        .tuple(fc.integer({ min: 0, max: 10 }), fc.integer({ min: -1, max: 1 }))
        .map(([group, beside]) => Math.max(0, group * 4096 + beside)),
      fc.nat(rows),
    );
    await fc.assert(
      fc.asyncProperty(
        edges,
        edges,
        fc.constantFrom("", "AND seventh = 3", "AND id > 20000"),
        async (a, b, more) => {
          const range = { start: Math.min(a, b), end: Math.max(a, b) };
          if (range.start === range.end) return;
          const file = await sparse(["id", "seventh", "pair"], range);
          const query = (of: string) =>
            `SELECT count(*), sum(id), bit_xor(hash(pair)) FROM read_parquet('${of}', file_row_number = true)
           WHERE file_row_number >= ${range.start} AND file_row_number < ${range.end} ${more}`;
          expect(await engine.rows(query(file))).toEqual(await engine.rows(query(path)));
        },
      ),
      { numRuns: 150 },
    );
  });
});
