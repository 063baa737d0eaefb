/** A column as a file has it, its type in DuckDB's spelling. */
export interface FileColumn {
  readonly name: string;
  readonly type: string;
}

/** Files of one table that differ from what most of its files look like. */
export interface Drift {
  /** The first of them, by name. */
  readonly file: string;
  /** How many files differ in just this way. */
  readonly files: number;
  readonly added: readonly FileColumn[];
  readonly removed: readonly FileColumn[];
  readonly changed: readonly { readonly name: string; readonly usual: string; readonly seen: string }[];
}

/**
 * One schema for the files of a table: the columns of the schema that most files have (of two, the one that comes
 * first), then those that others add, each with the narrowest type that holds every file's values; where no
 * type but text does, text.
 */
export function mergeSchemas(
  files: readonly { readonly uri: string; readonly columns: readonly FileColumn[] }[],
): {
  columns: FileColumn[];
  drift: Drift[];
} {
  const kinds = new Map<string, { columns: readonly FileColumn[]; uris: string[] }>();
  for (const { uri, columns } of files) {
    const key = JSON.stringify(columns.map(({ name, type }) => [name.toLowerCase(), type]).sort());
    const kind = kinds.get(key);
    if (kind === undefined) kinds.set(key, { columns, uris: [uri] });
    else kind.uris.push(uri);
  }
  const [usual, ...others] = [...kinds.values()].sort((a, b) => b.uris.length - a.uris.length);
  const merged = new Map<string, FileColumn>();
  const drift: Drift[] = [];
  for (const { name, type } of usual?.columns ?? []) merged.set(name.toLowerCase(), { name, type });
  const reference = new Map(merged);
  for (const { columns, uris } of others) {
    const here = new Map(columns.map((column) => [column.name.toLowerCase(), column]));
    for (const [key, column] of here) {
      const known = merged.get(key);
      merged.set(
        key,
        known === undefined ? column : { name: known.name, type: widest(known.type, column.type) },
      );
    }
    drift.push({
      file: uris[0] ?? "",
      files: uris.length,
      added: [...here].filter(([key]) => !reference.has(key)).map(([, column]) => column),
      removed: [...reference].filter(([key]) => !here.has(key)).map(([, column]) => column),
      changed: [...here].flatMap(([key, { name, type }]) => {
        const wanted = reference.get(key);
        return wanted === undefined || wanted.type === type ? [] : [{ name, usual: wanted.type, seen: type }];
      }),
    });
  }
  return { columns: [...merged.values()], drift };
}

const integers = [
  "TINYINT",
  "UTINYINT",
  "SMALLINT",
  "USMALLINT",
  "INTEGER",
  "UINTEGER",
  "BIGINT",
  "UBIGINT",
  "HUGEINT",
];

/** The narrowest DuckDB type that holds the values of both. */
export function widest(a: string, b: string): string {
  if (a === b) return a;
  if (a.endsWith("[]") || b.endsWith("[]"))
    return `${widest(a.replace(/\[\]$/, ""), b.replace(/\[\]$/, ""))}[]`;
  const [i, j] = [integers.indexOf(a), integers.indexOf(b)];
  if (i >= 0 && j >= 0) {
    const wider = integers[Math.max(i, j)] ?? "HUGEINT";
    const isMixed = a.startsWith("U") !== b.startsWith("U");
    // The wider one unsigned cannot hold a negative: the next signed one can.
    return isMixed && wider.startsWith("U") ? (integers[Math.max(i, j) + 1] ?? "HUGEINT") : wider;
  }
  const isNumber = (type: string, index: number) => index >= 0 || /^(FLOAT|DOUBLE|DECIMAL)/.test(type);
  if (isNumber(a, i) && isNumber(b, j)) return "DOUBLE";
  const isTime = (type: string) => type === "DATE" || type.startsWith("TIMESTAMP");
  if (isTime(a) && isTime(b))
    return a.includes("ZONE") || b.includes("ZONE") ? "TIMESTAMP WITH TIME ZONE" : "TIMESTAMP";
  return "VARCHAR";
}
