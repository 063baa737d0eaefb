import { type IssueCounter, UserError } from "../trouble/index.ts";
import { parseArchiveMeta } from "./archive-meta.ts";
import { readText } from "./decode-text.ts";
import { type DelimitedLayout, guessLayout } from "./delimited-layout.ts";
import { delimitedRows } from "./delimited-rows.ts";
import { openSourceFiles, type SourceFiles } from "./source-files.ts";
import type { Taxon } from "./taxon.ts";
import { isSimpleBackbone, simpleBackboneRow, type TaxonOfRow, taxonColumns } from "./taxon-columns.ts";

/**
 * Reads a local taxonomy, taxon by taxon, in constant memory; every loop over the answer reads the file anew.
 *
 * Read are: GBIF's backbone (`Taxon.tsv`, `simple.txt`, `simple.txt.gz`, `backbone.zip`), any Darwin Core Archive of
 * taxa as zip or folder, the Catalogue of Life as Darwin Core or ColDP, and CSV or TSV with Darwin Core headers.
 *
 * @param options.issues counts the rows without an id or a name, which are left out (`taxon-incomplete`)
 * @throws UserError `taxonomy-unknown` for a file that is none of these
 * @example
 * ```ts
 * import { writeFile } from "node:fs/promises";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { readTaxonomy } from "bisonflow/register";
 * const path = join(tmpdir(), "bisonflow-example-taxa.tsv");
 * await writeFile(path, "taxonID\tscientificName\ttaxonRank\n2489005\tAcridotheres tristis (Linnaeus, 1766)\tspecies\n");
 * for await (const taxon of readTaxonomy(path)) console.log(taxon.taxonKey, taxon.rank); // 2489005 species
 * ```
 */
export function readTaxonomy(path: string, options: { issues?: IssueCounter } = {}): AsyncIterable<Taxon> {
  return { [Symbol.asyncIterator]: () => taxaOf(path, options.issues) };
}

interface TaxonFile {
  readonly name: string;
  /** Null where the first row has to tell. */
  readonly layout: DelimitedLayout | null;
  readonly header: readonly string[] | null;
  readonly skip: number;
}

async function* taxaOf(path: string, issues: IssueCounter | undefined): AsyncGenerator<Taxon> {
  const files = await openSourceFiles(path);
  try {
    for (const file of await taxonFiles(files)) yield* taxaOfFile(files, file, issues);
  } catch (cause) {
    if (cause instanceof UserError || !(cause instanceof Error)) throw cause;
    const code = (cause as NodeJS.ErrnoException).code ?? "";
    if (
      !code.startsWith("Z_") &&
      !code.startsWith("CSV_") &&
      !/row within|zip|invalid|unexpected/i.test(cause.message)
    )
      throw cause;
    throw new UserError({
      code: "taxonomy-damaged",
      message: `${path}: the taxonomy cannot be read to its end (${cause.message}).`,
      hint: "It may be cut short: copy or download it again.",
      cause,
    });
  } finally {
    files.close();
  }
}

async function taxonFiles(files: SourceFiles): Promise<TaxonFile[]> {
  const meta = files.names.find((name) => /(^|\/)meta\.xml$/i.test(name));
  if (meta !== undefined) {
    const { text } = await readText(await files.open(meta), files.path);
    const core = parseArchiveMeta(text, files.path).find((table) => table.core);
    const folder = meta.slice(0, -"meta.xml".length);
    const there = (core?.files ?? []).filter((name) => files.names.includes(folder + name));
    if (core !== undefined && there.length > 0) {
      const header = Array.from(core.columns, (column) => column ?? "");
      return there.map((name) => ({
        name: folder + name,
        layout: core.layout,
        header,
        skip: core.headerRows,
      }));
    }
  }
  const guessed = (name: string): TaxonFile => ({ name, layout: null, header: null, skip: 0 });
  if (files.names.length === 1) return files.names.map(guessed);
  const named = files.names.find((name) =>
    /(^|\/)(taxon|taxa|nameusage|simple)\.(tsv|txt|csv)(\.gz)?$/i.test(name),
  );
  if (named !== undefined) return [guessed(named)];
  throw notATaxonomy(files.path, `it holds ${files.names.slice(0, 8).join(", ")}`);
}

async function* taxaOfFile(
  files: SourceFiles,
  file: TaxonFile,
  issues: IssueCounter | undefined,
): AsyncGenerator<Taxon> {
  const layout = file.layout ?? guessLayout(await headOf(files, file.name));
  let read: TaxonOfRow | null = file.header === null ? null : taxonColumns(file.header);
  let skip = file.skip;
  let row = 0;
  for await (const batch of delimitedRows(await files.open(file.name), layout)) {
    for (const fields of batch) {
      row++;
      if (skip > 0) {
        skip--;
        continue;
      }
      if (read === null) {
        read = isSimpleBackbone(fields) ? simpleBackboneRow : taxonColumns(fields);
        if (read === null)
          throw notATaxonomy(files.path, `its columns are ${fields.slice(0, 12).join(", ")}`);
        if (read !== simpleBackboneRow) continue;
      }
      if (fields.length === 1 && fields[0] === "") continue;
      const taxon = read(fields);
      if (taxon !== null) yield taxon;
      else issues?.add("taxon-incomplete", `${file.name}, row ${row}: no id or no name`);
    }
  }
}

async function headOf(files: SourceFiles, name: string): Promise<string> {
  const stream = await files.open(name);
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > 65_536) break;
  }
  return Buffer.concat(chunks).toString("utf8");
}

function notATaxonomy(path: string, seen: string): UserError {
  return new UserError({
    code: "taxonomy-unknown",
    message: `${path}: not a table of taxa: ${seen}. Accepted: a Darwin Core Archive of taxa, GBIF's Taxon.tsv or simple.txt(.gz), or CSV or TSV with taxonID and scientificName.`,
    hint: "Give the backbone file as GBIF publishes it, or a table with Darwin Core headers.",
  });
}
