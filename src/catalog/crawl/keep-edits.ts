import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import type { Column, Table } from "../catalog.ts";
import { linkedInputFormat } from "../storage-format.ts";
import { crawlerName } from "./describe-table.ts";

/** A column, or the format, in which the catalog's record and the files disagree. */
export interface Difference {
  /** Its name; `(format)` where the way of reading the files is meant. */
  readonly column: string;
  /** Undefined where the record lacks it. */
  readonly inCatalog: string | undefined;
  /** Undefined where the files lack it. */
  readonly inFiles: string | undefined;
  /** The record stays as people wrote it; otherwise it now says what the files do. */
  readonly isKept: boolean;
}

/** Parameter in which a crawl notes the columns and format it wrote, to tell them from what people made of them. */
export const writtenParameter = "bisonflow_schema";

const written = z.strictObject({
  columns: z.array(z.tuple([z.string(), z.string()])),
  keys: z.array(z.tuple([z.string(), z.string()])),
  format: z.string(),
});
type Written = z.output<typeof written>;

/** What a crawl notes of the table it writes. */
export function writtenText(table: Table): string {
  return JSON.stringify(schemaOf(table));
}

/**
 * Brings a table as the files have it together with the record in the catalog. Descriptions, comments and
 * parameters stay as people wrote them, and so do columns and the format where people changed what the last crawl
 * wrote (or where no crawl of ours wrote it), unless `overwrite`; the rest follows the files. Every
 * disagreement is told.
 */
export function keepEdits(
  found: Table,
  before: Table,
  options: { overwrite: boolean },
): { table: Table; differences: Difference[] } {
  const base = options.overwrite ? schemaOf(before) : lastWritten(before);
  const [theirs, ours] = [schemaOf(before), schemaOf(found)];
  const differences: Difference[] = [];
  // A list of files and the files themselves are never read alike: where the location holds now the one and now
  // the other, the format goes with it.
  const keepsFormat =
    (base === undefined || base.format !== theirs.format) && isLinked(before) === isLinked(found);
  if (theirs.format !== ours.format) {
    const [inCatalog, inFiles] = [formatName(before), formatName(found)];
    differences.push({ column: "(format)", inCatalog, inFiles, isKept: keepsFormat });
  }
  const merge = (of: "columns" | "keys", mayDiffer: boolean): Map<string, string> => {
    const [base_, theirs_, ours_] = [base?.[of], theirs[of], ours[of]].map((some) => new Map(some));
    const names = new Set([...(ours_?.keys() ?? []), ...(theirs_?.keys() ?? [])]);
    const merged = new Map<string, string>();
    for (const name of names) {
      const [was, inCatalog, inFiles] = [base_?.get(name), theirs_?.get(name), ours_?.get(name)];
      const isKept = mayDiffer && (base === undefined || inCatalog !== was);
      if (inCatalog !== inFiles) differences.push({ column: name, inCatalog, inFiles, isKept });
      const type = isKept ? inCatalog : inFiles;
      if (type !== undefined) merged.set(name, type);
    }
    return merged;
  };
  const columns = merge("columns", true);
  // Partitions follow the folders: with other keys than theirs none could be found.
  const keys = merge("keys", isDeepStrictEqual(namesOf(theirs.keys), namesOf(ours.keys)));
  // Columns of text have no names in the files, only places: an edited list stays whole.
  const isPlaced = found.Parameters.classification === "csv";
  const isEdited = differences.some(({ isKept }) => isKept);
  const keepsOrder = isPlaced && isEdited;
  const comments = new Map(
    [...before.StorageDescriptor.Columns, ...before.PartitionKeys].map(({ Name, Comment }) => [
      Name,
      Comment,
    ]),
  );
  const record = ([Name, Type]: readonly [string, string]): Column => ({
    Name,
    Type,
    Comment: comments.get(Name),
  });
  const format = keepsFormat ? before.StorageDescriptor : found.StorageDescriptor;
  const table: Table = {
    ...found,
    Description: before.Description,
    TableType: found.TableType,
    Parameters: {
      ...kept(before.Parameters),
      ...found.Parameters,
      // A table that somebody else made stays theirs, so that no crawl of ours removes it.
      ...(options.overwrite || isOurs(before)
        ? {}
        : { UPDATED_BY_CRAWLER: before.Parameters.UPDATED_BY_CRAWLER ?? "" }),
      // What the files say now is the base that the next crawl compares with.
      [writtenParameter]: writtenText(found),
    },
    StorageDescriptor: {
      ...found.StorageDescriptor,
      InputFormat: format.InputFormat,
      OutputFormat: format.OutputFormat,
      SerdeInfo: format.SerdeInfo,
      Columns: (keepsOrder ? theirs.columns : [...columns]).map(record),
    },
    PartitionKeys: ours.keys.map(([name, type]) => record([name, keys.get(name) ?? type])),
  };
  return { table: withoutBlanks(table), differences };
}

/** Whether a table is one that a crawl of ours made. */
export function isOurs(table: Table): boolean {
  return table.Parameters.UPDATED_BY_CRAWLER === crawlerName;
}

/** Whether a table's location holds lists of its files. */
export function isLinked(table: Table): boolean {
  return table.StorageDescriptor.InputFormat === linkedInputFormat;
}

/** What the last crawl wrote; undefined where none did, so that all that stands there is somebody's. */
function lastWritten(before: Table): Written | undefined {
  const text = before.Parameters[writtenParameter];
  // Tables of crawls before there was this note: taken as they were written.
  if (text === undefined) return isOurs(before) ? schemaOf(before) : undefined;
  const parsed = written.safeParse(jsonOf(text));
  return parsed.success ? parsed.data : undefined;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function schemaOf({ StorageDescriptor, PartitionKeys }: Table): Written {
  const pair = ({ Name, Type }: Column): [string, string] => [Name, Type];
  const { InputFormat, OutputFormat, SerdeInfo } = StorageDescriptor;
  const settings = Object.entries(SerdeInfo.Parameters).sort();
  return {
    columns: StorageDescriptor.Columns.map(pair),
    keys: PartitionKeys.map(pair),
    format: JSON.stringify([InputFormat, OutputFormat, SerdeInfo.SerializationLibrary, settings]),
  };
}

function formatName({ StorageDescriptor: { InputFormat, SerdeInfo } }: Table): string {
  const last = (name: string): string => name.slice(name.lastIndexOf(".") + 1);
  return `${last(SerdeInfo.SerializationLibrary)} over ${last(InputFormat)} ${JSON.stringify(SerdeInfo.Parameters)}`;
}

/** Parameters that a crawl sets at times: not set now, they are no longer so. */
const sometimes = new Set([
  "exclusions",
  "geoparquet",
  "delimiter",
  "skip.header.line.count",
  "columnsOrdered",
  "areColumnsQuoted",
  "recordCountIsEstimate",
  "bisonflow_source",
]);

function kept(parameters: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(parameters).filter(([name]) => !sometimes.has(name)));
}

function namesOf(pairs: readonly (readonly [string, string])[]): string[] {
  return pairs.map(([name]) => name);
}

function withoutBlanks(table: Table): Table {
  const Parameters = { ...table.Parameters };
  if (Parameters.UPDATED_BY_CRAWLER === "") delete Parameters.UPDATED_BY_CRAWLER;
  return { ...table, Parameters };
}
