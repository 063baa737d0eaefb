import { open, stat } from "node:fs/promises";
import { type Engine, identifier, literal, parquetScan } from "../../engine/index.ts";
import { describeSystemError } from "../../store/index.ts";
import { UserError } from "../../trouble/index.ts";

/** A table of the user's, ready to select from. */
export interface OpenTable {
  readonly kind: "parquet" | "text" | "json";
  /** What stands after FROM. */
  readonly relation: string;
  readonly columns: readonly { readonly name: string; readonly type: string }[];
}

const accepted = "Accepted are CSV and TSV (also .gz), Parquet and GeoParquet, and JSON lines.";

/**
 * Opens a table of one file: its kind is found by content, then by name. Columns of a text file are text; in a
 * JSON file only numbers, booleans, lists and objects are more than text.
 */
export async function openTable(engine: Engine, path: string): Promise<OpenTable> {
  const head = await readHead(path);
  const name = path.toLowerCase().replace(/\.(gz|zst)$/, "");
  if (head.subarray(0, 4).toString("latin1") === "PAR1") {
    const relation = parquetScan(path);
    return { kind: "parquet", relation, columns: await describe(engine, path, relation) };
  }
  if (head.subarray(0, 2).toString("latin1") === "PK") {
    throw refusal(
      path,
      "is a zip archive",
      "Unpack it first; `bisonflow run` reads GBIF's zips as they are.",
    );
  }
  if (head.length === 0) throw refusal(path, "is empty", accepted);
  const compressed = name !== path.toLowerCase();
  const text = compressed ? "" : decode(head);
  if (/^\s*[{[]/.test(text) || /\.(jsonl|ndjson|json|geojson)$/.test(name)) {
    if (/"type"\s*:\s*"FeatureCollection"/.test(text)) {
      throw refusal(
        path,
        "is GeoJSON",
        "Give polygons with --layer; turn points into a table with longitude and latitude first.",
      );
    }
    return openJson(engine, path);
  }
  if (!compressed && head.includes(0) && !text.includes(",") && !text.includes("\t")) {
    throw refusal(path, "is no table that bisonflow knows", accepted);
  }
  const relation = textScan(path, delimiterOf(text, name), text);
  return { kind: "text", relation, columns: await describe(engine, path, relation) };
}

/**
 * SQL that reads a text file with a header, every column as text. Short rows are padded with nulls; a row that
 * is too long is an error. Tab separated files have no quoting unless their beginning shows that they do.
 */
function textScan(path: string, delimiter: string | undefined, text: string): string {
  const quoted = delimiter !== "\t" || quotesFields(text);
  const options = [
    "header = true",
    "all_varchar = true",
    "null_padding = true",
    // Line breaks within quotes and padded rows together need one reader.
    "parallel = false",
    ...(delimiter === undefined ? [] : [`delim = ${literal(delimiter)}`]),
    quoted ? `quote = '"', escape = '"'` : "quote = '', escape = ''",
    ...(text.includes("\0") ? ["encoding = 'utf-16'"] : []),
  ];
  return `read_csv(${literal(path)}, ${options.join(", ")})`;
}

/** True where fields that begin with a quotation mark also end with one. */
function quotesFields(text: string): boolean {
  const fields = text
    .split(/[\t\r\n]+/)
    .slice(0, -1)
    .filter((field) => field.startsWith('"'));
  return fields.length > 0 && fields.every((field) => field.length > 1 && field.endsWith('"'));
}

/** The separator that stands most often in the first line; undefined for a packed file, whose text is not at hand. */
function delimiterOf(text: string, name: string): string | undefined {
  if (/\.(tsv|tab)$/.test(name)) return "\t";
  if (text === "") return undefined;
  const line = (/^[^\r\n]*/.exec(text)?.[0] ?? "").replace(/"[^"]*"/g, "");
  const times = (character: string): number => line.split(character).length;
  return ["\t", ";", "|", ","].reduce(
    (best, character) => (times(character) > times(best) ? character : best),
    ",",
  );
}

async function openJson(engine: Engine, path: string): Promise<OpenTable> {
  // Formats that nothing has: what looks like a date or a time stays the text that it is.
  const as = "sample_size = -1, dateformat = '%Y!', timestampformat = '%Y!'";
  const found = await describe(engine, path, `read_json(${literal(path)}, ${as})`);
  const columns = found.map(({ name, type }) => ({
    name,
    type: /^(UUID|TIME)$/.test(type) ? "VARCHAR" : type,
  }));
  const types = columns.map(({ name, type }) => `${identifier(name)}: ${literal(type)}`);
  const relation = `read_json(${literal(path)}, columns = {${types.join(", ")}}, dateformat = '%Y!', timestampformat = '%Y!')`;
  return { kind: "json", relation, columns };
}

async function describe(engine: Engine, path: string, relation: string): Promise<OpenTable["columns"]> {
  try {
    return await engine.columns(`SELECT * FROM ${relation}`);
  } catch (error) {
    throw unreadable(error, path);
  }
}

/** What DuckDB says of a file that it cannot read, as a mistake to mend; other errors as they are. */
export function unreadable(error: unknown, path: string): unknown {
  if (!(error instanceof Error) || error instanceof UserError) return error;
  const invalid = /^(Invalid Input|Conversion|IO|TransactionContext|Serialization) Error/i.test(
    error.message,
  );
  const about = /CSV|Parquet|JSON|Snappy|ZSTD|GZIP|thrift|magic|corrupt|malformed|encod|UTF/i.test(
    error.message,
  );
  if (!invalid || !about) return error;
  const [seen = ""] = error.message.replace(/^[A-Za-z ]+ Error: /, "").split("\n\n", 1);
  const words = seen
    .split("\n")
    .filter((line) => !/^(Possible|\* )/.test(line))
    .slice(0, 4)
    .join(" ");
  return new UserError({
    code: "table-unreadable",
    message: `${path}: ${words.trim()}`,
    hint: /UTF|encod/i.test(seen) ? "Save the file as UTF-8." : `Mend the file where it says. ${accepted}`,
    cause: error,
  });
}

async function readHead(path: string): Promise<Buffer> {
  try {
    if ((await stat(path)).isDirectory())
      throw refusal(path, "is a folder", "Give one file. `bisonflow run` reads folders.");
    const file = await open(path, "r");
    try {
      const buffer = Buffer.alloc(1 << 17);
      const { bytesRead } = await file.read(buffer, 0, buffer.length, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw describeSystemError(error, path) ?? error;
  }
}

function decode(head: Buffer): string {
  const utf16 = head[0] === 0xff && head[1] === 0xfe;
  return utf16 ? `${head.toString("utf16le")}\0` : head.toString("utf8").replace(/^\uFEFF/, "");
}

function refusal(path: string, seen: string, hint: string): UserError {
  return new UserError({ code: "table-not-accepted", message: `${path} ${seen}.`, hint });
}
