import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { parseRegister, type RegisterSource } from "../../src/register/parse-register.ts";
import type { UserError } from "../../src/trouble/index.ts";
import { temporaryFolder } from "../support/paths.ts";

const folder = temporaryFolder();
let made = 0;

/** Path of a file of this text, alone in its folder. */
export function file(text: string | Buffer, name = "register.csv"): string {
  const path = join(folder, `${made++}`);
  mkdirSync(path);
  writeFileSync(join(path, name), text);
  return join(path, name);
}

/** Path of a folder of files. */
export function files(texts: Record<string, string>): string {
  const path = join(folder, `${made++}`);
  mkdirSync(path);
  for (const [name, text] of Object.entries(texts)) writeFileSync(join(path, name), text);
  return path;
}

/** Path of a zip of a folder's files. */
export function zipped(path: string): string {
  const zip = `${path}.zip`;
  const made = spawnSync("python3", [
    "-m",
    "zipfile",
    "-c",
    zip,
    ...readdirSync(path).map((name) => join(path, name)),
  ]);
  expect(made.status).toBe(0);
  return zip;
}

/** The error by which a register is refused. */
export async function refusal(source: RegisterSource): Promise<UserError> {
  return parseRegister(source).then(
    () => expect.unreachable("it was read"),
    (error: UserError) => error,
  );
}

const meta = `<?xml version="1.0"?>
<archive xmlns="http://rs.tdwg.org/dwc/text/" metadata="eml.xml">
  <core encoding="UTF-8" fieldsTerminatedBy="\\t" linesTerminatedBy="\\n" fieldsEnclosedBy="" ignoreHeaderLines="1" rowType="http://rs.tdwg.org/dwc/terms/Taxon">
    <files><location>taxon.txt</location></files>
    <id index="0"/>
    <field index="1" term="http://rs.tdwg.org/dwc/terms/scientificName"/>
    <field index="2" term="http://rs.tdwg.org/dwc/terms/kingdom"/>
    <field default="species" term="http://rs.tdwg.org/dwc/terms/taxonRank"/>
  </core>
  <extension encoding="UTF-8" fieldsTerminatedBy="\\t" linesTerminatedBy="\\n" fieldsEnclosedBy="" ignoreHeaderLines="1" rowType="http://rs.gbif.org/terms/1.0/Distribution">
    <files><location>distribution.txt</location></files>
    <coreid index="0"/>
    <field index="1" term="http://rs.tdwg.org/dwc/terms/countryCode"/>
    <field index="2" term="http://rs.tdwg.org/dwc/terms/occurrenceStatus"/>
    <field index="3" term="http://rs.tdwg.org/dwc/terms/establishmentMeans"/>
  </extension>
  <extension encoding="UTF-8" fieldsTerminatedBy="\\t" linesTerminatedBy="\\n" fieldsEnclosedBy="" ignoreHeaderLines="1" rowType="http://rs.gbif.org/terms/1.0/SpeciesProfile">
    <files><location>speciesprofile.txt</location></files>
    <coreid index="0"/>
    <field index="1" term="http://rs.gbif.org/terms/1.0/isInvasive"/>
  </extension>
</archive>`;

/** The files of a GRIIS checklist as a Darwin Core Archive. */
export const archive = {
  "meta.xml": meta,
  "eml.xml": `<eml:eml xmlns:eml="x"><dataset><title>Global Register - Nowhere</title><intellectualRights><para>This work is under <ulink url="http://creativecommons.org/licenses/by/4.0/legalcode"><citetitle>CC BY</citetitle></ulink></para></intellectualRights></dataset><additionalMetadata><metadata><gbif><citation>Someone (2020). Nowhere.</citation></gbif></metadata></additionalMetadata></eml:eml>`,
  "taxon.txt":
    'id\tscientificName\tkingdom\nhttps://www.gbif.org/species/2489005\tAcridotheres tristis (Linnaeus, 1766)\tAnimalia\n85\t"Poa annua L.\tPlantae\n86\tCanis lupus Linnaeus, 1758\tAnimalia\n',
  "distribution.txt":
    "id\tcountryCode\toccurrenceStatus\testablishmentMeans\nhttps://www.gbif.org/species/2489005\tMU\tpresent\talien\nhttps://www.gbif.org/species/2489005\tRE\tpresent\talien\n85\tMU\tabsent\talien\n85\tRE\tPresent\talien\n86\tMU\tpresent\tnative\n",
  "speciesprofile.txt": "id\tisInvasive\nhttps://www.gbif.org/species/2489005\tInvasive\n85\tNull\n",
};
