/** Licences of GBIF records from the freest to the strictest, by the words that name them. */
const ladder: readonly { readonly name: string; readonly pattern: RegExp }[] = [
  { name: "CC0 1.0", pattern: /cc0|publicdomain|public domain|zero/i },
  { name: "CC BY 4.0", pattern: /cc[_ -]?by([_ -]?\d|$)|licenses\/by\//i },
  { name: "CC BY-NC 4.0", pattern: /by[_ -]nc|noncommercial/i },
];

/**
 * The licence that outputs inherit: the strictest among those seen. One that is not recognised counts as
 * stricter than all, and is returned as it stands. Null where none is stated.
 */
export function strictestLicence(licences: readonly string[]): string | null {
  let strictest = -1;
  for (const licence of licences) {
    if (licence === "not stated") continue;
    const rank = ladder.findIndex(({ pattern }) => pattern.test(licence));
    if (rank < 0) return licence;
    strictest = Math.max(strictest, rank);
  }
  return ladder[strictest]?.name ?? null;
}
