import { type Engine, enumOf, identifier, literal, parquetScan, useEnums } from "../engine/index.ts";
import { type CompiledLayer, createLocator, type Locator } from "../region/index.ts";
import { placeOfState, type RiisPlace } from "../register/index.ts";
import type { SummaryLayer } from "../summary/index.ts";
import { type AnnotatedLayer, cellColumn, codeSql, layersPerCall, snappedSql } from "./annotate-sql.ts";
import { locateFunction } from "./point-functions.ts";
import type { TaskContext } from "./task-context.ts";

const recordPoint = `coalesce("decimallongitude", 'nan'::DOUBLE), coalesce("decimallatitude", 'nan'::DOUBLE)`;

/** SQL type of a record's place by its state. */
export const statePlaceType = enumOf(["AK", "HI", "L48"] satisfies RiisPlace[]);

export interface Placement {
  readonly layer: string;
  readonly inside: number;
  readonly nearest: number;
  readonly outside: number;
}

/** The layers of a plan, ready in a session: their point functions registered and their region tables made. */
export interface LocatedLayers {
  readonly calls: readonly string[];
  readonly layers: readonly AnnotatedLayer[];
  readonly summaryLayers: readonly SummaryLayer[];
  /** For each layer that snaps: SQL that is true where its code came only by snapping. */
  readonly snapped: readonly { readonly layer: string; readonly sql: string }[];
  readonly locators: ReadonlyMap<string, Locator>;
  /** SQL boolean over the relation: the point is inside a region of the layer. */
  insideSql(layer: string): string;
  /** For layers that answer with lists: finds every list that the kept records need and makes their tables. */
  prepareSets(relation: string, keep: string): Promise<void>;
  /** SQL of the record's US-RIIS place, by its state; null where no layer tells the state. */
  readonly statePlace: string | null;
  countPlacement(options: { part: string; relation: string; keep: string }): Promise<Placement[]>;
}

interface Call {
  readonly name: string;
  readonly members: readonly { layer: CompiledLayer; locator: Locator }[];
}

/** Loads the plan's compiled layers into a session. */
export async function locateLayers(context: TaskContext, engine: Engine): Promise<LocatedLayers> {
  const compiled: CompiledLayer[] = [];
  for (const { name } of context.plan.layers) compiled.push(await context.compiledLayer(name));
  return placeLayers(engine, compiled, recordPoint);
}

/**
 * Brings compiled layers into a session. `point` is SQL of the two arguments of a point function over the
 * relation: longitude and latitude as DOUBLE, never null.
 */
export async function placeLayers(
  engine: Engine,
  compiled: readonly CompiledLayer[],
  point: string,
): Promise<LocatedLayers> {
  const members = compiled.map((layer) => ({ layer, locator: createLocator(layer) }));
  const explicit = new Set(members.map(({ layer }) => layer.name));
  // A layer that the user gives by its own name wins over the same one held in a finer layer's fields.
  const coarserOf = (layer: CompiledLayer) => layer.coarser.filter(({ name }) => !explicit.has(name));

  const calls = groupCalls(members);
  const layers: AnnotatedLayer[] = [];
  const snapped: { layer: string; sql: string }[] = [];
  for (const [call, { name, members: together }] of calls.entries()) {
    engine.register(
      locateFunction(
        name,
        together.map(({ locator }) => locator),
      ),
    );
    for (const [position, { layer }] of together.entries()) {
      const at = { call, position, alone: together.length === 1 };
      layers.push({
        name: layer.name,
        overlap: layer.overlap,
        coarser: coarserOf(layer).map((coarser) => coarser.name),
        code: codeSql(at),
        table: `regions_of_${layer.name}`,
      });
      if (layer.snapMeters > 0) snapped.push({ layer: layer.name, sql: snappedSql(at) });
      if (layer.overlap === "one") await makeRegionTable(engine, layer, coarserOf(layer));
    }
  }
  const stateHolder =
    layers.find(({ name }) => name === "state") ?? layers.find(({ coarser }) => coarser.includes("state"));
  return {
    calls: calls.map(({ name }) => name),
    layers,
    snapped,
    locators: new Map(members.map(({ layer, locator }) => [layer.name, locator])),
    summaryLayers: layers.flatMap(({ name, overlap, coarser }) => [
      { name, overlap },
      ...coarser.map((finer) => ({ name: finer, overlap, coarserOf: name })),
    ]),
    insideSql: (wanted) => {
      for (const [call, { name, members: together }] of calls.entries()) {
        const position = together.findIndex(({ layer }) => layer.name === wanted);
        if (position < 0) continue;
        const code = codeSql({ call, position, alone: together.length === 1 });
        return `${code.replaceAll(`r.${cellColumn(call)}`, `${identifier(name)}(${point})`)} != 0`;
      }
      throw new Error(`Bug in bisonflow: no layer ${wanted}.`);
    },
    prepareSets: async (relation, keep) => {
      for (const [call, { name, members: together }] of calls.entries()) {
        const [only] = together;
        if (only === undefined || only.layer.overlap === "one") continue;
        await engine.run(
          `SELECT max(${identifier(name)}(${point})) AS ${cellColumn(call)} FROM (${relation}) WHERE ${keep}`,
        );
        await makeSetTable(engine, only.layer, only.locator, coarserOf(only.layer));
      }
    },
    statePlace:
      stateHolder === undefined || stateHolder.overlap === "all"
        ? null
        : `${identifier(`region_${stateHolder.name}`)}.state_place`,
    countPlacement: async ({ part, relation, keep }) => {
      const names = layers.flatMap(({ name, coarser }) =>
        [name, ...coarser].map((column) => ({ column, layer: name })),
      );
      const found = await engine.row<Record<string, bigint>>(
        `SELECT count(*) AS kept${names.map(({ column }) => `, count(${identifier(`${column}_id`)}) AS ${identifier(column)}`).join("")}
         FROM ${parquetScan(part)}`,
      );
      const nearest = new Map<string, number>();
      if (snapped.length > 0) {
        const cells = calls
          .map(({ name }, call) => `${identifier(name)}(${point}) AS ${cellColumn(call)}`)
          .join(", ");
        const counts = await engine.row<Record<string, bigint>>(
          `SELECT ${snapped.map(({ layer, sql }) => `count(*) FILTER (${sql}) AS ${identifier(layer)}`).join(", ")}
           FROM (SELECT ${cells} FROM (${relation}) WHERE ${keep}) r`,
        );
        for (const { layer } of snapped) nearest.set(layer, Number(counts[layer] ?? 0n));
      }
      const kept = Number(found["kept"] ?? 0n);
      return names.map(({ column, layer }) => {
        const located = Number(found[column] ?? 0n);
        const snappedHere = nearest.get(layer) ?? 0;
        return {
          layer: column,
          inside: located - snappedHere,
          nearest: snappedHere,
          outside: kept - located,
        };
      });
    },
  };
}

/** Layers that answer with one region share calls; a layer of lists has one for itself. */
function groupCalls(members: readonly { layer: CompiledLayer; locator: Locator }[]): Call[] {
  const calls: { name: string; members: { layer: CompiledLayer; locator: Locator }[] }[] = [];
  const single = members.filter(({ layer }) => layer.overlap === "one");
  for (let first = 0; first < single.length; first += layersPerCall) {
    calls.push({ name: `bf_locate_${calls.length}`, members: single.slice(first, first + layersPerCall) });
  }
  for (const member of members.filter(({ layer }) => layer.overlap === "all")) {
    calls.push({ name: `bf_locate_${calls.length}`, members: [member] });
  }
  return calls;
}

/** code 0 is outside, code i + 1 the region of index i: dense, so that DuckDB joins by an array look-up. */
async function makeRegionTable(
  engine: Engine,
  layer: CompiledLayer,
  coarser: CompiledLayer["coarser"],
): Promise<void> {
  const rows = layer.ids.map((id, index) => {
    const row: Record<string, unknown> = {
      code: index + 1,
      region_id: id,
      region_name: layer.names[index] ?? null,
    };
    for (const { name, ids, names, of } of coarser) {
      const held = of[index] as number;
      row[`${name}_id`] = held < 0 ? null : ids[held];
      row[`${name}_name`] = held < 0 ? null : names[held];
    }
    const state = layer.name === "state" ? id : row["state_id"];
    if (state !== undefined) row["state_place"] = typeof state === "string" ? placeOfState(state) : null;
    return row;
  });
  const columns = columnsOf(layer, coarser, "VARCHAR");
  await makeTable(engine, `regions_of_${layer.name}`, columns, rows);
  const table = `regions_of_${layer.name}`;
  await useEnums(
    engine,
    table,
    Object.keys(columns).filter((column) => !["code", "state_place"].includes(column)),
  );
  if ("state_place" in columns) {
    await engine.run(`ALTER TABLE ${identifier(table)} ALTER COLUMN state_place TYPE ${statePlaceType}`);
  }
}

async function makeSetTable(
  engine: Engine,
  layer: CompiledLayer,
  locator: Locator,
  coarser: CompiledLayer["coarser"],
): Promise<void> {
  const rows = locator.sets.map((set, index) => {
    const row: Record<string, unknown> = {
      code: index + 1,
      region_id: set.map((region) => layer.ids[region]),
      region_name: set.map((region) => layer.names[region] ?? null),
    };
    for (const { name, ids, names, of } of coarser) {
      const held = [...new Set(set.map((region) => of[region] as number))].filter((value) => value >= 0);
      held.sort((a, b) => a - b);
      row[`${name}_id`] = held.map((value) => ids[value]);
      row[`${name}_name`] = held.map((value) => names[value]);
    }
    return row;
  });
  await makeTable(engine, `regions_of_${layer.name}`, columnsOf(layer, coarser, "VARCHAR[]"), rows);
}

function columnsOf(
  layer: CompiledLayer,
  coarser: CompiledLayer["coarser"],
  type: string,
): Record<string, string> {
  const columns: Record<string, string> = { code: "INTEGER", region_id: type, region_name: type };
  for (const { name } of coarser) {
    columns[`${name}_id`] = type;
    columns[`${name}_name`] = type;
  }
  if (type === "VARCHAR" && (layer.name === "state" || "state_id" in columns))
    columns["state_place"] = "VARCHAR";
  return columns;
}

async function makeTable(
  engine: Engine,
  table: string,
  columns: Record<string, string>,
  rows: readonly Record<string, unknown>[],
): Promise<void> {
  const names = Object.keys(columns);
  const outside = names.map((name) =>
    name === "code" ? "0::INTEGER AS code" : `NULL::${columns[name]} AS ${identifier(name)}`,
  );
  await engine.run(
    `CREATE OR REPLACE TABLE ${identifier(table)} AS
     SELECT ${outside.join(", ")}
     UNION ALL
     SELECT ${names.map((name) => `item.${identifier(name)}`).join(", ")}
     FROM (SELECT unnest(from_json($1, ${literal(JSON.stringify([columns]))})) AS item)`,
    [JSON.stringify(rows)],
  );
}
