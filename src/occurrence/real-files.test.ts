import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { noSharedData, sharedFile, temporaryFolder } from "../../test/support/paths.ts";
import { runPython } from "../../test/support/python.ts";
import { type Engine, literal, openEngine } from "../engine/index.ts";
import {
  BISON,
  DEFAULT_COLUMNS,
  detectInput,
  OCCURRENCE_COLUMNS,
  parquetRelation,
  profileRules,
  ruleNumberSql,
  stageText,
} from "./index.ts";

const snapshotColumns = OCCURRENCE_COLUMNS.slice(0, 50).map(({ name }) => name);

/** Reads a text table and its defaults the plainest way there is: split at tabs and line feeds. */
const readText = `
import sys, json, zipfile
path, entry, columns, extra = sys.argv[1], sys.argv[2], json.loads(sys.argv[3]), json.loads(sys.argv[4])
text = zipfile.ZipFile(path).read(entry).decode("utf-8")
lines = text.split("\\n")
if lines[-1] == "": lines.pop()
header = [h.lower() for h in lines[0].split("\\t")]
out = []
for line in lines[1:]:
    fields = line.split("\\t")
    row = dict(zip(header, fields))
    out.append([row.get(c) or extra.get(c) for c in columns])
print(json.dumps(out))
`;

/** Reads Parquet files by pyarrow, values as text. */
const readParquet = `
import sys, json, pyarrow.parquet as pq, datetime
path, columns = sys.argv[1], json.loads(sys.argv[2])
table = pq.read_table(path)
def plain(v):
    if isinstance(v, datetime.datetime): return v.isoformat(sep=" ")
    return v
print(json.dumps([[plain(r.get(c)) for c in columns] for r in table.to_pylist()]))
`;

describe.skipIf(noSharedData)("the real files", () => {
  const folder = temporaryFolder();
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine({ threads: 2 });
  });
  afterAll(() => engine.close());

  async function stage(file: string, columns: readonly string[], partBytes = 1e12) {
    const input = await detectInput(sharedFile(`occurrences/${file}`));
    if (input.kind === "parquet") throw new Error("a text was expected");
    const outPath = (part: number) => join(folder, `${file}-${partBytes}-${part}.parquet`);
    const staged = await stageText({ input, columns, partBytes, outPath, engine, scratchFolder: folder });
    return { input, ...staged };
  }

  /** All rows as text: numbers shortest, dates as DuckDB writes them, lists with semicolons. */
  async function texts(relation: string, columns: readonly string[]): Promise<(string | null)[][]> {
    const typeOf = (name: string) => OCCURRENCE_COLUMNS.find((column) => column.name === name)?.type;
    const shown = columns.map((name) =>
      typeOf(name) === "VARCHAR[]"
        ? `array_to_string("${name}", ';') AS "${name}"`
        : `"${name}"::VARCHAR AS "${name}"`,
    );
    const rows = await engine.rows(`SELECT ${shown.join(", ")} FROM (${relation})`);
    return rows.map((row) => columns.map((name) => row[name] as string | null));
  }

  it.each([
    { file: "isu-birds.dwca.zip", entry: "occurrence.txt", rows: 3253, extra: { geodeticdatum: "WGS84" } },
    { file: "netherlands.simple-csv.zip", entry: "0011066-200127171203522.csv", rows: 4463, extra: {} },
  ])(
    "$file gives what a plain reader in Python finds, field by field",
    async ({ file, entry, rows, extra }) => {
      const columns = [...new Set([...DEFAULT_COLUMNS, ...snapshotColumns, "geodeticdatum"])];
      const staged = await stage(file, columns);
      expect(staged.rows).toBe(rows);
      const ours = await texts(`FROM read_parquet(${literal(staged.parts[0]?.path ?? "")})`, columns);
      const theirs = runPython<(string | null)[][]>(readText, [
        sharedFile(`occurrences/${file}`),
        entry,
        JSON.stringify(columns),
        JSON.stringify(extra),
      ]);
      expect(theirs.length).toBe(rows);
      columns.forEach((name, k) => {
        const type = OCCURRENCE_COLUMNS.find((column) => column.name === name)?.type;
        const same = (value: string | null | undefined) => {
          if (value === null || value === undefined) return null;
          if (type === "DOUBLE" || type === "INTEGER") return Number(value);
          if (type === "TIMESTAMP") return new Date(`${value.replace(" ", "T").replace("Z", "")}Z`).getTime();
          return value;
        };
        expect([name, ours.map((row) => same(row[k]))]).toEqual([name, theirs.map((row) => same(row[k]))]);
      });
    },
  );

  it("isu-birds has 2,311 records in the US with coordinates, and every record is kept or dropped by one rule", async () => {
    const staged = await stage("isu-birds.dwca.zip", DEFAULT_COLUMNS);
    const rules = profileRules(BISON);
    const path = staged.parts[0]?.path ?? "";
    const [, byRule] = [
      rules,
      await engine.rows(
        `SELECT ${ruleNumberSql(rules)} AS rule, count(*)::INTEGER AS n FROM read_parquet(${literal(path)}) GROUP BY 1 ORDER BY 1`,
      ),
    ];
    const first = await engine.row(
      `SELECT count(*)::INTEGER AS n FROM read_parquet(${literal(path)}) WHERE ${rules[0]?.keep} AND ${rules[1]?.keep}`,
    );
    expect(first.n).toBe(2311);
    expect(byRule.reduce((sum, { n }) => sum + (n as number), 0)).toBe(3253);
  });

  it("netherlands has none in the US", async () => {
    const staged = await stage("netherlands.simple-csv.zip", ["countrycode"]);
    const [rule] = profileRules(BISON);
    const answer = await engine.row(
      `SELECT count(*)::INTEGER AS n FROM read_parquet(${literal(staged.parts[0]?.path ?? "")}) WHERE ${rule?.keep}`,
    );
    expect(answer.n).toBe(0);
  });

  it.each([
    { file: "snapshot-schema-2021.parquet", rows: 1000 },
    { file: "snapshot-schema-2024-03.parquet", rows: 10 },
    { file: "snapshot-schema-2024-late.parquet", rows: 10 },
  ])("$file gives the relation's types and pyarrow's values", async ({ file, rows }) => {
    const path = sharedFile(`occurrences/${file}`);
    const input = await detectInput(path);
    if (input.kind !== "parquet") throw new Error("Parquet was expected");
    expect(input.rows).toBe(rows);
    const columns = [...snapshotColumns, "acceptedtaxonkey"];
    const relation = parquetRelation({ files: [path], schema: input.columns, columns });
    expect(await engine.columns(relation)).toEqual(
      columns.map((name) => ({
        name,
        type: OCCURRENCE_COLUMNS.find((column) => column.name === name)?.type,
      })),
    );
    const theirs = runPython<unknown[][]>(readParquet, [path, JSON.stringify(columns)]);
    const ours = await engine.rows(relation);
    expect(ours.length).toBe(theirs.length);
    const list = (value: unknown) => (value === null || value === undefined ? null : (value as unknown[]));
    columns.forEach((name, k) => {
      const type = OCCURRENCE_COLUMNS.find((column) => column.name === name)?.type;
      ours.forEach((row, i) => {
        const [a, b] = [row[name], theirs[i]?.[k] ?? null];
        if (b === null) expect([name, i, a]).toEqual([name, i, null]);
        else if (type === "TIMESTAMP") {
          const moment = String(b).replace(" ", "T").replace(/Z$/, "").slice(0, 23);
          expect([name, i, a]).toEqual([name, i, new Date(`${moment}Z`).toISOString()]);
        } else if (type === "VARCHAR[]" && typeof b === "string") {
          expect([name, i, a]).toEqual([name, i, b.split(";").map((item) => item.trim())]);
        } else if (type === "VARCHAR[]") expect([name, i, list(a)]).toEqual([name, i, list(b)]);
        else if (type === "VARCHAR" && typeof b === "number")
          expect([name, i, a]).toEqual([name, i, String(b)]);
        else expect([name, i, a]).toEqual([name, i, b]);
      });
    });
  });

  it("isu-birds in parts of any size is the same rows in the same order", async () => {
    const whole = await stage("isu-birds.dwca.zip", ["gbifid", "locality", "issue"]);
    const wholeRows = await engine.rows(`FROM read_parquet(${literal(whole.parts[0]?.path ?? "")})`);
    for (const partBytes of [1000, 65_536, 1_000_003]) {
      const staged = await stage("isu-birds.dwca.zip", ["gbifid", "locality", "issue"], partBytes);
      expect(staged.parts.length).toBe(Math.ceil(2_956_828 / partBytes));
      expect(staged.rows).toBe(3253);
      const rows = [];
      for (const { path } of staged.parts.filter(({ rows: n }) => n > 0)) {
        rows.push(...(await engine.rows(`FROM read_parquet(${literal(path)})`)));
      }
      expect(rows).toEqual(wholeRows);
    }
  }, 120_000);
});
