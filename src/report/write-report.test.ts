import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { temporaryFolder } from "../../test/support/paths.ts";
import { type ReportSample, reportSample } from "../../test/support/report-sample.ts";
import { type Engine, openEngine } from "../engine/index.ts";
import type { RunFacts } from "./run-facts.ts";
import { writeReport } from "./write-report.ts";

describe("report.html", () => {
  const folder = temporaryFolder();
  let engine: Engine;
  let sample: ReportSample;
  const outPath = join(folder, "report.html");
  const write = async (options: Partial<Parameters<typeof writeReport>[1]> = {}): Promise<string> => {
    const { facts, tablesFolder, counties, states } = sample;
    await writeReport(engine, { facts, tablesFolder, map: counties, outlines: states, outPath, ...options });
    return readFileSync(outPath, "utf8");
  };
  const text = (page: string) =>
    page
      .replace(/<(script|style)[^>]*>[\s\S]*?<\/\1>/g, "")
      .replace(/<[^>]*>/g, " ")
      .replace(/[ \n]+/g, " ");

  beforeAll(async () => {
    engine = await openEngine();
    sample = await reportSample(engine, folder);
  });

  it("stays below 1.5 MB for all counties, and is the same every time", async () => {
    const page = await write();
    expect(Buffer.byteLength(page)).toBeLessThan(1_500_000);
    expect(await write()).toBe(page);
  });

  it("says how read, kept and dropped add up, and that the records are invented", async () => {
    const { records } = sample.facts;
    const thin = (n: number) => String(n).replace(/\B(?=(\d{3})+$)/g, "\u202f");
    const words = text(await write());
    const dropped = records.dropped.reduce((sum, { occ_count }) => sum + occ_count, 0);
    expect(records.read).toBe(records.kept + dropped);
    expect(words).toContain(
      `${thin(records.read)} read = ${thin(records.kept)} kept + ${thin(dropped)} dropped`,
    );
    expect(words).toContain("These records are invented");
    expect(text(await write({ facts: { ...sample.facts, synthetic: false } }))).not.toContain("invented");
  });

  it("says what presumed native means where the assessments are read, and which licence is inherited", async () => {
    const words = text(await write());
    expect(
      words.match(/only (that the species is )?not listed in the register/g)?.length,
    ).toBeGreaterThanOrEqual(3);
    expect(words).toContain("inherits the strictest: CC BY-NC 4.0");
  });

  it("explains an undefined statistic", async () => {
    expect(text(await write())).toMatch(/Checkerboard score c_score .* Undefined here: .* undefined/);
  });

  it("names counties with their states", async () => {
    expect(await write()).toContain("Orange County, California");
  });

  it("holds no address that a browser would fetch", async () => {
    const page = await write();
    expect(page).not.toMatch(/\s(src|srcset|poster|data)=|@import|url\((?!"#)/i);
    expect(page).toContain("default-src &#39;none&#39;".replaceAll("&#39;", "'"));
  });

  it("escapes names that are markup", async () => {
    const hostile = join(folder, "hostile");
    mkdirSync(hostile, { recursive: true });
    const { facts, tablesFolder, counties } = await reportSample(engine, hostile, {
      hostile: true,
      species: 40,
    });
    const page = await write({ facts, tablesFolder, map: counties });
    expect(page).not.toContain("<script>window.hacked");
    expect(page).not.toContain("<img src=x");
    expect(page.match(/<script/g)).toHaveLength(2);
    expect(page).toContain("&#60;script&#62;window.hacked = 1&#60;/script&#62;");
  });

  it("stays small whatever years records say, and says what it does not draw", async () => {
    const years = [...(sample.facts.years ?? []), { year: 20_010_920, occ_count: 2 }];
    const odd = await write({
      facts: { ...sample.facts, years: [...years, { year: 2_147_483_647, occ_count: 1 }] },
    });
    expect(text(odd)).toContain(
      "3 kept records of years from 20010920 to 2147483647 lie too far from the others to be drawn here; they count in every table.",
    );
    expect(odd.length).toBeLessThan((await write({})).length + 1000);
    const one = await write({
      facts: { ...sample.facts, years: [{ year: -1, occ_count: 1 }, ...years.slice(0, -1)] },
    });
    expect(text(one)).toContain(
      "1 kept record of the year -1 lies too far from the others to be drawn here; it counts in every table.",
    );
  });

  describe("of a run that lacks", () => {
    const bare = (facts: RunFacts): RunFacts => ({
      ...facts,
      register: undefined,
      flags: [],
      years: undefined,
      warnings: [],
      stages: [],
    });

    it("a register, shows no assessment", async () => {
      const words = text(await write({ facts: bare(sample.facts) }));
      expect(words).toContain("No register of introduced species was given");
      expect(words).not.toContain("introduced species listed as such");
      expect(words).not.toContain("Invasive, % of records");
    });

    it("a map, has the table alone", async () => {
      const page = await write({ map: null, outlines: null });
      expect(page).not.toContain('id="map"');
      expect(page).toContain('id="region-search"');
    });

    it("everything, is still a page that says so", async () => {
      const nowhere = join(folder, "nowhere");
      const { source } = sample.facts;
      const facts: RunFacts = {
        ...bare(sample.facts),
        synthetic: false,
        layers: [],
        source: { description: source.description, licences: [], strictestLicence: null, inputs: [] },
        records: { read: 0, kept: 0, dropped: [] },
      };
      const words = text(await write({ facts, tablesFolder: nowhere, map: null, outlines: null }));
      expect(words).toContain("No record passed the rules");
      expect(words).toContain("do not say under which licence");
      expect(words).not.toMatch(/NaN|undefined|null|Infinity/);
    });

    it("kept records, shows its regions empty", async () => {
      const empty = join(folder, "empty");
      mkdirSync(empty);
      const copy = (table: string, columns: string, where = "") =>
        engine.run(`COPY (SELECT ${columns} FROM read_parquet('${sample.tablesFolder}/${table}.parquet') ${where})
          TO '${empty}/${table}.parquet' (FORMAT parquet)`);
      for (const table of ["county_counts", "state_counts"])
        await copy(table, "* REPLACE (0::BIGINT AS occ_count, NULL::DOUBLE AS introduced_occ_proportion)");
      for (const table of ["list", "site_stats", "species_stats"])
        await copy(`county_x_species_${table}`, "*", "WHERE false");
      await copy("species_list", "*", "WHERE false");
      const diversity = [
        "sites",
        "species",
        "whittaker",
        "lande",
        "legendre",
        "schluter_sites",
        "schluter_species",
        "c_score",
      ];
      await engine.run(
        `COPY (SELECT unnest(['${diversity.join("','")}']) AS statistic, unnest([0, 0, NULL, NULL, NULL, NULL, NULL, NULL])::DOUBLE AS value)
         TO '${empty}/county_x_species_diversity_stats.parquet' (FORMAT parquet)`,
      );
      const { records } = sample.facts;
      const facts = {
        ...sample.facts,
        years: [],
        records: { ...records, kept: 0, read: records.read - records.kept },
      };
      const words = text(await write({ facts, tablesFolder: empty }));
      expect(words).toContain("No record passed the rules");
      expect(words).toContain("so the matrix is empty");
      expect(words).not.toMatch(/NaN|Infinity/);
    });

    it("well-known names, takes a layer called anything", async () => {
      const odd = join(folder, "odd");
      mkdirSync(odd);
      await engine.run(
        `COPY (SELECT * FROM read_parquet('${sample.tablesFolder}/county_counts.parquet') LIMIT 3) TO '${odd}/_it's_counts.parquet' (FORMAT parquet)`.replace(
          "/_it's_",
          "/_it''s_",
        ),
      );
      const [layer] = sample.facts.layers;
      const facts = {
        ...sample.facts,
        layers: layer ? [{ ...layer, name: "_it's", title: "<Watersheds>" }] : [],
      };
      const page = await write({
        facts,
        tablesFolder: odd,
        map: { ...sample.counties, layer: "_it's" },
        outlines: null,
      });
      expect(text(page)).toContain("&#60;Watersheds&#62;");
    });
  });
});
