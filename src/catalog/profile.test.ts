import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { noSharedData, sharedFile, temporaryFolder } from "../../test/support/paths.ts";
import { runPython } from "../../test/support/python.ts";
import { literal, openEngine } from "../engine/index.ts";
import { localStore } from "../store/index.ts";
import { openPath, type ProfileOptions, profileTable, type TableProfile } from "./index.ts";

const folder = temporaryFolder();

async function profiled(path: string, options: ProfileOptions = {}): Promise<TableProfile> {
  const engine = await openEngine({ threads: 2 });
  try {
    const source = await openPath(engine, localStore(), path);
    if (source === undefined) throw new Error(`${path} is no table`);
    return await profileTable(engine, source, options);
  } finally {
    engine.close();
  }
}

async function written(name: string, sql: string, options = ""): Promise<string> {
  const path = join(folder, name);
  const engine = await openEngine();
  await engine.run(`COPY (${sql}) TO ${literal(path)} (FORMAT parquet${options})`);
  engine.close();
  return path;
}

const column = (profile: TableProfile, name: string) => {
  const found = profile.columns.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no column ${name}`);
  return found;
};

interface PandasColumn {
  nulls: number;
  distinct: number | null;
  numbers: { min: number; max: number; mean: number; quantiles: number[] } | null;
  top: [string, number][] | null;
}

const pandas = `
import sys, json, pandas as pd
frame = pd.read_parquet(sys.argv[1])
answer = {}
for name in frame:
    c = frame[name]
    flat = not c.map(lambda v: hasattr(v, "__len__") and not isinstance(v, str)).any()
    is_number = pd.api.types.is_numeric_dtype(c) and c.notna().any()
    counts = c.value_counts() if flat and c.dtype == object else None
    answer[name] = {
        "nulls": int(c.isna().sum()),
        "distinct": int(c.nunique()) if flat else None,
        "numbers": {"min": float(c.min()), "max": float(c.max()), "mean": float(c.mean()),
            "quantiles": [float(q) for q in c.quantile([.05, .25, .5, .75, .95])]} if is_number else None,
        "top": sorted(([str(k), int(v)] for k, v in counts.items()), key=lambda p: (-p[1], p[0]))[:5]
            if counts is not None else None,
    }
print(json.dumps(answer))`;

describe("a profile", () => {
  it("counts, ranks and bins every kind of column", async () => {
    const path = await written(
      "kinds.parquet",
      `SELECT CASE WHEN i % 10 = 0 THEN NULL WHEN i % 10 = 1 THEN 'nan'::DOUBLE ELSE i END::DOUBLE AS d, i % 12 + 1 AS month,
       'name ' || (i % 3) AS s, i % 2 = 0 AS b, CASE WHEN i < 50 THEN ['A', 'B'] ELSE ['A'] END AS l,
       DATE '2020-01-01' + (i % 10)::INTEGER AS day, NULL::INTEGER AS none, {'x': i} AS st FROM range(100) t(i)`,
    );
    const profile = await profiled(path);
    expect(profile).toMatchObject({
      rows: { value: 100, isExact: true },
      basis: { kind: "all", rows: 100 },
      format: "parquet",
    });
    const d = column(profile, "d");
    expect(d).toMatchObject({
      kind: "number",
      nulls: { value: 10, isExact: true, from: "rows" },
      min: { value: "2.0" },
      max: { value: "99.0" },
    });
    expect(d.histogram?.value.reduce((sum, { count }) => sum + count, 0)).toBe(80);
    expect(column(profile, "month").histogram?.value).toHaveLength(12);
    expect(column(profile, "month").histogram?.value[0]).toEqual({ from: 1, to: 2, count: 9 });
    expect(column(profile, "s").top?.value).toEqual([
      { value: "name 0", count: 34 },
      { value: "name 1", count: 33 },
      { value: "name 2", count: 33 },
    ]);
    expect(column(profile, "b").top?.value).toEqual([
      { value: "false", count: 50 },
      { value: "true", count: 50 },
    ]);
    expect(column(profile, "l").top?.value).toEqual([
      { value: "A", count: 100 },
      { value: "B", count: 50 },
    ]);
    expect(column(profile, "day")).toMatchObject({
      kind: "time",
      min: { value: "2020-01-01" },
      distinct: { value: 10 },
    });
    expect(column(profile, "day").quantiles?.value[2]).toBe("2020-01-05");
    expect(column(profile, "none")).toMatchObject({ nulls: { value: 100 }, distinct: { value: 0 } });
    expect(column(profile, "none").histogram).toBeUndefined();
    expect(column(profile, "st")).toMatchObject({ kind: "other", nulls: { value: 0 } });
  });

  it("takes from the footers what speaks for all rows, and samples all over the table for the rest", async () => {
    const path = await written(
      "large.parquet",
      `SELECT i AS n, CASE WHEN i % 7 = 0 THEN NULL ELSE 'text ' || (i % 1000) END AS s, i / 3.0::DOUBLE AS d,
       CASE WHEN i = 5 THEN 'nan'::DOUBLE ELSE i::DOUBLE END AS odd FROM range(300000) t(i)`,
      ", ROW_GROUP_SIZE 20480",
    );
    const sampled = await profiled(path, { sampleRows: 16_000 });
    const full = await profiled(path, { sampleRows: 16_000, full: true });
    expect(sampled).toMatchObject({
      rows: { value: 300_000, isExact: true },
      basis: { kind: "spread", rows: 16_000 },
    });
    expect(full.basis).toEqual({ kind: "all", rows: 300_000 });
    expect(column(sampled, "n")).toMatchObject({
      nulls: { value: 0, from: "footer", isExact: true },
      min: { value: "0", from: "footer", isExact: true },
      max: { value: "299999", from: "footer", isExact: true },
      distinct: { value: 16_000, from: "sample", isExact: false },
    });
    expect(column(sampled, "s").nulls).toEqual({ value: 42_858, from: "footer", isExact: true });
    expect(column(full, "s").nulls).toEqual({ value: 42_858, from: "rows", isExact: true });
    expect(column(full, "s").distinct).toEqual({ value: 1000, from: "rows", isExact: true });
    // No footer holds bounds where a row group has NaN.
    expect(column(sampled, "odd").max?.from).toBe("sample");
    const [, , median = 0] = column(sampled, "n").quantiles?.value ?? [];
    expect(Math.abs(Number(median) - 150_000)).toBeLessThan(10_000);
  });

  it("samples over the files of a folder, whatever their lengths", async () => {
    mkdirSync(join(folder, "parts"));
    for (const [i, rows] of [10, 50_000, 0, 3, 40_000].entries()) {
      await written(`parts/part-${i}.parquet`, `SELECT ${i} AS part, i FROM range(${rows}) t(i)`);
    }
    const profile = await profiled(join(folder, "parts"), { sampleRows: 8000 });
    expect(profile).toMatchObject({
      files: 5,
      rows: { value: 90_013, isExact: true },
      basis: { kind: "spread", rows: 8000 },
    });
    expect(column(profile, "i").max).toEqual({ value: "49999", from: "footer", isExact: true });
  });

  it("reads text files, and as text what does not fit", async () => {
    const path = join(folder, "a.tsv");
    writeFileSync(path, `\uFEFFid\tname\n1\t"open\n2\tb\n3\n`);
    const profile = await profiled(path);
    expect(profile.rows).toEqual({ value: 3, isExact: true });
    expect(column(profile, "id")).toMatchObject({ kind: "number", max: { value: "3" } });
    expect(column(profile, "name")).toMatchObject({
      nulls: { value: 1 },
      top: {
        value: [
          { value: '"open', count: 1 },
          { value: "b", count: 1 },
        ],
      },
    });
    writeFileSync(join(folder, "late.csv"), `n\n${"1\n".repeat(30_000)}word\n`);
    const late = await profiled(join(folder, "late.csv"));
    expect(late.notes[0]).toContain("read as text");
    expect(column(late, "n").distinct?.value).toBe(2);
  });

  it.skipIf(noSharedData)("agrees with pandas on every column of the real snapshot files", () =>
    agreesWithPandas([
      sharedFile("occurrences/snapshot-schema-2021.parquet"),
      sharedFile("occurrences/snapshot-schema-2024-03.parquet"),
      sharedFile("occurrences/snapshot-schema-2024-late.parquet"),
    ]),
  );

  it("agrees with pandas on made numbers, skewed and with nulls", async () => {
    await agreesWithPandas([
      await written(
        "made.parquet",
        `SELECT setseed(0.4), CASE WHEN i % 11 = 3 THEN NULL ELSE exp(random() * 9) END AS skewed, (random() * 50)::INTEGER AS few,
         i % 97 AS whole, 'v' || (hash(i) % 13) AS s FROM range(5000) t(i)`,
      ),
    ]);
  });
});

async function agreesWithPandas(paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    const profile = await profiled(path);
    const theirs = runPython<Record<string, PandasColumn>>(pandas, [path]);
    expect(profile.columns.map(({ name }) => name)).toEqual(Object.keys(theirs));
    for (const ours of profile.columns) {
      const their = theirs[ours.name];
      expect(ours.nulls.value, ours.name).toBe(their?.nulls);
      if (ours.kind !== "list" && their?.distinct !== null)
        expect(ours.distinct?.value ?? 0, ours.name).toBe(their?.distinct);
      if (ours.kind === "number" && their?.numbers) {
        expect(Number(ours.min?.value), ours.name).toBe(their.numbers.min);
        expect(Number(ours.max?.value), ours.name).toBe(their.numbers.max);
        expect(ours.mean?.value, ours.name).toBeCloseTo(their.numbers.mean, 8);
        for (const [i, quantile] of their.numbers.quantiles.entries()) {
          expect(Number(ours.quantiles?.value[i]), `${ours.name} ${i}`).toBeCloseTo(quantile, 8);
        }
      }
      if (ours.kind === "text" && their?.top) {
        expect(ours.top?.value.map(({ value, count }) => [value, count]) ?? [], ours.name).toEqual(their.top);
      }
    }
  }
}
