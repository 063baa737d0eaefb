import { describe, expect, it } from "vitest";
import { openEngine } from "../engine/index.ts";
import { type AnnotateSql, annotateSql, codeSql, snappedBit } from "./annotate-sql.ts";

/** Three layers in one call: a (code 1 or 2 by longitude), b (always 3, by snapping), c (outside). */
async function session() {
  const engine = await openEngine({ joinsAsWritten: true });
  engine.register({
    name: "bf_locate_0",
    returns: "bigint",
    call: (xs, _ys, out) => {
      for (let i = 0; i < xs.length; i++) {
        const a = (xs[i] as number) < 0 ? 1 : 2;
        const b = 3 | snappedBit;
        out[2 * i] = a | (b << 21);
        out[2 * i + 1] = b >>> 11;
      }
    },
  });
  await engine.run(`CREATE TABLE regions_of_a AS FROM (VALUES
    (0, NULL, NULL, NULL, NULL, NULL), (1, '01', 'West', 's1', 'Alaska', 'AK'), (2, '02', 'East', 's2', 'Guam', NULL))
    v(code, region_id, region_name, state_id, state_name, state_place)`);
  await engine.run(
    "CREATE TABLE regions_of_b AS FROM (VALUES (0, NULL, NULL), (3, 'b3', 'Near')) v(code, region_id, region_name)",
  );
  await engine.run(
    "CREATE TABLE regions_of_c AS FROM (VALUES (0, NULL::VARCHAR, NULL::VARCHAR)) v(code, region_id, region_name)",
  );
  await engine.run(`CREATE TABLE entries AS FROM (VALUES
    ('AK', 'acc', 'invasive', 'row-acc'), ('AK', 'tax', 'introduced', 'row-tax'), ('AK', 'spe', 'introduced', 'row-spe'),
    ('HI', 'none', 'invasive', 'row-hi')) v(place, key, assessment, row_id)`);
  return engine;
}

function options(relation: string): AnnotateSql {
  const layer = (name: string, position: number, coarser: string[] = []) => ({
    name,
    overlap: "one" as const,
    coarser,
    code: codeSql({ call: 0, position, alone: false }),
    table: `regions_of_${name}`,
  });
  return {
    relation,
    keep: "id <> 'dropped'",
    columns: ["id"],
    needed: ["id", "decimallongitude", "acceptedtaxonkey", "taxonkey", "specieskey"],
    calls: ["bf_locate_0"],
    layers: [layer("a", 0, ["state"]), layer("b", 1), layer("c", 2)],
    place: `"region_a".state_place`,
    keys: [
      { column: "acceptedtaxonkey", match: "accepted" },
      { column: "taxonkey", match: "taxon" },
      { column: "specieskey", match: "species" },
    ],
    entries: "entries",
    flags: [{ name: "flag_x", sql: `r."decimallongitude" = -1` }],
  };
}

const records = (rows: string): string =>
  `SELECT * FROM (VALUES ${rows}) v(id, decimallongitude, decimallatitude, acceptedtaxonkey, taxonkey, specieskey)`;

describe("the query of annotate", () => {
  it("names the regions of each layer by its own bits", async () => {
    const engine = await session();
    const query = annotateSql(
      options(
        records("('x', -1.0::DOUBLE, 0.0::DOUBLE, NULL, NULL, NULL), ('dropped', 1.0, 0.0, '', '', '')"),
      ),
    );
    expect(await engine.rows(query)).toEqual([
      {
        id: "x",
        a_id: "01",
        a_name: "West",
        state_id: "s1",
        state_name: "Alaska",
        b_id: "b3",
        b_name: "Near",
        c_id: null,
        c_name: null,
        riis_region: "AK",
        riis_assessment: "presumed_native",
        riis_match: null,
        riis_occurrence_id: null,
        flag_x: true,
      },
    ]);
    engine.close();
  });

  it("tries the accepted key, then the taxon's, then the species', at the record's own place", async () => {
    const engine = await session();
    const rows = [
      "('accepted', -1.0::DOUBLE, 0.0::DOUBLE, 'acc', 'tax', 'spe')",
      "('taxon', -1.0, 0.0, NULL, 'tax', 'spe')",
      "('blank', -1.0, 0.0, '', 'tax', 'spe')",
      "('unlisted', -1.0, 0.0, 'zzz', 'tax', 'spe')",
      "('species', -1.0, 0.0, NULL, 'yyy', 'spe')",
      "('elsewhere', -1.0, 0.0, NULL, 'none', NULL)",
      "('territory', 1.0, 0.0, 'acc', 'tax', 'spe')",
    ];
    const found = await engine.rows(
      `SELECT id, riis_region, riis_assessment, riis_match, riis_occurrence_id FROM (${annotateSql(options(records(rows.join(", "))))})`,
    );
    expect(found.map((row) => Object.values(row))).toEqual([
      ["accepted", "AK", "invasive", "accepted", "row-acc"],
      ["taxon", "AK", "introduced", "taxon", "row-tax"],
      ["blank", "AK", "introduced", "taxon", "row-tax"],
      ["unlisted", "AK", "introduced", "taxon", "row-tax"],
      ["species", "AK", "introduced", "species", "row-spe"],
      ["elsewhere", "AK", "presumed_native", null, null],
      ["territory", null, null, null, null],
    ]);
    engine.close();
  });

  it("presumes records without any key native at their place", async () => {
    const engine = await session();
    const query = annotateSql({
      ...options(
        records(
          "('here', -1.0::DOUBLE, 0.0::DOUBLE, 'acc', 'tax', 'spe'), ('territory', 1.0, 0.0, '', '', '')",
        ),
      ),
      keys: [],
    });
    const found = await engine.rows(
      `SELECT id, riis_region, riis_assessment, riis_match, riis_occurrence_id FROM (${query})`,
    );
    expect(found.map((row) => Object.values(row))).toEqual([
      ["here", "AK", "presumed_native", null, null],
      ["territory", null, null, null, null],
    ]);
    engine.close();
  });
});
