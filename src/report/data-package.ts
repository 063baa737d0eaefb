import { writeFile } from "node:fs/promises";
import { fieldsOf } from "./data-package-fields.ts";
import { describeLicence } from "./licence.ts";
import type { RunFacts } from "./run-facts.ts";
import type { TableFile, TableMeta } from "./table-meta.ts";

type Json = { [key: string]: unknown };

const mediaTypes: Record<string, string> = {
  csv: "text/csv",
  parquet: "application/vnd.apache.parquet",
  json: "application/json",
  tsv: "text/tab-separated-values",
};

/**
 * Writes datapackage.json, a Frictionless Data Package (version 1): a resource for every table and format,
 * with its columns, their types and meaning, the licences and the sources.
 *
 * CSV resources are tabular data resources, checked against their schema by `frictionless validate`;
 * Parquet ones carry the same schema and are files to it (its Parquet reader is an extra).
 *
 * @example
 * ```ts
 * import { mkdtempSync, readFileSync } from "node:fs";
 * import { type RunFacts, writeDataPackage } from "bisonflow/report";
 * const facts: RunFacts = {
 *   title: "Birds", synthetic: false, generatedAt: "2026-03-02T00:00:00Z", version: "0.1.0",
 *   source: { description: "A download", licences: [], strictestLicence: "CC_BY_4_0", inputs: [] },
 *   records: { read: 2, kept: 2, dropped: [] }, flags: [], layers: [], stages: [],
 *   profile: "bison", resolve: "keys", minOccurrences: 3, warnings: [],
 * };
 * const outPath = `${mkdtempSync("/tmp/package-")}/datapackage.json`;
 * const columns = [{ name: "rule", type: "VARCHAR", description: "Rule of the profile." }];
 * await writeDataPackage({ facts, tables: [{ name: "dropped", columns, files: [{ path: "tables/dropped.csv" }] }], outPath });
 * console.log(JSON.parse(readFileSync(outPath, "utf8")).resources[0].name); // dropped.csv
 * ```
 */
export async function writeDataPackage(options: {
  facts: RunFacts;
  tables: readonly TableMeta[];
  outPath: string;
}): Promise<void> {
  const descriptor = describePackage(options.facts, options.tables);
  await writeFile(options.outPath, `${JSON.stringify(descriptor, null, 2)}\n`);
}

function describePackage(facts: RunFacts, tables: readonly TableMeta[]): Json {
  const taken = new Set<string>();
  const licences = facts.source.strictestLicence === null ? [] : [licence(facts.source.strictestLicence)];
  return {
    profile: "data-package",
    name: slug(facts.title) || "bisonflow-result",
    title: facts.synthetic ? `${facts.title} (sample data: the records are invented)` : facts.title,
    description: [
      `Occurrence records by region, made by bisonflow ${facts.version}.`,
      facts.source.description,
      facts.register === undefined
        ? ""
        : `Assessed with ${facts.register.name}; presumed_native means only not listed in it.`,
    ]
      .filter((sentence) => sentence !== "")
      .join(" "),
    created: facts.generatedAt,
    ...(licences.length === 0 ? {} : { licenses: licences }),
    sources: sources(facts),
    resources: tables.flatMap((table) => resourcesOf(table, taken)),
    bisonflow: {
      version: facts.version,
      synthetic: facts.synthetic,
      profile: facts.profile,
      records: { read: facts.records.read, kept: facts.records.kept },
      // The package as a whole inherits the strictest; these are what the single records carry.
      licencesOfRecords: facts.source.licences,
    },
  };
}

function licence(text: string): Json {
  const { name, spdx, url } = describeLicence(text);
  return {
    name: spdx ?? (text.replace(/[^-a-zA-Z0-9._]+/g, "-") || "unspecified"),
    title: name,
    ...(url ? { path: url } : {}),
  };
}

function sources({ source, register, layers }: RunFacts): Json[] {
  const doi = source.doi?.replace(/^(https?:\/\/(dx\.)?doi\.org\/|doi:)/i, "");
  return [
    { title: source.citation ?? source.description, ...(doi ? { path: `https://doi.org/${doi}` } : {}) },
    ...(register === undefined ? [] : [{ title: register.citation ?? register.name }]),
    ...layers
      .filter(({ coarserOf }) => coarserOf === undefined)
      .map((layer) => ({ title: `${layer.title}: ${layer.source}` })),
  ].filter(({ title }) => title !== "");
}

function resourcesOf(table: TableMeta, taken: Set<string>): Json[] {
  const formats = new Map<string, TableFile[]>();
  for (const file of table.files) {
    const format = (/\.([a-z0-9]+)$/i.exec(file.path)?.[1] ?? "").toLowerCase();
    formats.set(format, [...(formats.get(format) ?? []), file]);
  }
  return [...formats].map(([format, files]) => {
    const text = format === "csv" || format === "tsv";
    const [only] = files;
    const single = files.length === 1 ? only : undefined;
    return {
      name: unique(`${slug(table.name)}.${format}`, taken),
      ...(text ? { profile: "tabular-data-resource" } : { profile: "data-resource", type: "file" }),
      title: table.title ?? table.name,
      ...(table.description === undefined ? {} : { description: table.description }),
      path: single?.path ?? files.map(({ path }) => path),
      format,
      ...(mediaTypes[format] === undefined ? {} : { mediatype: mediaTypes[format] }),
      ...(text ? { encoding: "utf-8" } : {}),
      ...(single?.bytes === undefined ? {} : { bytes: single.bytes }),
      ...(single?.sha256 === undefined ? {} : { hash: `sha256:${single.sha256.replace(/^sha256:/, "")}` }),
      schema: {
        fields: fieldsOf(table.columns, text),
        ...(table.primaryKey === undefined || table.primaryKey.length === 0
          ? {}
          : { primaryKey: [...table.primaryKey] }),
      },
    };
  });
}

/** Names of packages and resources: lower case letters, digits, dot, dash, underscore. */
function slug(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, "-")
    .replace(/^-+|-+$/g, "");
}

function unique(name: string, taken: Set<string>): string {
  let free = name;
  for (let i = 2; taken.has(free); i++) free = `${name}-${i}`;
  taken.add(free);
  return free;
}
