import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { syntheticLayers, syntheticRecords, writeRecords } from "../../test/summary/synthetic-records.ts";
import { temporaryFolder } from "../../test/support/paths.ts";
import { openEngine } from "../engine/index.ts";
import { readFacts, writePartials } from "./index.ts";

it("adds up what parts say of their records", async () => {
  const engine = await openEngine();
  const scratch = temporaryFolder();
  const records = syntheticRecords({ seed: 9, count: 400 });
  const partials: string[] = [];
  for (const part of [records.slice(0, 100), records.slice(100)]) {
    const outFolder = join(scratch, String(partials.length));
    mkdirSync(outFolder);
    const relation = await writeRecords(engine, part, join(outFolder, "part.parquet"));
    await writePartials(engine, {
      relation,
      layers: syntheticLayers,
      outFolder,
      flags: ["flag_zero_coordinates"],
    });
    partials.push(join(outFolder, "facts.parquet"));
  }
  const facts = await readFacts(engine, partials);
  expect(await readFacts(engine, [])).toEqual([]);
  engine.close();

  const of = (kind: string): Map<string | null, number> =>
    new Map(facts.filter((fact) => fact.kind === kind).map(({ key, occ_count }) => [key, occ_count]));
  const counted = (
    select: (record: (typeof records)[number]) => string | null,
  ): Map<string | null, number> => {
    const counts = new Map<string | null, number>();
    for (const record of records) counts.set(select(record), (counts.get(select(record)) ?? 0) + 1);
    return counts;
  };
  const text = (value: number | null): string | null => (value === null ? null : String(value));
  expect(of("records")).toEqual(new Map([[null, 400]]));
  expect(of("license")).toEqual(counted(({ license }) => license));
  expect(of("year")).toEqual(counted(({ year }) => text(year)));
  expect(of("month")).toEqual(counted(({ month }) => text(month)));
  expect(of("riis_assessment")).toEqual(counted(({ riis_assessment }) => riis_assessment));
  expect(of("species_key")).toEqual(counted(({ specieskey }) => (specieskey === null ? "none" : "integer")));
  const flagged = records.filter((record) => record.flag_zero_coordinates).length;
  expect(of("flag")).toEqual(new Map([["flag_zero_coordinates", flagged]]));
});

it("counts a relation that lacks columns as if they were null", async () => {
  const engine = await openEngine();
  const outFolder = temporaryFolder();
  await writePartials(engine, {
    relation: "(SELECT NULL::VARCHAR AS specieskey FROM range(3))",
    layers: [],
    outFolder,
  });
  const facts = await readFacts(engine, [join(outFolder, "facts.parquet")]);
  engine.close();
  expect(facts.filter(({ occ_count }) => occ_count > 0).map(({ kind, key }) => [kind, key])).toEqual([
    ["license", null],
    ["month", null],
    ["records", null],
    ["riis_assessment", null],
    ["species_key", "none"],
    ["year", null],
  ]);
});
