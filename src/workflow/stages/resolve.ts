import { join } from "node:path";
import { type Engine, literal } from "../../engine/index.ts";
import {
  buildAssessments,
  notePlaces,
  parseRegister,
  placesOf,
  type RegisterRow,
  type Resolution,
  readTaxonomy,
  resolutionTable,
  resolveByKeys,
  resolveByNames,
  resolveByService,
  type Taxon,
} from "../../register/index.ts";
import { bug, type DataIssue } from "../../trouble/index.ts";
import type { Plan, RecordSource } from "../plan.ts";
import { recordRelation } from "../record-relation.ts";
import type { TaskContext, TaskOutcome } from "../task-context.ts";

/** What resolve says of the register; annotate, the manifest and the report read it. */
export interface ResolveFacts {
  readonly format: string;
  readonly rows: number;
  readonly places: "us-states" | "country-code";
  readonly how: Readonly<Record<Resolution["how"], number>>;
  readonly joined: number;
  readonly entries: number;
  readonly conflicts: number;
  readonly citation: string | null;
  readonly issues: readonly DataIssue[];
}

/** The file in which resolve leaves the register, ready to join: place, key, assessment, row_id. */
export const entriesFile = "entries.parquet";

/** The file that becomes the table register_resolution. */
export const resolutionFile = "register_resolution.parquet";

/** Reads the register, resolves its names to taxa, and leaves the entries that annotate joins. */
export async function resolve(context: TaskContext, sources: readonly RecordSource[]): Promise<TaskOutcome> {
  const config = context.plan.register ?? bug("a resolve task without a register");
  const { rows, issues, format, citation } = await parseRegister({
    path: await context.staging.named(config.path, config.identity.split(" ")[0]),
    ...(config.format === undefined ? {} : { format: config.format }),
    ...(config.place === undefined ? {} : { place: config.place }),
  });
  const engine = await context.openEngine("all");
  const resolutions = await resolveRows(context, engine, config, rows, sources);
  const { entries, conflicts } = buildAssessments(rows, resolutions);

  await writeRows(engine, {
    path: join(context.scratch, entriesFile),
    columns: ["place", "key", "assessment", "row_id"],
    rows: entries.map(({ place, key, assessment, rowId }) => [place, key, assessment, rowId]),
    order: "place, key",
  });
  await writeRows(engine, {
    path: join(context.scratch, resolutionFile),
    ...resolutionTable(notePlaces(resolutions, format)),
    order: "register_row_id, place, name",
  });

  const how = { given: 0, exact: 0, fuzzy: 0, "higher rank": 0, none: 0 };
  for (const resolution of resolutions) how[resolution.how]++;
  const facts: ResolveFacts = {
    format,
    rows: rows.length,
    places: placesOf(format).kind,
    how,
    joined: resolutions.filter(({ keyUsed }) => keyUsed !== null).length,
    entries: entries.length,
    conflicts: conflicts.length,
    citation,
    issues,
  };
  return { rows: rows.length, facts: { ...facts } };
}

async function resolveRows(
  context: TaskContext,
  engine: Engine,
  config: NonNullable<Plan["register"]>,
  rows: RegisterRow[],
  sources: readonly RecordSource[],
): Promise<Resolution[]> {
  if (config.resolve === "keys") return resolveByKeys(rows);
  if (config.resolve === "names") {
    const taxa =
      config.taxonomy === undefined
        ? taxaAtHand(context, engine, sources)
        : readTaxonomy(await context.staging.named(config.taxonomy, config.identity.split(" ")[1]));
    return resolveByNames(rows, taxa, { allowFuzzy: config.service.allowFuzzy });
  }
  return resolveByService(rows, {
    baseUrl: config.service.url,
    version: config.service.version,
    cacheFolder: join(context.cacheFolder, "species-match"),
    concurrency: config.service.concurrency,
    offline: config.service.offline,
    allowFuzzy: config.service.allowFuzzy,
    signal: context.signal,
    onProgress: context.onProgress,
  });
}

const taxonColumns = [
  "taxonkey",
  "acceptedtaxonkey",
  "specieskey",
  "scientificname",
  "species",
  "taxonrank",
  "kingdom",
];

async function* taxaAtHand(
  context: TaskContext,
  engine: Engine,
  sources: readonly RecordSource[],
): AsyncGenerator<Taxon> {
  yield* taxaOf(
    engine,
    await recordRelation(context, engine, sources, taxonColumns, { inPolygon: undefined }),
  );
}

/**
 * The distinct taxa of records, and the species that they belong to: a species may be at hand only by its
 * subspecies. Where a taxon of the rank of species has another species key than its own, it is a synonym, and that
 * is the accepted key, if none is said; of lower ranks nothing follows. Synonyms come first, so that whoever wants
 * the names of their accepted taxa still meets them.
 */
export async function* taxaOf(engine: Engine, relation: string): AsyncGenerator<Taxon> {
  for await (const chunk of engine.chunks(taxaSql(relation))) {
    const rows = chunk[0]?.length ?? 0;
    for (let row = 0; row < rows; row++) {
      const text = (column: number): string | null => (chunk[column]?.[row] ?? null) as string | null;
      const [taxonKey, acceptedTaxonKey, scientificName, rank, kingdom] = [0, 1, 2, 3, 4].map(text);
      if (taxonKey == null || scientificName == null) continue;
      yield {
        taxonKey,
        acceptedTaxonKey: acceptedTaxonKey ?? null,
        scientificName,
        rank: rank ?? null,
        kingdom: kingdom ?? null,
      };
    }
  }
}

function taxaSql(relation: string): string {
  return `WITH seen AS MATERIALIZED (SELECT DISTINCT ${taxonColumns.join(", ")} FROM (${relation})),
    taxa AS (
      SELECT taxonkey,
        coalesce(
          min(acceptedtaxonkey),
          min(specieskey) FILTER (upper(trim(taxonrank)) = 'SPECIES' AND specieskey <> taxonkey)
        ) AS acceptedkey,
        scientificname, taxonrank, kingdom
      FROM seen WHERE taxonkey IS NOT NULL AND scientificname IS NOT NULL GROUP BY ALL
      UNION
      SELECT specieskey, NULL, species, 'SPECIES', kingdom
      FROM seen WHERE specieskey IS NOT NULL AND species IS NOT NULL
    )
    SELECT taxonkey, acceptedkey, scientificname, taxonrank, kingdom FROM taxa
    ORDER BY coalesce(acceptedkey <> taxonkey, false) DESC, taxonkey, acceptedkey, scientificname, taxonrank, kingdom`;
}

async function writeRows(
  engine: Engine,
  options: { path: string; columns: readonly string[]; rows: (string | null)[][]; order: string },
): Promise<void> {
  const items = options.columns.map((column, index) => `item[${index + 1}] AS ${column}`).join(", ");
  await engine.run(
    `COPY (SELECT ${items} FROM (SELECT unnest(from_json($1, '[["VARCHAR"]]')) AS item) ORDER BY ${options.order})
     TO ${literal(options.path)} (FORMAT parquet)`,
    [JSON.stringify(options.rows)],
  );
}
