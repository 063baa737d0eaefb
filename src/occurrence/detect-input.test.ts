import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stageRows } from "../../test/occurrence/staging.ts";
import { makeZip, type ZipMember } from "../../test/occurrence/zip-writer.ts";
import { temporaryFolder } from "../../test/support/paths.ts";
import { type Engine, literal, openEngine } from "../engine/index.ts";
import { UserError } from "../trouble/index.ts";
import { detectInput, expandInputs, sourceFacts } from "./index.ts";

const folder = temporaryFolder();
let engine: Engine;
beforeAll(async () => {
  engine = await openEngine();
});
afterAll(() => engine.close());

let files = 0;
function write(content: string | Uint8Array, name = "input"): string {
  const path = join(folder, `${files++}-${name}`);
  writeFileSync(path, content);
  return path;
}
const zip = (members: readonly ZipMember[]): string => write(makeZip(members), "input.zip");

async function codeOf(path: string): Promise<string> {
  try {
    const input = await detectInput(path);
    if (input.kind !== "parquet") await stageRows({ engine, input, columns: ["species"], folder });
    return "read";
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    expect(error.message).toContain(basename(path));
    expect(error.hint.length).toBeGreaterThan(10);
    return error.code;
  }
}

const simple =
  "gbifID\tdatasetKey\tspecies\tdecimalLatitude\tdecimalLongitude\n1\td\tVireo olivaceus\t40.5\t-89\n";
const dwc = "http://rs.tdwg.org/dwc/terms/";
function meta(options: { core?: string; fields?: string; location?: string; rowType?: string } = {}): string {
  const { core = "", location = "occurrence.txt", rowType = `${dwc}Occurrence` } = options;
  const fields =
    options.fields ??
    `<field index="1" term="${dwc}scientificName"/><field index="2" term="${dwc}decimalLatitude"/>`;
  return `<?xml version="1.0"?><archive xmlns="http://rs.tdwg.org/dwc/text/"><core ${core} rowType="${rowType}">
    <files><location>${location}</location></files><id index="0"/>${fields}</core>
    <extension rowType="${dwc}Occurrence"><files><location>verbatim.txt</location></files><coreid index="0"/></extension></archive>`;
}
const tab = 'fieldsTerminatedBy="\\t" linesTerminatedBy="\\n" fieldsEnclosedBy="" ignoreHeaderLines="1"';

describe("an input is recognised by what it holds:", () => {
  it("a table, whatever its separator, case and order of headers", async () => {
    for (const separator of [",", ";", "|", "\t"]) {
      const header = [
        "Decimal_Longitude",
        "dwc:scientificName",
        `${dwc}decimalLatitude`,
        "unknown thing",
        "EVENTDATE",
      ];
      const path = write(
        `\ufeff${header.join(separator)}\r\n${["-89.5", "Vireo olivaceus", "40", "x", "2020"].join(separator)}\r\n`,
      );
      const input = await detectInput(path);
      expect(input).toMatchObject({
        kind: "text",
        flavour: "table",
        container: "none",
        unused: ["unknown thing"],
        fields: 5,
      });
      const columns = ["scientificname", "decimallatitude", "decimallongitude", "eventdate"];
      expect((await stageRows({ engine, input, columns, folder })).rows).toEqual([
        {
          scientificname: "Vireo olivaceus",
          decimallatitude: 40,
          decimallongitude: -89.5,
          eventdate: "2020-01-01T00:00:00.000Z",
        },
      ]);
    }
  });

  it("a SIMPLE_CSV download, plain, zipped, gzipped", async () => {
    for (const path of [
      write(simple),
      zip([{ name: "0012.csv", content: simple }]),
      write(gzipSync(simple)),
    ]) {
      const input = await detectInput(path);
      expect(input).toMatchObject({
        kind: "text",
        flavour: "simple_csv",
        dialect: { fieldsEnclosedBy: "", fieldsTerminatedBy: "\t" },
      });
      expect(
        (await stageRows({ engine, input, columns: ["gbifid", "decimallatitude"], folder })).rows,
      ).toEqual([{ gbifid: "1", decimallatitude: 40.5 }]);
    }
  });

  it("gzip files joined end to end as one text", async () => {
    const [head, tail] = [simple.slice(0, 40), simple.slice(40)];
    const path = write(Buffer.concat([gzipSync(head), gzipSync(tail)]));
    expect((await stageRows({ engine, input: path, columns: ["gbifid"], folder })).rows).toEqual([
      { gbifid: "1" },
    ]);
  });

  it("a table in UTF-16, with or without its mark", async () => {
    for (const [mark, swap] of [
      ["\ufeff", false],
      ["\ufeff", true],
      ["", false],
      ["", true],
    ] as const) {
      const bytes = Buffer.from(mark + simple.replace("Vireo", "Víreo"), "utf16le");
      if (swap) bytes.swap16();
      expect(
        (await stageRows({ engine, input: write(bytes), columns: ["gbifid", "species"], folder })).rows,
      ).toEqual([{ gbifid: "1", species: "Víreo olivaceus" }]);
    }
  });

  it("a tab-separated table that quotes, and one that does not", async () => {
    const header = "species\tlocality\n";
    const quoted = await detectInput(write(`${header}a\t"said ""no"""\n`));
    const plain = await detectInput(write(`${header}a\t"Big" rock\nb\t"\n`));
    expect(
      [quoted, plain].map((input) => (input.kind === "text" ? input.dialect.fieldsEnclosedBy : null)),
    ).toEqual(['"', ""]);
  });

  it("a zip of Parquet files, staged one after the other", async () => {
    const members: ZipMember[] = [];
    for (const [name, id] of [
      ["000001", 2],
      ["000000", 1],
    ] as const) {
      const path = join(folder, name);
      await engine.run(
        `COPY (SELECT ${id}.0::DOUBLE AS gbifid, 'V' AS species) TO ${literal(path)} (FORMAT parquet)`,
      );
      members.push({ name: `occurrence.parquet/${name}`, content: readFileSync(path), stored: true });
    }
    const input = await detectInput(
      zip([...members, { name: "citation.txt", content: "GBIF.org https://doi.org/10.15468/dl.abc123" }]),
    );
    expect(input).toMatchObject({
      kind: "archive",
      entries: ["occurrence.parquet/000000", "occurrence.parquet/000001"],
    });
    expect(sourceFacts([input]).doi).toBe("10.15468/dl.abc123");
    for (const partBytes of [1e12, 100]) {
      const { rows } = await stageRows({
        engine,
        input,
        columns: ["gbifid", "species", "year"],
        folder,
        partBytes,
      });
      expect(rows).toEqual([
        { gbifid: "1", species: "V", year: null },
        { gbifid: "2", species: "V", year: null },
      ]);
    }
  });
});

describe("a Darwin Core Archive", () => {
  it("is its core alone, as meta.xml says: positions, defaults, quoting, encoding", async () => {
    const fields = `<field index="2" term="${dwc}decimalLatitude"/><field index="1" term="${dwc}scientificName" default="Aves"/>
      <field term="${dwc}countryCode" default="US"/><field index="3" term="http://purl.org/dc/terms/license"/>`;
    const core = `fieldsTerminatedBy="," fieldsEnclosedBy='"' encoding="ISO-8859-1"`;
    const path = zip([
      { name: "verbatim.txt", content: "no\tsuch\tthing\n" },
      { name: "meta.xml", content: meta({ core, fields }) },
      {
        name: "occurrence.txt",
        content: Buffer.from('a1,"Vireo, ol\xedvaceus",40.5,CC0\na2,,,\n', "latin1"),
      },
    ]);
    const columns = ["occurrenceid", "scientificname", "decimallatitude", "countrycode", "license"];
    const { rows, issues } = await stageRows({ engine, input: path, columns, folder });
    expect(rows).toEqual([
      {
        occurrenceid: "a1",
        scientificname: "Vireo, olívaceus",
        decimallatitude: 40.5,
        countrycode: "US",
        license: "CC0",
      },
      { occurrenceid: "a2", scientificname: "Aves", decimallatitude: null, countrycode: "US", license: null },
    ]);
    expect(issues).toEqual([]);
  });

  it("may lie in a folder of its zip, be in zip64, or be unpacked", async () => {
    const text = "id\tscientificName\tlat\na\tVireo\t1\n";
    const members = [
      { name: "download/meta.xml", content: meta({ core: tab }), zip64: true },
      { name: "download/occurrence.txt", content: text, zip64: true },
    ];
    const unpacked = join(folder, "unpacked");
    mkdirSync(unpacked);
    writeFileSync(join(unpacked, "meta.xml"), meta({ core: tab }));
    writeFileSync(join(unpacked, "occurrence.txt"), text);
    writeFileSync(join(unpacked, "verbatim.txt"), text);
    const [core] = await expandInputs(["unpacked"], { cwd: folder });
    for (const path of [zip(members), core ?? ""]) {
      expect(await detectInput(path)).toMatchObject({ flavour: "dwca" });
      expect((await stageRows({ engine, input: path, columns: ["occurrenceid"], folder })).rows).toEqual([
        { occurrenceid: "a" },
      ]);
    }
  });

  it("ends its rows as it declares, or else as it does, which is counted", async () => {
    const crlf = tab.replace('"\\n"', '"\\r\\n"');
    const strict = zip([
      { name: "meta.xml", content: meta({ core: crlf }) },
      { name: "occurrence.txt", content: "id\tname\tlat\r\na\tone\ntwo\t1\r\n" },
    ]);
    const { rows } = await stageRows({ engine, input: strict, columns: ["scientificname"], folder });
    expect(rows).toEqual([{ scientificname: "one\ntwo" }]);
    const wrong = zip([
      { name: "meta.xml", content: meta({ core: crlf }) },
      { name: "occurrence.txt", content: "id\tname\tlat\na\tone\t1\nb\ttwo\t2\n" },
    ]);
    const mended = await stageRows({ engine, input: wrong, columns: ["scientificname"], folder });
    expect(mended.rows.length).toBe(2);
    expect(mended.issues.map(({ code }) => code)).toEqual(["row-ends-undeclared"]);
  });

  it.each([
    ["another core", { rowType: `${dwc}Event` }, "archive-core-not-occurrence"],
    ["a file that is not there", { location: "records.txt" }, "archive-core-missing"],
    ["no file", { location: "" }, "archive-location-wrong"],
    ["an encoding that nobody knows", { core: 'encoding="EBCDIC-37"' }, "encoding-unknown"],
    ["header lines that are no number", { core: 'ignoreHeaderLines="x"' }, "meta-xml-wrong"],
    ["no useful term", { fields: `<field index="1" term="${dwc}sex"/>` }, "input-unrecognised"],
    ["a position that is none", { fields: `<field index="-1" term="${dwc}species"/>` }, "meta-xml-wrong"],
  ] as const)("with %s is refused", async (_what, options, code) => {
    const path = zip([
      { name: "meta.xml", content: meta(options) },
      { name: "occurrence.txt", content: "a\tb\tc\n" },
    ]);
    expect(await codeOf(path)).toBe(code);
  });

  it("expands no entity of its meta.xml", async () => {
    const bomb = `<!DOCTYPE a [<!ENTITY x "occurrence"><!ENTITY y SYSTEM "file:///etc/passwd">]>${meta({ location: "&x;.txt" }).replace('<?xml version="1.0"?>', "")}`;
    expect(
      await codeOf(
        zip([
          { name: "meta.xml", content: bomb },
          { name: "occurrence.txt", content: simple },
        ]),
      ),
    ).toBe("meta-xml-wrong");
  });

  it("with any damage to its meta.xml is read or refused, never more", async () => {
    const good = meta({ core: tab });
    const damage = fc.tuple(fc.nat(good.length), fc.nat(20), fc.string({ maxLength: 5 }));
    await fc.assert(
      fc.asyncProperty(fc.array(damage, { minLength: 1, maxLength: 3 }), async (changes) => {
        const content = changes.reduce(
          (xml, [at, length, text]) => xml.slice(0, at) + text + xml.slice(at + length),
          good,
        );
        await codeOf(
          zip([
            { name: "meta.xml", content },
            { name: "occurrence.txt", content: "a\tb\tc\n1\t2\t3\n" },
          ]),
        );
      }),
      { numRuns: 150 },
    );
  }, 120_000);
});

describe("patterns", () => {
  const at = (name: string): string => join(folder, "data", name);
  beforeAll(() => {
    mkdirSync(at("2026-11-01/occurrence.parquet"), { recursive: true });
    for (const name of ["000001", "000000", "_SUCCESS", ".hidden", ".000000.crc"])
      writeFileSync(at(`2026-11-01/occurrence.parquet/${name}`), "x");
    writeFileSync(
      at("2026-11-01/citation.txt"),
      "GBIF Occurrence Snapshot https://doi.org/10.15468/dl.snap01",
    );
    writeFileSync(at("a.csv"), "x");
    writeFileSync(at("b.csv"), "x");
  });
  const names = (paths: readonly string[]): string[] => paths.map((path) => path.slice(at("").length + 1));

  it("are folders, files and globs; sorted, each file once, nothing that stands beside data", async () => {
    expect(names(await expandInputs(["*.csv", "a.csv", "2026-11-01"], { cwd: at("") }))).toEqual([
      "2026-11-01/occurrence.parquet/000000",
      "2026-11-01/occurrence.parquet/000001",
      "a.csv",
      "b.csv",
    ]);
    expect(names(await expandInputs(["**/0*"], { cwd: at("") }))).toEqual([
      "2026-11-01/occurrence.parquet/000000",
      "2026-11-01/occurrence.parquet/000001",
    ]);
  });

  it("that match nothing are a mistake", async () => {
    await expect(expandInputs(["c*.csv"], { cwd: at("") })).rejects.toMatchObject({
      code: "input-not-found",
    });
    await expect(expandInputs(["missing.zip"], { cwd: at("") })).rejects.toMatchObject({
      code: "input-not-found",
    });
  });

  it("of a snapshot come with its date and citation", async () => {
    await engine.run(
      `COPY (SELECT 'V' AS species) TO ${literal(at("2026-11-01/occurrence.parquet/000000"))} (FORMAT parquet)`,
    );
    const input = await detectInput(at("2026-11-01/occurrence.parquet/000000"));
    expect(sourceFacts([input])).toEqual({
      snapshotDate: "2026-11-01",
      doi: "10.15468/dl.snap01",
      citation: "GBIF Occurrence Snapshot https://doi.org/10.15468/dl.snap01",
    });
  });
});
