import { open, readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type Engine, openEngine } from "../engine/index.ts";
import { UserError } from "../trouble/index.ts";
import { accepted, checkRecognised } from "./accepted.ts";
import { detectCore, detectTable, type TextToDetect } from "./detect-text.ts";
import { detectZip, occurrenceLocation } from "./detect-zip.ts";
import type { InputOrigin, OccurrenceInput, ParquetInput } from "./input.ts";
import { matchColumns } from "./match-column.ts";
import { parseMetaXml } from "./meta-xml.ts";
import { originOf, snapshotDateOf } from "./origin.ts";
import { readParquetMetadata } from "./parquet-metadata.ts";

/**
 * Recognises an input by what it holds, not by its name, from metadata alone: a Parquet footer, a zip's
 * directory and meta.xml, a header line. Throws a UserError that says what was seen and what is accepted.
 *
 * `engine` reads Parquet footers; give one where many files are recognised.
 *
 * @example
 * ```ts
 * import { mkdtemp, writeFile } from "node:fs/promises";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { describeInput, detectInput } from "bisonflow/occurrence";
 * const path = join(await mkdtemp(join(tmpdir(), "detect-")), "birds.csv");
 * await writeFile(path, "dwc:scientificName,Decimal Latitude,decimallongitude\nVireo olivaceus,40.5,-89\n");
 * const input = await detectInput(path);
 * console.log(input.kind, input.flavour); // text table
 * console.log(describeInput(input).replace(path, "birds.csv")); // birds.csv: comma-separated text, 3 columns known of 3, 78 bytes
 * ```
 */
export async function detectInput(path: string, options: { engine?: Engine } = {}): Promise<OccurrenceInput> {
  const { head, tail, bytes } = await readEnds(path);
  const magic = head.toString("latin1");
  if (magic === "PAR1" || magic === "PARE" || /\.(parquet|pq)$/i.test(path)) {
    if (magic === "PAR1" && tail.toString("latin1") === "PAR1")
      return detectParquet(path, bytes, options.engine);
    throw new UserError({
      code: magic === "PARE" ? "parquet-encrypted" : "parquet-damaged",
      message: `${path}: ${magic === "PARE" ? "the Parquet file is encrypted" : "no whole Parquet file: it does not begin and end with PAR1"}.`,
      hint:
        magic === "PARE"
          ? "Give an unencrypted file."
          : "It is truncated or something else: download or copy it again.",
    });
  }
  if (magic === "PK\x03\x04" || magic === "PK\x05\x06" || /\.zip$/i.test(path)) return detectZip(path, bytes);
  const gzip = head[0] === 0x1f && head[1] === 0x8b;
  const source: TextToDetect = {
    container: gzip ? "gzip" : "none",
    path,
    entry: null,
    bytes,
    textBytes: gzip ? null : bytes,
    origin: await originBeside(path),
  };
  if (!gzip) {
    const core = await coreBeside(path);
    if (core !== null) return detectCore(source, core);
  }
  return detectTable(source);
}

async function readEnds(path: string): Promise<{ head: Buffer; tail: Buffer; bytes: number }> {
  try {
    const facts = await stat(path);
    if (facts.isDirectory()) {
      throw new UserError({
        code: "input-is-folder",
        message: `${path}: a folder, where a file is expected.`,
        hint: "Name the folder among the inputs: its files are found by themselves.",
      });
    }
    const file = await open(path, "r");
    try {
      const bytes = facts.size;
      const size = Math.min(4, bytes);
      const head = Buffer.alloc(size);
      const tail = Buffer.alloc(size);
      await file.read(head, 0, size, 0);
      await file.read(tail, 0, size, bytes - size);
      if (bytes === 0) {
        throw new UserError({ code: "input-empty", message: `${path}: the file is empty.`, hint: accepted });
      }
      return { head, tail, bytes };
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof UserError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    throw new UserError({
      code: code === "ENOENT" ? "input-not-found" : "input-unreadable",
      message: `${path}: ${code === "ENOENT" ? "no such file" : `cannot be read: ${message}`}.`,
      hint: "Check the path, and that you may read it.",
      cause: error,
    });
  }
}

async function detectParquet(path: string, bytes: number, given: Engine | undefined): Promise<ParquetInput> {
  const engine = given ?? (await openEngine());
  try {
    const { rows, rowGroups, columns } = await readParquetMetadata(engine, path);
    const wrapped = columns.some(({ type }) => type.includes("array_element"));
    checkColumns(path, columns);
    const flavour = wrapped ? "simple_parquet" : "snapshot";
    return {
      kind: "parquet",
      flavour,
      path,
      bytes,
      rows,
      rowGroups,
      columns,
      origin: await originBeside(path),
    };
  } finally {
    if (given === undefined) engine.close();
  }
}

function checkColumns(path: string, columns: readonly { readonly name: string }[]): void {
  const names = matchColumns(
    columns.map(({ name }) => name),
    { aliases: true },
  ).columns;
  checkRecognised(
    path,
    names,
    columns.map(({ name }) => name),
  );
}

/** What citation.txt and rights.txt beside a file, or above its folder, say; the date of its snapshot. */
async function originBeside(path: string): Promise<InputOrigin> {
  const folder = dirname(path);
  const read = async (names: readonly string[]): Promise<string | undefined> => {
    for (const place of [folder, dirname(folder)]) {
      for (const name of names) {
        const text = await readFile(join(place, name), "utf8").catch(() => undefined);
        if (text !== undefined) return text;
      }
    }
    return undefined;
  };
  const citation = await read(["citation.txt", "citations.txt"]);
  const rights = await readFile(join(folder, "rights.txt"), "utf8").catch(() => undefined);
  const snapshotDate = snapshotDateOf(folder);
  return {
    ...originOf({
      ...(citation === undefined ? {} : { citation }),
      ...(rights === undefined ? {} : { rights }),
    }),
    ...(snapshotDate === null ? {} : { snapshotDate }),
  };
}

/** The core of an unpacked Darwin Core Archive, where the file is it. */
async function coreBeside(path: string): Promise<ReturnType<typeof parseMetaXml>["core"] | null> {
  const folder = dirname(path);
  const xml = await readFile(join(folder, "meta.xml"), "utf8").catch(() => null);
  if (xml === null) return null;
  const { core } = parseMetaXml(xml, folder);
  return join(folder, occurrenceLocation(core, folder)) === path ? core : null;
}
