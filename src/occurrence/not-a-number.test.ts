import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { engineOfFile } from "../../test/support/engine.ts";
import { temporaryFolder } from "../../test/support/paths.ts";
import { noPython, runPython } from "../../test/support/python.ts";
import {
  parquetRelation,
  parseProfile,
  profileRules,
  qualityFlagColumns,
  qualityFlags,
  ruleNumberSql,
} from "./index.ts";

const folder = temporaryFolder();
const engine = engineOfFile();

let files = 0;
/**
 * Writes columns of floating point numbers as Arrow writes them: null is not-a-number, which the file's statistics
 * leave out, so that a reader who trusts them believes that every value is like the others.
 */
async function arrowFile(
  columns: Record<string, readonly (number | null)[]>,
  type: "float64" | "float32",
): Promise<{ path: string; schema: { name: string; type: string }[] }> {
  const path = join(folder, `numbers-${files++}.parquet`);
  runPython(
    `
import sys, json, pyarrow as pa, pyarrow.parquet as pq
columns = {name: pa.array([float("nan") if v is None else v for v in values], getattr(pa, sys.argv[3])())
  for name, values in json.loads(sys.argv[2]).items()}
pq.write_table(pa.table(columns), sys.argv[1])
print("null")
`,
    [path, JSON.stringify(columns), type],
  );
  return { path, schema: await engine().columns(`FROM read_parquet('${path}')`) };
}

describe.skipIf(noPython).each(["float64", "float32"] as const)("not-a-number in Parquet (%s)", (type) => {
  /** Of each row the number of the rule that it fails, by CASE and by WHERE. */
  async function failed(spec: object, columns: Record<string, readonly (number | null)[]>) {
    const { path, schema } = await arrowFile(columns, type);
    const rules = profileRules(parseProfile({ extends: "all", ...spec }));
    const needed = rules.flatMap((rule) => rule.columns);
    const relation = parquetRelation({ files: [path], schema, columns: [...new Set(needed)] });
    const rows = await engine().rows<{ rule: number }>(
      `SELECT ${ruleNumberSql(rules)} AS rule FROM (${relation})`,
    );
    const keep = rules.map((rule) => `(${rule.keep})`).join(" AND ");
    const { kept } = await engine().row<{ kept: bigint }>(
      `SELECT count(*) AS kept FROM (${relation}) WHERE ${keep}`,
    );
    expect(Number(kept)).toBe(rows.filter(({ rule }) => rule === 0).length);
    return rows.map(({ rule }) => rule);
  }

  it("is no coordinate", async () => {
    const spec = { coordinates: true };
    const lat = [40.5, 40.5, null];
    const lon = [-89, null, -89];
    expect(await failed(spec, { decimalLatitude: lat, decimalLongitude: [-89, -89, -89] })).toEqual([
      0, 0, 1,
    ]);
    expect(await failed(spec, { decimalLatitude: lat, decimalLongitude: lon })).toEqual([0, 1, 1]);
    expect(await failed(spec, { decimalLatitude: [95, null], decimalLongitude: [1, 1] })).toEqual([1, 1]);
  });

  it("is not zero", async () => {
    const columns = { decimalLatitude: [0, null, 0], decimalLongitude: [0, 0, null] };
    expect(await failed({ zeroCoordinates: "drop" }, columns)).toEqual([1, 0, 0]);
  });

  it("is an uncertainty that nobody knows", async () => {
    const spec = { maxCoordinateUncertaintyInMeters: 1000 };
    expect(await failed(spec, { coordinateUncertaintyInMeters: [10, null] })).toEqual([0, 0]);
    expect(await failed(spec, { coordinateUncertaintyInMeters: [5000, null] })).toEqual([1, 0]);
  });

  it("is no year", async () => {
    const columns = { year: [2001, 2001, null] };
    expect(await failed({ years: { from: 2000 } }, columns)).toEqual([0, 0, 1]);
    expect(await failed({ years: { to: 2000 } }, columns)).toEqual([1, 1, 1]);
  });

  it.each([
    ["zero_coordinates", [0, null, 0, null], [0, 0, null, null], [true, false, false, false]],
    ["equal_coordinates", [5, null, 5, null], [5, 5, null, null], [true, false, false, false]],
    ["state_centroid", [5, null, 5, null], [5, 5, null, null], [true, false, false, false]],
  ])("is not flagged by %s", async (name, lat, lon, expected) => {
    const { path, schema } = await arrowFile({ decimalLatitude: lat, decimalLongitude: lon }, type);
    const relation = parquetRelation({ files: [path], schema, columns: qualityFlagColumns([name]) });
    const centroids = [1, 2, 3, 4, 5, 6, 7].map((degrees) => ({ lon: degrees, lat: degrees }));
    const [flag] = qualityFlags([name], { stateCentroids: centroids });
    const rows = await engine().rows(`SELECT ${flag?.sql} AS flag FROM (${relation})`);
    expect(rows.map((row) => row.flag)).toEqual(expected);
    const held = await engine().row(`SELECT count(*)::INTEGER AS n FROM (${relation}) WHERE ${flag?.sql}`);
    expect(held).toEqual({ n: expected.filter(Boolean).length });
  });
});
