import type { InputOrigin, OccurrenceInput } from "./input.ts";

/**
 * Describes an input in one line for people.
 *
 * @example
 * ```ts
 * import { describeInput } from "bisonflow/occurrence";
 * const input = { kind: "parquet", flavour: "snapshot", path: "000000", bytes: 2048, rows: 10, rowGroups: 1, columns: [], origin: {} } as const;
 * console.log(describeInput(input)); // 000000: Parquet, 10 records, 2.0 KiB
 * ```
 */
export function describeInput(input: OccurrenceInput): string {
  const size = formatBytes(input.bytes);
  if (input.kind === "parquet") {
    const date =
      input.origin.snapshotDate === undefined ? "" : ` of the snapshot of ${input.origin.snapshotDate}`;
    return `${input.path}: Parquet${date}, ${input.rows.toLocaleString("en-US")} records, ${size}`;
  }
  if (input.kind === "archive") {
    return `${input.path}: zip of ${input.entries.length} Parquet ${input.entries.length === 1 ? "file" : "files"}, ${size}`;
  }
  const known = `${input.columns.length} columns known of ${Math.max(input.fields, input.columns.length)}`;
  const packed =
    input.textBytes !== null && input.container !== "none"
      ? ` (${formatBytes(input.textBytes)} of text)`
      : "";
  return `${input.path}: ${kindOf(input)}, ${known}, ${size}${packed}`;
}

function kindOf(input: Extract<OccurrenceInput, { kind: "text" }>): string {
  if (input.flavour === "dwca") return "Darwin Core Archive";
  if (input.flavour === "simple_csv") return "GBIF simple download";
  const names: Record<string, string> = { "\t": "tab", ",": "comma", ";": "semicolon", "|": "bar" };
  return `${names[input.dialect.fieldsTerminatedBy] ?? "otherwise"}-separated text`;
}

function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} bytes`;
  const units = ["KiB", "MiB", "GiB", "TiB"];
  const power = Math.min(units.length, Math.floor(Math.log2(bytes) / 10));
  return `${(bytes / 1024 ** power).toFixed(1)} ${units[power - 1]}`;
}

/**
 * What inputs say of where they come from, put together: DOIs and citations each once, in order, joined by
 * `; `; the latest snapshot date; all licences.
 *
 * @example
 * ```ts
 * import { sourceFacts } from "bisonflow/occurrence";
 * const facts = sourceFacts([{ origin: { doi: "10.15468/dl.abc", licences: ["CC0_1_0"] } }, { origin: {} }]);
 * console.log(facts); // { doi: '10.15468/dl.abc', licences: [ 'CC0_1_0' ] }
 * ```
 */
export function sourceFacts(inputs: readonly { readonly origin: InputOrigin }[]): InputOrigin {
  const each = (read: (origin: InputOrigin) => string | undefined): string[] => [
    ...new Set(inputs.flatMap(({ origin }) => read(origin) ?? [])),
  ];
  const doi = each((origin) => origin.doi);
  const citation = each((origin) => origin.citation);
  const date = each((origin) => origin.snapshotDate)
    .sort()
    .at(-1);
  const licences = [...new Set(inputs.flatMap(({ origin }) => origin.licences ?? []))].sort();
  return {
    ...(doi.length === 0 ? {} : { doi: doi.join("; ") }),
    ...(citation.length === 0 ? {} : { citation: citation.join("; ") }),
    ...(date === undefined ? {} : { snapshotDate: date }),
    ...(licences.length === 0 ? {} : { licences }),
  };
}
