import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openEngine } from "../engine/index.ts";
import { loadProfile, profileRules } from "../occurrence/index.ts";
import { wordColumns } from "./word-columns.ts";

const folder = mkdtempSync(join(tmpdir(), "word-columns-"));
const columns = ["id", "kingdom", "countrycode", "stateprovince", "license", "species"];

/** Two hundred countries, three kingdoms (one empty, one of odd letters, and none at all), a hundred states. */
async function session() {
  const engine = await openEngine();
  const path = join(folder, "records.parquet");
  await engine.run(`COPY (
    SELECT i AS id, [NULL, '', 'Plantæ ''"' || chr(10)][1 + i % 3] AS kingdom,
      CASE WHEN i % 2 = 0 THEN ['US', 'us ', 'Us'][1 + i % 3] ELSE 'X' || (i % 400) END AS countrycode,
      'State ' || (i % 100) AS stateprovince, NULL::VARCHAR AS license, 'Few' AS species
    FROM range(10000) r(i)) TO '${path}' (FORMAT parquet)`);
  return { engine, relation: `FROM read_parquet('${path}')` };
}

const rules = profileRules(await loadProfile("bison"));

describe("columns of few words", () => {
  it("are found among those of vocabularies, where at most 64 words are kept", async () => {
    const { engine, relation } = await session();
    const found = await wordColumns(engine, { relation, columns, rules });
    // All states are too many, all countries too, but not the kept spellings of one; of a license there is none.
    expect([...found.keys()]).toEqual(["kingdom", "countrycode"]);
    const everywhere = await wordColumns(engine, { relation, columns, rules: [] });
    expect([...everywhere.keys()]).toEqual(["kingdom"]);
    engine.close();
  });

  it.each([299, 300, 301])(
    "are left as they are where %i texts, one of them none, are looked at",
    async (texts) => {
      const { engine } = await session();
      const relation = `SELECT CASE WHEN i > 0 THEN 'X' || i END AS countrycode FROM range(${texts}) r(i)
      UNION ALL SELECT 'US'`;
      const found = await wordColumns(engine, { relation, columns: ["countrycode"], rules });
      // Of up to 300 it is seen that one alone is kept.
      expect([...found.keys()]).toEqual(texts + 1 <= 300 ? ["countrycode"] : []);
      engine.close();
    },
  );

  it("are written as the same texts", async () => {
    const { engine, relation } = await session();
    const found = await wordColumns(engine, { relation, columns, rules });
    const kept = `FROM (${relation}) r WHERE ${rules[0]?.keep}`;
    const written = columns.map((column) => `${found.get(column) ?? `r.${column}`} AS ${column}`);
    const path = join(folder, "written.parquet");
    await engine.run(`COPY (SELECT ${written.join(", ")} ${kept}) TO '${path}' (FORMAT parquet)`);
    expect(await engine.rows(`FROM read_parquet('${path}') ORDER BY id`)).toEqual(
      await engine.rows(`SELECT r.* ${kept} ORDER BY id`),
    );
    expect(await engine.columns(`FROM read_parquet('${path}')`)).toContainEqual({
      name: "kingdom",
      type: "VARCHAR",
    });
    engine.close();
  });

  it("are found anew for other records of the same session", async () => {
    const { engine, relation } = await session();
    await wordColumns(engine, { relation, columns, rules });
    const others = "SELECT 'Fungi' AS kingdom";
    const found = await wordColumns(engine, { relation: others, columns: ["kingdom"], rules });
    expect(await engine.rows(`SELECT ${found.get("kingdom")} AS kingdom FROM (${others}) r`)).toEqual([
      { kingdom: "Fungi" },
    ]);
    engine.close();
  });
});
