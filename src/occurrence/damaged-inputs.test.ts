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
import { detectInput, expandInputs, stageText } from "./index.ts";

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

describe("what is none of these is refused with a name for it:", () => {
  const parquet = async (): Promise<Buffer> => {
    const path = join(folder, `p${files++}.parquet`);
    await engine.run(
      `COPY (SELECT i::VARCHAR AS species FROM range(1000) t(i)) TO ${literal(path)} (FORMAT parquet)`,
    );
    return readFileSync(path);
  };
  const good = (): Buffer => makeZip([{ name: "a.csv", content: simple }]);

  it.each<[string, string, () => Buffer | Promise<Buffer>]>([
    ["an empty file", "input-empty", () => Buffer.alloc(0)],
    ["an empty zip", "input-unrecognised", () => makeZip([])],
    ["a zip of pictures", "input-unrecognised", () => makeZip([{ name: "a.jpg", content: "x" }])],
    [
      "a zip of several tables",
      "zip-several-tables",
      () =>
        makeZip([
          { name: "a.csv", content: simple },
          { name: "b.csv", content: simple },
        ]),
    ],
    ["an empty table in a zip", "input-empty", () => makeZip([{ name: "a.csv", content: "" }])],
    [
      "a picture",
      "input-unrecognised",
      () => Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0, 0, 13, 0, 1, 2, 3]),
    ],
    ["a table of other things", "input-unrecognised", () => Buffer.from("name,price\napple,3\n")],
    ["a Parquet file without its end", "parquet-damaged", async () => (await parquet()).subarray(0, 500)],
    [
      "a Parquet file with a damaged footer",
      "parquet-damaged",
      async () => {
        const bytes = await parquet();
        return bytes.fill(0xff, bytes.length - 60, bytes.length - 8);
      },
    ],
    ["a zip without its end", "zip-damaged", () => good().subarray(0, 100)],
    [
      "a zip with its middle missing",
      "zip-damaged",
      () => Buffer.concat([good().subarray(0, 60), good().subarray(90)]),
    ],
    [
      "a zip whose checksum is wrong",
      "zip-damaged",
      () => makeZip([{ name: "a.csv", content: simple, crc32: 1 }]),
    ],
    [
      "a zip that holds more than it declares",
      "zip-damaged",
      () => makeZip([{ name: "a.csv", content: simple.repeat(1000), declaredBytes: 500 }]),
    ],
    [
      "a zip that holds less than it declares",
      "zip-damaged",
      () => makeZip([{ name: "a.csv", content: simple, declaredBytes: 5000 }]),
    ],
    ["an encrypted zip", "zip-encrypted", () => makeZip([{ name: "a.csv", content: simple, flags: 1 }])],
    [
      "a zip compressed by something new",
      "zip-compression-unknown",
      () => makeZip([{ name: "a.csv", content: simple, method: 93 }]),
    ],
    ["a gzip file without its end", "gzip-damaged", () => gzipSync(simple.repeat(100)).subarray(0, -20)],
    [
      "a gzip file whose checksum is wrong",
      "gzip-damaged",
      () => {
        const bytes = gzipSync(simple);
        return bytes.fill(0, bytes.length - 8, bytes.length - 4);
      },
    ],
    ["a header alone", "read", () => Buffer.from(simple.slice(0, simple.indexOf("\n") + 1))],
    [
      "a zip with names that climb out",
      "read",
      () => makeZip([{ name: "../../etc/a.csv", content: simple }]),
    ],
  ])("%s: %s", async (_what, code, content) => {
    expect(await codeOf(write(await content()))).toBe(code);
  });

  it("a folder, and a path where nothing is", async () => {
    expect(await codeOf(folder)).toBe("input-is-folder");
    expect(await codeOf(join(folder, "nothing"))).toBe("input-not-found");
  });

  it("a truncated or altered zip is never read to a wrong end", async () => {
    const whole = makeZip([{ name: "a.csv", content: simple + "2\td\tCorvus\t1\t2\n".repeat(50) }]);
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const bytes = Buffer.from(whole);
        bytes[at] = (bytes[at] as number) ^ change;
        const path = write(bytes, "altered.zip");
        try {
          const { rows } = await stageRows({ engine, input: path, columns: ["gbifid"], folder });
          expect(rows.length).toBe(51);
        } catch (error) {
          expect(error).toBeInstanceOf(UserError);
        }
      }),
      { numRuns: 200 },
    );
  }, 120_000);
});

it("a table whose damage shows only while it is staged leaves no scratch behind", async () => {
  const input = await detectInput(
    zip([{ name: "a.csv", content: simple + "2\td\tCorvus\t1\t2\n".repeat(200_000), crc32: 1 }]),
  );
  if (input.kind !== "text") throw new Error("a text was expected");
  const scratchFolder = join(folder, "scratch");
  mkdirSync(scratchFolder);
  const outPath = (part: number) => join(folder, `broken-${part}.parquet`);
  await expect(
    stageText({ input, columns: ["species"], partBytes: 1e6, outPath, engine, scratchFolder }),
  ).rejects.toThrow("CRC-32");
  expect(await expandInputs([scratchFolder], { cwd: folder }).catch(() => [])).toEqual([]);
});
