import type { ObjectEntry, Store } from "../../store/index.ts";
import type { TableFormat } from "../storage-format.ts";

/** A file that holds rows of a table, and how to read it. */
export interface DataFile extends ObjectEntry {
  readonly format: TableFormat;
  /** Of a text file: what stands between its columns. */
  readonly delimiter?: string | undefined;
}

/** What a file beside the data is instead: in a crawl's answer, never a table. */
export interface StrayFile {
  readonly uri: string;
  readonly reason: string;
}

const parquetEnding = /\.(parquet|parq|pq)$/i;
const textEnding = /\.(csv|tsv|tab)(\.gz)?$/i;
/** Endings of what commonly lies beside data; their bytes are not looked at. */
const otherEnding =
  /\.(crc|json|ndjson|geojson|md|html?|xml|zip|gz|yml|yaml|log|pdf|png|jpe?g|svg|ts|js|py|r|sql|shp|shx|dbf|prj|cpg|gpkg|fgb|duckdb|avro|orc)$/i;
const proseName = /(^|[/\\])(citations?|rights|readme|licen[cs]es?|changelog|checksums?|manifest)\.txt$/i;

/** Hive's rule, which Athena, Spark and Glue share: names that begin with `_` or `.` are not data. */
export function isHidden(relativePath: string): boolean {
  return /(^|\/)[_.]/.test(relativePath);
}

/**
 * Says what a file is, by its name where that says it and by its first and last bytes where it does not
 * (snapshot files are called 000000). Reads at most 64 KiB.
 */
export async function recognize(store: Store, file: ObjectEntry): Promise<DataFile | StrayFile> {
  const { uri, bytes } = file;
  if (bytes === 0) return { uri, reason: "is empty" };
  if (parquetEnding.test(uri)) return { ...file, format: "parquet" };
  if (textEnding.test(uri)) return textFile(store, file);
  // The files of a snapshot are called 000000 in a folder occurrence.parquet: thousands, not to be asked one by one.
  if (/\.parquet[/\\][^/\\.]+$/i.test(uri)) return { ...file, format: "parquet" };
  if (otherEnding.test(uri)) return { uri, reason: "is of another kind" };
  if (/\.txt$/i.test(uri)) {
    if (proseName.test(uri)) return { uri, reason: "is prose" };
    const text = await textFile(store, file);
    // A text of one tab separated header is an unpacked Darwin Core Archive's; commas also stand in prose.
    return "format" in text && text.delimiter === "\t"
      ? text
      : { uri, reason: "has no tab separated columns" };
  }
  return (await isParquet(store, file))
    ? { ...file, format: "parquet" }
    : { uri, reason: "is of an unknown kind" };
}

async function isParquet(store: Store, { uri, bytes }: ObjectEntry): Promise<boolean> {
  if (bytes < 12) return false;
  const [head, tail] = await Promise.all([
    store.read(uri, { start: 0, end: 4 }),
    store.read(uri, { start: bytes - 4, end: bytes }),
  ]);
  const magic = Buffer.from("PAR1");
  return magic.equals(head) && magic.equals(tail);
}

async function textFile(store: Store, file: ObjectEntry): Promise<DataFile | StrayFile> {
  const { uri } = file;
  const byName = /\.(tsv|tab)(\.gz)?$/i.test(uri) ? "\t" : undefined;
  if (/\.gz$/i.test(uri)) return { ...file, format: "csv", delimiter: byName ?? "," };
  const start = Buffer.from(await store.read(uri, { start: 0, end: 1 << 16 })).toString("utf8");
  if (start.includes("\0")) return { uri, reason: "is binary, whatever its name says" };
  const [header = ""] = start.replace(/^\uFEFF/, "").split(/\r?\n/, 1);
  return { ...file, format: "csv", delimiter: byName ?? delimiterOf(header) };
}

/** The separator that a header holds most often outside quotes; a comma when it holds none. */
export function delimiterOf(header: string): string {
  const bare = header.replace(/"[^"]*"/g, "");
  const counts = ["\t", ",", ";", "|"].map((mark) => ({ mark, count: bare.split(mark).length - 1 }));
  return counts.reduce((most, one) => (one.count > most.count ? one : most), { mark: ",", count: 0 }).mark;
}
