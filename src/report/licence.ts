/** What a licence allows, in the words of a report. */
export interface Licence {
  /** Short name, as people say it: CC BY-NC 4.0. */
  readonly name: string;
  /** SPDX identifier; undefined for a licence not known here. */
  readonly spdx: string | undefined;
  readonly url: string | undefined;
  /** A sentence on what whoever uses the records has to do. */
  readonly terms: string;
}

const known: readonly { readonly pattern: RegExp; readonly licence: Licence }[] = [
  {
    pattern: /by[-_/ ]?nc([^a-z]*4|$)/,
    licence: {
      name: "CC BY-NC 4.0",
      spdx: "CC-BY-NC-4.0",
      url: "https://creativecommons.org/licenses/by-nc/4.0/",
      terms: "Use, share and adapt with credit to the source, for non-commercial purposes only.",
    },
  },
  {
    pattern: /cc0|publicdomain|public[-_ ]domain|zero/,
    licence: {
      name: "CC0 1.0",
      spdx: "CC0-1.0",
      url: "https://creativecommons.org/publicdomain/zero/1.0/",
      terms: "Public domain: no conditions; citing the source is good practice.",
    },
  },
  {
    pattern: /(^|[^a-z])by([^a-z]*4|$)/,
    licence: {
      name: "CC BY 4.0",
      spdx: "CC-BY-4.0",
      url: "https://creativecommons.org/licenses/by/4.0/",
      terms: "Use, share and adapt for any purpose, with credit to the source.",
    },
  },
];

/** Recognises the licences of GBIF however they are written (CC_BY_4_0, a URL, CC-BY 4.0); others keep their own words. */
export function describeLicence(text: string): Licence {
  const lower = text.toLowerCase();
  const found = known.find(({ pattern }) => pattern.test(lower));
  if (found !== undefined) return found.licence;
  const blank = /^(unspecified|unsupported|none|null|)$/.test(lower.trim());
  return {
    name: blank ? "No licence stated" : text,
    spdx: undefined,
    url: /^https?:\/\//.test(text) ? text : undefined,
    terms: blank
      ? "Nothing is said about use: ask the publisher before you pass it on."
      : "See the licence's own text for what it asks.",
  };
}
