// White space as Unicode knows it, zero-width marks, and the byte order mark that some exports repeat inside a file.
const odd = /[\s\u00a0\u0085\u200b-\u200f\u2028\u2029\u202f\u2060\ufeff]+/g;

// What most fields are, and what needs no tidying: printable ASCII without spaces at the ends or in a row.
const plain = /^[!-~]+(?: [!-~]+)*$/;

/** Composes letters, turns every run of white space (no-break, zero-width, line ends) into one space and trims. */
export function tidy(text: string): string {
  if (plain.test(text)) return text;
  return text.normalize("NFC").replace(odd, " ").trim();
}

/** Tidied text, or null where nothing is left or the field says null as GBIF's text files do (`\N`). */
export function tidyOrNull(text: string | undefined | null): string | null {
  if (text === undefined || text === null || text === "") return null;
  const tidied = tidy(text);
  return tidied === "" || tidied === "\\N" ? null : tidied;
}

/** A column's name with nothing but its letters and digits, so that `GBIF taxonKey` and `GBIF_taxonKey` are one. */
export function columnKey(header: string): string {
  const local = header.includes("/") ? header.slice(header.lastIndexOf("/") + 1) : header;
  return local
    .toLowerCase()
    .replace(/^[a-z]+:/, "")
    .replace(/[^a-z0-9]/g, "");
}

/** Letters without their marks and ligatures, in lower case: what two spellings of a name share. */
export function fold(text: string): string {
  return text
    .normalize("NFD")
    .replace(/\p{M}+/gu, "")
    .toLowerCase()
    .replace(/æ/g, "ae")
    .replace(/œ/g, "oe")
    .replace(/ø/g, "o")
    .replace(/ł/g, "l")
    .replace(/đ/g, "d")
    .replace(/ß/g, "ss")
    .replace(/ı/g, "i");
}
