import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { beforeAll, describe, expect, it } from "vitest";
import { noSharedData, sharedFile, temporaryFolder } from "../../test/support/paths.ts";
import { literal, openEngine } from "../engine/index.ts";
import { catalogCommand } from "./catalog.ts";
import { crawlCommand } from "./crawl.ts";
import { displayWidth } from "./display-width.ts";
import { previewCommand } from "./preview.ts";
import { sqlCommand } from "./sql.ts";
import type { Terminal } from "./terminal.ts";

const folder = temporaryFolder();
const catalog = ["--catalog", join(folder, "catalog")];
const birds = join(folder, "birds");

/** What a command prints, to a terminal of 80 cells or to a pipe. */
async function printed(
  make: (terminal: Terminal) => Command,
  args: readonly string[],
  where: { isInteractive: boolean } = { isInteractive: true },
): Promise<string> {
  let text = "";
  const { isInteractive } = where;
  const terminal: Terminal = {
    write: async (more) => {
      text += more;
    },
    width: isInteractive ? 80 : undefined,
    isInteractive,
  };
  await make(terminal)
    .exitOverride()
    .parseAsync([...args], { from: "user" });
  // biome-ignore lint/suspicious/noControlCharactersInRegex: bold is taken off, to see what stands there
  const bare = text.replace(/\u001B\[\d+m/g, "");
  if (isInteractive)
    for (const line of bare.split("\n")) expect(displayWidth(line), line).toBeLessThanOrEqual(80);
  return bare;
}

const preview = (terminal: Terminal) => previewCommand({ terminal });
const toPipe = { isInteractive: false };

beforeAll(async () => {
  mkdirSync(birds);
  const engine = await openEngine();
  await engine.run(`COPY (SELECT i AS gbifid, CASE WHEN i % 4 = 0 THEN NULL ELSE 'Ara ' || i % 3 END AS species,
    i / 7.0::DOUBLE AS decimallatitude, ['A', 'B'] AS issue FROM range(1000) t(i))
    TO ${literal(join(birds, "part-0.parquet"))}`);
  engine.close();
  writeFileSync(join(birds, "citation.txt"), "GBIF.org");
});

describe("crawl, catalog, sql and preview", () => {
  it("show at 80 columns what a crawl found, then that nothing changed", async () => {
    const first = await printed(crawlCommand, [birds, ...catalog]);
    const [title, , head, rule, row, , stray] = first.split("\n");
    expect(title).toBe("Database bison_metadata (new)");
    expect(head).toMatch(/^table {2}change {3}rows +bytes {2}files {2}columns {2}partitions$/);
    expect(rule).toMatch(/^─+( {2}─+){6}$/);
    expect(row).toMatch(/^birds {2}added {3}1,000 .* 1 {8}4$/);
    expect(stray).toBe("Not a table: citation.txt (is prose)");
    const second = JSON.parse(await printed(crawlCommand, [birds, ...catalog, "--json"], toPipe));
    expect(second).toMatchObject({
      databaseCreated: false,
      tables: [{ name: "birds", change: "unchanged", rows: 1000 }],
    });
  });

  it("list and show tables", async () => {
    expect(await printed(catalogCommand, ["list", ...catalog])).toMatch(/^bison_metadata\.birds {2}1,000/m);
    const shown = await printed(catalogCommand, ["show", "birds", ...catalog]);
    expect(shown).toContain("1,000 rows");
    expect(shown).toMatch(/^issue +array<string>$/m);
    const json = JSON.parse(
      await printed(catalogCommand, ["show", "bison_metadata.birds", "--json", ...catalog], toPipe),
    );
    expect(json).toMatchObject({ Name: "birds", Partitions: [] });
    await expect(printed(catalogCommand, ["show", "cats", ...catalog])).rejects.toMatchObject({
      code: "catalog-entry-not-found",
    });
    expect(await printed(catalogCommand, ["list", "--catalog", join(folder, "none")])).toContain(
      "bisonflow crawl",
    );
  });

  it("answer SQL as a table, as JSON and as CSV", async () => {
    const sql =
      "SELECT species, count(*) AS n FROM birds WHERE species IS NOT NULL GROUP BY ALL ORDER BY species";
    expect(await printed(sqlCommand, [sql, ...catalog])).toBe(
      "species    n\n───────  ───\nAra 0    250\nAra 1    250\nAra 2    250\n3 rows\n",
    );
    expect(
      JSON.parse(await printed(sqlCommand, [sql, "--json", "--limit", "2", ...catalog], toPipe)),
    ).toEqual([
      { species: "Ara 0", n: 250 },
      { species: "Ara 1", n: 250 },
    ]);
    const csv = await printed(
      sqlCommand,
      [`SELECT NULL AS a, '' AS b, 'x,"y' AS c, ['p', 'q'] AS d`, "--csv", ...catalog],
      toPipe,
    );
    expect(csv).toBe('a,b,c,d\n,"","x,""y","[p, q]"\n');
    const capped = await printed(sqlCommand, ["SELECT * FROM birds", ...catalog]);
    expect(capped).toContain("The first 200 rows; more with --limit ROWS");
    const all = await printed(sqlCommand, ["SELECT gbifid FROM birds", ...catalog], toPipe);
    expect(all.split("\n")).toHaveLength(1003);
    expect(await printed(sqlCommand, ["SELECT 1 WHERE false", "--json", ...catalog], toPipe)).toBe("[]\n");
  });

  it("preview a table of the catalog and a file, with rows and profile", async () => {
    for (const name of ["birds", join(birds, "part-0.parquet"), birds]) {
      const text = await printed(preview, [name, "--rows", "2", ...catalog]);
      expect(text).toMatch(/1,000 rows, 4 columns, .* 1 file, parquet/);
      expect(text).toContain("Profile of all 1,000 rows, all figures exact.");
      expect(text).toMatch(/^species +VARCHAR +nulls +25\.0% +distinct 3$/m);
      expect(text).toMatch(/^ {2}[▁▂▃▄▅▆▇█]{12} {2}min 0 {2}25% /m);
      expect(text).toMatch(/^ {2}A 1,000 {2}B 1,000$/m);
    }
    const rowsOnly = await printed(preview, ["birds", "--no-profile", ...catalog]);
    expect(rowsOnly).not.toContain("Profile");
    const json = JSON.parse(await printed(preview, ["birds", "--rows", "1", "--json", ...catalog], toPipe));
    expect(json).toMatchObject({
      rows: [{ gbifid: 0, species: null }],
      profile: { rows: { value: 1000, isExact: true } },
    });
  });

  it("say what a preview cannot open", async () => {
    writeFileSync(join(folder, "broken.parquet"), "PAR1 and then nothing");
    await expect(printed(preview, [join(folder, "broken.parquet"), ...catalog])).rejects.toMatchObject({
      code: "preview-unreadable",
    });
    await expect(printed(preview, ["nowhere", ...catalog])).rejects.toMatchObject({
      code: "preview-not-found",
    });
    writeFileSync(join(folder, "notes.md"), "# words");
    await expect(printed(preview, [join(folder, "notes.md"), ...catalog])).rejects.toMatchObject({
      code: "preview-unreadable",
    });
  });

  it.skipIf(noSharedData)("preview fifty real columns within 80 cells", async () => {
    const text = await printed(preview, [
      sharedFile("occurrences/snapshot-schema-2024-late.parquet"),
      ...catalog,
    ]);
    expect(text).toMatch(/\d+ more columns: .*specieskey/s);
    expect(text).toMatch(/^decimallatitude +DOUBLE/m);
    await printed(preview, [sharedFile("register/US-RIIS_MasterList_2021.csv"), ...catalog]);
  });
});
