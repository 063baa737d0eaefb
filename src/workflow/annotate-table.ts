import { mkdir, rm, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { type Engine, identifier, literal, openEngine, parquetScan } from "../engine/index.ts";
import { type CompiledLayer, loadLayer } from "../region/index.ts";
import { describeSystemError, localStore, removeLeftovers, temporaryName } from "../store/index.ts";
import { bug, type DataIssue, ExitCode, UserError } from "../trouble/index.ts";
import { type Placement, placeLayers } from "./located-layers.ts";
import type { LayerConfig } from "./spec.ts";
import { layerOptions } from "./stages/prepare.ts";
import { findCoordinates } from "./table/find-coordinates.ts";
import { type OpenTable, openTable, unreadable } from "./table/open-table.ts";
import {
  pointRelation,
  type TableLook,
  tablePoint,
  tableQuery,
  usableSql,
  withoutClashes,
} from "./table/table-query.ts";
import { textTypes } from "./table/text-types.ts";

/** What placing a table in layers takes. */
export interface AnnotateTableOptions {
  /** CSV, TSV, Parquet, GeoParquet or JSON lines. */
  readonly table: string;
  /** A .parquet, .csv or .tsv file. */
  readonly out: string;
  readonly layers: readonly LayerConfig[];
  /** Columns with the coordinates; by convention when absent. */
  readonly longitude?: string | undefined;
  readonly latitude?: string | undefined;
  /** Turn text columns of a CSV into numbers and dates where that loses nothing; for Parquet alone. */
  readonly types?: boolean;
  /** Replace a file that is there. */
  readonly force?: boolean;
  readonly cacheFolder: string;
  /** What DuckDB may use, in MiB. Default 1024. */
  readonly memoryMiB?: number;
  /** How far the writing is, 0 to 1. */
  readonly onProgress?: (fraction: number) => void;
  readonly signal?: AbortSignal;
}

/** What came of it. For each layer inside + nearest + outside + withoutCoordinates = rows. */
export interface AnnotatedTable {
  readonly out: string;
  readonly rows: number;
  /** Rows whose coordinates are missing, no numbers or out of range; they are kept, without regions. */
  readonly withoutCoordinates: number;
  readonly coordinates: readonly string[];
  readonly layers: readonly {
    layer: string;
    regions: number;
    inside: number;
    nearest: number;
    outside: number;
  }[];
  readonly issues: readonly (DataIssue & { layer: string })[];
  readonly notes: readonly string[];
  readonly seconds: number;
}

type Format = "parquet" | "csv" | "tsv";

/**
 * Places the rows of any table with coordinates in the regions of any layers. The table's own columns pass
 * through in their order, text of a CSV as the text that it is; then come `LAYER_id` and `LAYER_name` (lists
 * for layers that overlap; joined by `;` in a CSV), those of coarser layers, and `LAYER_how` (inside, nearest,
 * outside) for layers that snap. Rows keep their order. The output appears whole or not at all.
 *
 * Throws UserError for anything that the caller can mend: no such file, no coordinates, an output that is there.
 *
 * @example
 * ```ts
 * import { mkdtemp, readFile, writeFile } from "node:fs/promises";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { annotateTable } from "bisonflow/workflow";
 * const folder = await mkdtemp(join(tmpdir(), "bisonflow-example-"));
 * const ring = [[0, 0], [10, 0], [10, 10], [0, 10], [0, 0]];
 * const plot = { type: "Feature", properties: { id: "007" }, geometry: { type: "Polygon", coordinates: [ring] } };
 * await writeFile(join(folder, "plots.geojson"), JSON.stringify({ type: "FeatureCollection", features: [plot] }));
 * await writeFile(join(folder, "points.csv"), "name,lon,lat\noak,5,5\nelm,50,5\n");
 * const { rows, layers } = await annotateTable({
 *   table: join(folder, "points.csv"),
 *   out: join(folder, "located.csv"),
 *   layers: [{ name: "plot", path: join(folder, "plots.geojson"), idField: "id", overlap: "one", snapMeters: 0 }],
 *   cacheFolder: join(folder, "cache"),
 * });
 * console.log(rows, layers[0]?.inside); // 2 1
 * console.log((await readFile(join(folder, "located.csv"), "utf8")).split("\n")[1]); // oak,5,5,007,007
 * ```
 */
export async function annotateTable(options: AnnotateTableOptions): Promise<AnnotatedTable> {
  const started = performance.now();
  const out = resolve(options.out);
  const format = formatOf(out, options);
  await refuseExisting(out, options.force === true);
  const folder = dirname(out);
  await inWords(out, () => mkdir(folder, { recursive: true }));
  await removeLeftovers(folder, { recursive: false });
  const scratch = join(folder, temporaryName());
  const engine = await openEngine({
    memoryLimitMiB: options.memoryMiB ?? 1024,
    tempDirectory: `${scratch}.spill`,
    joinsAsWritten: true,
  });
  const stop = (): void => engine.interrupt();
  options.signal?.addEventListener("abort", stop, { once: true });
  try {
    const table = await openTable(engine, resolve(options.table));
    const coordinates = findCoordinates(table.columns, options);
    const compiled: CompiledLayer[] = [];
    const issues: AnnotatedTable["issues"][number][] = [];
    for (const config of options.layers) {
      const loaded = await loadLayer(layerOptions({ ...config, path: resolve(config.path) }), options);
      compiled.push(loaded.layer);
      issues.push(...loaded.issues.map((issue) => ({ ...issue, layer: config.name })));
    }
    const located = await placeLayers(engine, compiled, tablePoint);
    const { layers, leftOut } = withoutClashes(table, located.layers);
    await located.prepareSets(pointRelation(table, coordinates), "true");
    options.signal?.throwIfAborted();
    const look = await lookOf(engine, table, format, options.types === true);
    const query = tableQuery({ table, coordinates, located: { ...located, layers }, look });
    const watch = watchProgress(engine, options.onProgress);
    let written = 0;
    try {
      written = await engine.run(`COPY (${query}) TO ${literal(scratch)} (${copyOptions[format]})`);
    } finally {
      watch();
    }
    const snapping = compiled.filter(({ snapMeters }) => snapMeters > 0).map(({ name }) => name);
    const counted = await countRows(engine, {
      scratch,
      format,
      layers,
      snapping,
      usable: usableSql(coordinates),
      // Where coordinates were written as they were read, one reading tells everything.
      source: table.kind === "text" && look.own.size === 0 ? undefined : table.relation,
    });
    if (counted.rows !== written) bug(`${written} rows were written and ${counted.rows} read again`);
    options.signal?.throwIfAborted();
    const { published } = await localStore().publishFile(scratch, out, { ifAbsent: options.force !== true });
    if (!published) throw standing(out);
    return {
      out,
      ...counted,
      coordinates: coordinates.columns,
      layers: counted.layers.map((one, index) => ({ ...one, regions: compiled[index]?.ids.length ?? 0 })),
      issues,
      notes: leftOut.map(
        (name) => `The table has columns of ${name} already: those of the layer are left out.`,
      ),
      seconds: (performance.now() - started) / 1000,
    };
  } catch (error) {
    if (options.signal?.aborted === true) throw interrupted(error);
    throw unreadable(
      error instanceof UserError ? error : (describeSystemError(error, out) ?? error),
      options.table,
    );
  } finally {
    options.signal?.removeEventListener("abort", stop);
    engine.close();
    await rm(scratch, { force: true });
    await rm(`${scratch}.spill`, { recursive: true, force: true });
  }
}

const copyOptions: Readonly<Record<Format, string>> = {
  parquet: "FORMAT parquet, COMPRESSION zstd",
  csv: "FORMAT csv, HEADER true",
  tsv: "FORMAT csv, HEADER true, DELIMITER '\t'",
};

async function lookOf(engine: Engine, table: OpenTable, format: Format, types: boolean): Promise<TableLook> {
  const own = new Map<string, string>();
  if (format === "parquet") {
    if (types && table.kind === "text") {
      for (const [name, type] of await textTypes(engine, table))
        own.set(name, `r.${identifier(name)}::${type}`);
    }
    return { own };
  }
  for (const { name, type } of table.columns) {
    if (/^(STRUCT|MAP|UNION)|\]$/.test(type)) own.set(name, `to_json(r.${identifier(name)})`);
  }
  return { own, listSql: (list) => `array_to_string(${list}, ';')` };
}

/** Counts in what was written, so that the figures are those of the file. */
async function countRows(
  engine: Engine,
  options: {
    scratch: string;
    format: Format;
    layers: readonly { name: string }[];
    snapping: readonly string[];
    usable: string;
    source: string | undefined;
  },
): Promise<{ rows: number; withoutCoordinates: number; layers: Placement[] }> {
  const { scratch, format, layers, snapping, usable, source } = options;
  const file =
    format === "parquet"
      ? parquetScan(scratch)
      : `read_csv(${literal(scratch)}, header = true, all_varchar = true, quote = '"', escape = '"', delim = ${format === "csv" ? "','" : "'\t'"})`;
  const usableIn = (relation: string): string => `(SELECT count(*) FILTER (${usable}) FROM ${relation})`;
  const counts = [
    "count(*) AS row_count",
    source === undefined ? `count(*) FILTER (${usable}) AS usable` : `${usableIn(source)} AS usable`,
    ...layers.flatMap(({ name }, index) => [
      `count(${identifier(`${name}_id`)}) AS located_${index}`,
      `${snapping.includes(name) ? `count(*) FILTER (${identifier(`${name}_how`)} = 'nearest')` : "0::BIGINT"} AS nearest_${index}`,
    ]),
  ];
  const row = await engine.row<Record<string, bigint>>(`SELECT ${counts.join(", ")} FROM ${file}`);
  const counted = (name: string): number => Number(row[name] ?? 0n);
  return {
    rows: counted("row_count"),
    withoutCoordinates: counted("row_count") - counted("usable"),
    layers: layers.map(({ name }, index) => {
      const located = counted(`located_${index}`);
      const nearest = counted(`nearest_${index}`);
      return { layer: name, inside: located - nearest, nearest, outside: counted("usable") - located };
    }),
  };
}

function formatOf(out: string, options: { types?: boolean }): Format {
  const ending = /\.(parquet|geoparquet|csv|tsv)$/i.exec(out)?.[1]?.toLowerCase();
  if (ending === undefined) {
    throw new UserError({
      code: "output-kind-unknown",
      message: `${out}: the name does not say what to write.`,
      hint: "Let it end in .parquet, .csv or .tsv.",
    });
  }
  const format = ending === "csv" || ending === "tsv" ? ending : "parquet";
  if (options.types === true && format !== "parquet") {
    throw new UserError({
      code: "types-need-parquet",
      message: `--types has no meaning for ${out}: text files have no types.`,
      hint: "Leave it out, or write a .parquet file.",
    });
  }
  return format;
}

async function refuseExisting(out: string, force: boolean): Promise<void> {
  const found = await stat(out).catch(() => undefined);
  if (found !== undefined && (!force || !found.isFile())) throw standing(out);
}

function standing(out: string): UserError {
  return new UserError({
    code: "output-exists",
    message: `${out} is there already.`,
    hint: "Choose another name with --out, or replace it with --force.",
  });
}

function interrupted(cause: unknown): UserError {
  return new UserError({
    code: "interrupted",
    message: "Interrupted: nothing was written.",
    hint: "Run the same command again.",
    exitCode: ExitCode.interrupted,
    cause,
  });
}

async function inWords(path: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    throw describeSystemError(error, path) ?? error;
  }
}

function watchProgress(engine: Engine, onProgress: ((fraction: number) => void) | undefined): () => void {
  if (onProgress === undefined) return () => undefined;
  const timer = setInterval(() => {
    const fraction = engine.progress?.fraction;
    if (fraction !== undefined) onProgress(Math.min(1, fraction));
  }, 250);
  timer.unref();
  return () => clearInterval(timer);
}
