/** At least this share of all columns of two files must be in both for them to be one table; Glue uses the same. */
const similarShare = 0.7;

/** Whether two lists of columns are near enough to be one table's, by their names. */
export function isSimilar(
  a: readonly { readonly name: string }[],
  b: readonly { readonly name: string }[],
): boolean {
  const names = new Set(a.map(({ name }) => name.toLowerCase()));
  const others = new Set(b.map(({ name }) => name.toLowerCase()));
  let shared = 0;
  for (const name of others) if (names.has(name)) shared++;
  const all = names.size + others.size - shared;
  return all === 0 || shared / all >= similarShare;
}

/** A file's name without folder and endings: `a/part-0.snappy.parquet` is `part-0`. */
export function stem(uri: string): string {
  const name = uri.split(/[/\\]/).at(-1) ?? uri;
  return name.replace(/(\.(c\d+|snappy|gz|zstd|parquet|parq|pq|csv|tsv|tab|txt))+$/i, "");
}

/** What is left of a stem without the numbers and identifiers that count parts: `part-00001-3f2a…` is `part`. */
export function partStem(uri: string): string {
  return stem(uri)
    .toLowerCase()
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, "")
    .replace(/\d+/g, "")
    .replace(/[-_.\s]+/g, " ")
    .trim();
}
