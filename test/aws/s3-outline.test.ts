import { randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { s3Store } from "../../src/aws/s3/index.ts";
import { zipDirectory } from "../../src/aws/s3/zip-outline.ts";
import { localStore, routingStore, type Store } from "../../src/store/index.ts";
import { planInputs } from "../../src/workflow/plan-inputs.ts";
import { makeZip } from "../occurrence/zip-writer.ts";
import { noSharedData, sharedFile, temporaryFolder } from "../support/paths.ts";
import { noMoto, type S3Server, startMoto } from "../support/s3-servers.ts";

const MiB = 1024 * 1024;
const folder = temporaryFolder();
let server: S3Server;
let store: Store;

const header =
  "gbifID\toccurrenceID\tcountryCode\tdecimalLatitude\tdecimalLongitude\tscientificName\tlocality";

/** Some MiB of records whose text does not compress well. */
function records(bytes: number): string {
  const lines = [header];
  const filler = randomBytes(bytes / 2).toString("hex");
  for (let at = 0; at + 900 < filler.length; at += 900) {
    const id = lines.length;
    lines.push(`${id}\tx${id}\tUS\t40.5\t-88.9\tPuma concolor\t${filler.slice(at, at + 900)}`);
  }
  return `${lines.join("\n")}\n`;
}

async function plannedBoth(
  name: string,
): Promise<{ here: unknown; there: unknown; moved: number; bytes: number }> {
  const before = store.traffic?.().bytesRead ?? 0;
  const [there] = await planInputs([`s3://inputs/${name}`], { store, cwd: folder });
  const moved = (store.traffic?.().bytesRead ?? 0) - before;
  const [here] = await planInputs([join(folder, name)], { store, cwd: folder });
  const plain = (planned: typeof here) => ({ ...planned?.input, path: null, bytes: planned?.bytes });
  return { here: plain(here), there: plain(there), moved, bytes: here?.bytes ?? 0 };
}

describe.skipIf(noMoto)(`an input in S3 is recognised ${noMoto || ""}`, () => {
  beforeAll(async () => {
    server = await startMoto();
    await server.makeBucket("inputs");
    const s3 = s3Store(server.access, { stagingFolder: join(folder, "staged") });
    store = routingStore(localStore(), { s3: async () => s3 });
  });
  afterAll(async () => server?.stop());

  const put = async (name: string, content: string | Buffer): Promise<void> => {
    mkdirSync(join(folder, name, ".."), { recursive: true });
    writeFileSync(join(folder, name), content);
    await store.publishFile(join(folder, name), `s3://inputs/${name}`);
  };

  it.each([false, true])("from the ends of a zip, large ones too (zip64: %s)", async (zip64) => {
    const name = `download-${zip64}.zip`;
    await put(
      name,
      makeZip([
        { name: "verbatim.txt", content: randomBytes(3 * MiB), zip64 },
        { name: "occurrence.txt", content: records(6 * MiB), zip64 },
        { name: "citations.txt", content: "Cite this. https://doi.org/10.15468/dl.abc123", zip64 },
        { name: "rights.txt", content: "http://creativecommons.org/licenses/by/4.0/legalcode", zip64 },
        {
          name: "meta.xml",
          content: `<archive xmlns="http://rs.tdwg.org/dwc/text/"><core encoding="UTF-8" fieldsTerminatedBy="\\t" linesTerminatedBy="\\n" fieldsEnclosedBy="" ignoreHeaderLines="1" rowType="http://rs.tdwg.org/dwc/terms/Occurrence"><files><location>occurrence.txt</location></files><id index="0"/>${header
            .split("\t")
            .slice(1)
            .map((term, index) => `<field index="${index + 1}" term="http://rs.tdwg.org/dwc/terms/${term}"/>`)
            .join("")}</core></archive>`,
          zip64,
        },
      ]),
    );
    const { here, there, moved, bytes } = await plannedBoth(name);
    expect(there).toEqual(here);
    expect(there).toMatchObject({ kind: "text", flavour: "dwca", origin: { doi: "10.15468/dl.abc123" } });
    expect(moved).toBeLessThan(bytes / 2);
  });

  it("from the beginning of a text, packed or not", async () => {
    const text = records(5 * MiB);
    await put("plain.tsv", text);
    await put("packed.tsv.gz", gzipSync(text));
    for (const name of ["plain.tsv", "packed.tsv.gz"]) {
      const { here, there, moved, bytes } = await plannedBoth(name);
      expect(there).toEqual(here);
      expect(moved).toBeLessThan(bytes / 2);
    }
  });

  it("as the core of an unpacked archive, by the meta.xml beside it", async () => {
    const base = "unpacked";
    await put(`${base}/occurrence.csv`, "1;40.5;-88.9;Puma concolor\n".repeat(10));
    await put(`${base}/other.csv`, "1;2\n");
    await put(
      `${base}/meta.xml`,
      `<archive xmlns="http://rs.tdwg.org/dwc/text/"><core encoding="UTF-8" fieldsTerminatedBy=";" linesTerminatedBy="\\n" ignoreHeaderLines="0" rowType="http://rs.tdwg.org/dwc/terms/Occurrence"><files><location>occurrence.csv</location></files><id index="0"/><field index="1" term="http://rs.tdwg.org/dwc/terms/decimalLatitude"/><field index="2" term="http://rs.tdwg.org/dwc/terms/decimalLongitude"/><field index="3" term="http://rs.tdwg.org/dwc/terms/scientificName"/></core></archive>`,
    );
    const planned = await planInputs([`s3://inputs/${base}/`], { store, cwd: folder });
    expect(planned.map(({ path }) => path)).toEqual([`s3://inputs/${base}/occurrence.csv`]);
    const { here, there } = await plannedBoth(base);
    expect(there).toEqual(here);
  });

  it("by patterns as on this machine: folders, stars, what stands beside data passed over", async () => {
    for (const name of [
      "a/one.csv",
      "a/two.csv",
      "a/deep/three.csv",
      "b/four.csv",
      "a/_SUCCESS",
      "a/citation.txt",
    ]) {
      await put(`tree/${name}`, `scientificName,decimalLatitude,decimalLongitude\n${name},1,2\n`);
    }
    for (const pattern of [
      "tree/",
      "tree/a",
      "tree/*/*.csv",
      "tree/**/t*.csv",
      "tree/?/one.csv",
      "tree/a/one.csv",
    ]) {
      const names = async (root: string) =>
        (await planInputs([`${root}/${pattern}`], { store, cwd: folder })).map(({ path }) =>
          path.slice(root.length + 1),
        );
      expect(await names("s3://inputs")).toEqual(await names(folder));
    }
    await expect(planInputs(["s3://inputs/tree/*.csv"], { store, cwd: folder })).rejects.toMatchObject({
      code: "input-not-found",
    });
  });

  it("or refused with its own name, when it is damaged", async () => {
    const whole = makeZip([{ name: "occurrence.txt", content: records(3 * MiB) }]);
    await put("damaged.zip", whole.subarray(0, MiB));
    await expect(planInputs(["s3://inputs/damaged.zip"], { store, cwd: folder })).rejects.toThrow(
      /^s3:\/\/inputs\/damaged\.zip: the zip cannot be read/,
    );
    await put("damaged.parquet", Buffer.concat([Buffer.from("PAR1"), randomBytes(MiB), Buffer.from("PAR1")]));
    await expect(planInputs(["s3://inputs/damaged.parquet"], { store, cwd: folder })).rejects.toThrow(
      /^s3:\/\/inputs\/damaged\.parquet: the Parquet file's footer cannot be read/,
    );
  });

  it.skipIf(noSharedData)("real downloads as on this machine", async () => {
    for (const name of [
      "isu-birds.dwca.zip",
      "netherlands.simple-csv.zip",
      "snapshot-schema-2024-03.parquet",
    ]) {
      await store.publishFile(sharedFile(`occurrences/${name}`), `s3://inputs/real/${name}`);
      const [there] = await planInputs([`s3://inputs/real/${name}`], { store, cwd: folder });
      const [here] = await planInputs([sharedFile(`occurrences/${name}`)], { store, cwd: folder });
      expect({ ...there?.input, path: "" }).toEqual({ ...here?.input, path: "" });
    }
  });
});

describe("the directory of a zip", () => {
  it("is found from the end, and nowhere in what is no zip", () => {
    const zip = makeZip([{ name: "a", content: "b" }]);
    const directory = zipDirectory(zip, zip.length);
    expect(zip.toString("latin1", directory?.start, (directory?.start ?? 0) + 4)).toBe("PK\x01\x02");
    // Offsets count from the object's beginning, of which only the end is at hand.
    const more = 1000;
    expect(zipDirectory(zip, zip.length + more)?.start).toBe(directory?.start);
    expect(zipDirectory(large(zip), large(zip).length)).toEqual(directory);
    expect(zipDirectory(Buffer.from("no zip at all"), 13)).toBeUndefined();
    expect(zipDirectory(Buffer.from("PK\x05\x06 cut"), 8)).toBeUndefined();
  });
});

/** The same zip with its end as zips beyond 4 GiB have it. */
function large(zip: Buffer): Buffer {
  const end = Buffer.from(zip.subarray(-22));
  const record = Buffer.alloc(56);
  record.write("PK\x06\x06", "latin1");
  record.writeBigUInt64LE(44n, 4);
  record.writeBigUInt64LE(BigInt(end.readUInt32LE(12)), 40);
  record.writeBigUInt64LE(BigInt(end.readUInt32LE(16)), 48);
  const locator = Buffer.alloc(20);
  locator.write("PK\x06\x07", "latin1");
  locator.writeBigUInt64LE(BigInt(zip.length - 22), 8);
  end.writeUInt32LE(0xffffffff, 12);
  end.writeUInt32LE(0xffffffff, 16);
  return Buffer.concat([zip.subarray(0, -22), record, locator, end]);
}
