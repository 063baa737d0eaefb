import type { InputOrigin } from "./input.ts";

const doiPattern = /\b10\.\d{4,9}\/[-._;()/:a-z0-9]*[a-z0-9]/i;

/** The licence that a text names, as GBIF writes it in records; null where it names none of them. */
export function licenceOf(text: string): string | null {
  if (/publicdomain\/zero|\bCC0\b/i.test(text)) return "CC0_1_0";
  if (/licenses\/by-nc\/|\bCC[ _-]BY[ _-]NC\b/i.test(text)) return "CC_BY_NC_4_0";
  if (/licenses\/by\/|\bCC[ _-]BY\b/i.test(text)) return "CC_BY_4_0";
  return null;
}

/** What citation.txt, rights.txt and the like say of where records come from. */
export function originOf(texts: { citation?: string; rights?: string; metadata?: string }): InputOrigin {
  const { citation, rights, metadata } = texts;
  const said = citation ?? "";
  const xml = metadata ?? "";
  const cited = citation === undefined ? elementText(xml, "citation") : firstParagraph(said);
  const identifier = [...xml.matchAll(/<alternateIdentifier[^>]*>([^<]*)</g)].map(
    (match) => doiPattern.exec(match[1] ?? "")?.[0],
  );
  const doi =
    doiPattern.exec(said)?.[0] ??
    identifier.find((item) => item !== undefined) ??
    doiPattern.exec(cited ?? "")?.[0];
  const licences = new Set<string>();
  const rightsInXml = /<intellectualRights>([\s\S]*?)<\/intellectualRights>/.exec(xml)?.[1] ?? "";
  for (const line of [...(rights ?? "").split("\n"), rightsInXml]) {
    const licence = licenceOf(line);
    if (licence !== null) licences.add(licence);
  }
  return {
    ...(doi === undefined ? {} : { doi }),
    ...(cited === undefined || cited === "" ? {} : { citation: cited }),
    ...(licences.size === 0 ? {} : { licences: [...licences].sort() }),
  };
}

/** The date of the snapshot that a path lies in, `…/occurrence/2026-11-01/occurrence.parquet/…`. */
export function snapshotDateOf(path: string): string | null {
  const parts = path.split(/[/\\]/);
  return parts.findLast((part) => /^\d{4}-(0[1-9]|1[0-2])-\d{2}$/.test(part)) ?? null;
}

function elementText(xml: string, name: string): string | undefined {
  const text = new RegExp(`<${name}\\b[^>]*>([^<]*)</${name}>`).exec(xml)?.[1];
  return text === undefined ? undefined : decodeEntities(text).replace(/\s+/g, " ").trim();
}

function decodeEntities(text: string): string {
  const known: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };
  return text.replace(/&(amp|lt|gt|quot|apos);/g, (_, name: string) => known[name] ?? "");
}

function firstParagraph(text: string): string {
  return (text.trim().split(/\n\s*\n/, 1)[0] ?? "").replace(/\s+/g, " ").slice(0, 2000);
}
