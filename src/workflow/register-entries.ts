import { type Engine, enumOf, identifier, literal, parquetScan, useEnums } from "../engine/index.ts";
import { checklistOf } from "../register/index.ts";
import { assessments } from "../summary/index.ts";
import { UserError } from "../trouble/index.ts";
import type { AnnotateSql } from "./annotate-sql.ts";
import { type LocatedLayers, statePlaceType } from "./located-layers.ts";
import { stageOf } from "./plan.ts";
import { entriesFile, type ResolveFacts } from "./stages/resolve.ts";
import type { TaskContext } from "./task-context.ts";

const keyColumns = [
  { column: "acceptedtaxonkey", match: "accepted" },
  { column: "taxonkey", match: "taxon" },
  { column: "specieskey", match: "species" },
] as const;

/** Loads the resolved register into a session and says how a record's place is found. */
export async function loadEntries(
  context: TaskContext,
  engine: Engine,
  layers: LocatedLayers,
): Promise<Pick<AnnotateSql, "place" | "keys" | "entries">> {
  const entries = "register_entries";
  if (context.plan.register === undefined) return { place: null, keys: [], entries };
  const [task] = stageOf(context.plan, "resolve").tasks;
  const key = task?.key ?? "";
  const path = await context.work.stage("resolve", key, entriesFile);
  const facts = (await context.work.result("resolve", key))?.facts as unknown as ResolveFacts;
  await engine.run(
    `CREATE OR REPLACE TABLE ${identifier(entries)} AS
     SELECT key, ${facts.places === "us-states" ? `TRY_CAST(place AS ${statePlaceType}) AS place` : "place"}, row_id,
       assessment::${enumOf(assessments)} AS assessment
     FROM ${parquetScan(path)}`,
  );
  const place = await placeSql(engine, entries, facts, layers);
  await useEnums(engine, entries, ["row_id"]);
  return { place, keys: keyColumns, entries };
}

/** Keys looked at to tell a checklist: one of the Catalogue of Life shows itself by its letters within a few. */
const keysLookedAt = 500;

/**
 * Refuses to join records keyed in one checklist with a register keyed in the other: no key would match, and
 * every species would pass for native.
 */
export async function refuseOtherChecklist(
  engine: Engine,
  options: { relation: string; keep: string; entries: string },
): Promise<void> {
  const keysOf = async (query: string): Promise<string[]> =>
    (await engine.rows<{ key: string }>(`${query} LIMIT ${keysLookedAt}`)).map(({ key }) => key);
  const records = checklistOf(
    await keysOf(
      `SELECT DISTINCT taxonkey AS key FROM (SELECT taxonkey FROM (${options.relation})
       WHERE taxonkey IS NOT NULL AND ${options.keep} LIMIT 20000)`,
    ),
  );
  const register = checklistOf(await keysOf(`SELECT DISTINCT key FROM ${identifier(options.entries)}`));
  const known = [records, register].every((list) => list === "gbif-backbone" || list === "col-xr");
  if (!known || records === register) return;
  throw new UserError({
    code: "checklists-differ",
    message: `The records' taxon keys are of ${checklistNames[records ?? ""]}, the register's of ${checklistNames[register ?? ""]}: no key of one means anything in the other.`,
    hint: "Resolve the register's names instead of its keys: --resolve names, or --resolve service.",
  });
}

const checklistNames: Record<string, string> = {
  "gbif-backbone": "GBIF's backbone",
  "col-xr": "the Catalogue of Life, extended release",
};

async function placeSql(
  engine: Engine,
  entries: string,
  facts: ResolveFacts,
  layers: LocatedLayers,
): Promise<string> {
  if (facts.places === "country-code") {
    const places = await engine.rows<{ place: string }>(
      `SELECT DISTINCT place FROM ${identifier(entries)} ORDER BY 1`,
    );
    const countries = [...new Set(places.map(({ place }) => place))].map((place) => literal(place));
    const code = `upper(trim(r."countrycode"))`;
    return `CASE WHEN ${code} IN (${countries.length === 0 ? "''" : countries.join(", ")}) THEN ${code} END`;
  }
  if (layers.statePlace === null) {
    throw new UserError({
      code: "register-needs-states",
      message: "The register knows places by state, and none of the layers tells a record's state.",
      hint: "Add a county layer that names its states, or a layer called state (--layer state=FILE).",
    });
  }
  return layers.statePlace;
}
