import { Command, InvalidArgumentError } from "commander";
import { UserError } from "../trouble/index.ts";
import {
  type AnnotatedTable,
  annotateTable,
  defaultCacheFolder,
  type LayerConfig,
  packagedCounties,
  runSpec,
} from "../workflow/index.ts";
import { cacheFromEnvironment } from "./environment.ts";
import { interruptSignal } from "./interrupt.ts";
import { count, duration } from "./numbers.ts";
import { addLayerOptions, type LayerOptions, withLayers } from "./run-options.ts";
import { shortPath } from "./short-path.ts";

interface Options extends LayerOptions {
  out: string;
  lon?: string;
  lat?: string;
  types?: boolean;
  force?: boolean;
  memory?: number;
  cache?: string;
  json?: boolean;
}

/** `bisonflow annotate`: the locator for any table and any polygons. */
export function annotateCommand(): Command {
  const command = new Command("annotate")
    .description("Add to each row of any table with coordinates the regions that it lies in.")
    .argument("<table>", "CSV, TSV, Parquet, GeoParquet or JSON lines with longitude and latitude")
    .requiredOption("--out <file>", "what to write: a .parquet, .csv or .tsv file");
  return addLayerOptions(command)
    .option("--lon <column>", "column with the longitude, WGS84 degrees (default: found by its name)")
    .option("--lat <column>", "column with the latitude (default: found by its name)")
    .option("--types", "in Parquet, make text columns of a CSV numbers and dates where that loses nothing")
    .option("--force", "replace the output if it is there")
    .option("--memory <MiB>", "memory that DuckDB may use", memory, 1024)
    .option("--cache <folder>", "folder of compiled layers (default: the user's cache)")
    .option("--json", "print the figures as JSON")
    .addHelpText(
      "after",
      "\nColumns of a CSV stay text, so codes keep their zeros. Lists in a CSV are joined by ;.",
    )
    .action(async (table: string, options: Options) => {
      const say = options.json === true ? () => undefined : statusLine();
      const result = await annotateTable({
        table,
        out: options.out,
        layers: layersOf(options),
        longitude: options.lon,
        latitude: options.lat,
        types: options.types === true,
        force: options.force === true,
        cacheFolder: options.cache ?? cacheFromEnvironment() ?? defaultCacheFolder(),
        ...(options.memory === undefined ? {} : { memoryMiB: options.memory }),
        onProgress: (fraction) => say(`${Math.floor(fraction * 100)} %`),
        signal: interruptSignal(),
      }).finally(() => say(""));
      process.stdout.write(options.json === true ? `${JSON.stringify(result)}\n` : inWords(result));
    });
}

function memory(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 128)
    throw new InvalidArgumentError("Expected a whole number from 128.");
  return value;
}

function layersOf(options: Options): LayerConfig[] {
  if (options.layer === undefined) {
    throw new UserError({
      code: "layer-missing",
      message: "No layer of regions is named.",
      hint: `Give --layer NAME=FILE, again for more. US counties are at hand: --layer county=${shortPath(packagedCounties().path)}`,
    });
  }
  const parsed = runSpec.shape.layers.safeParse(withLayers([], options));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new UserError({
      code: "layer-invalid",
      message: `--layer: ${issue?.path.slice(1).join(".") ?? ""}: ${issue?.message ?? "not as expected"}.`,
      hint: "For example: --layer county=counties.gpkg --overlap county=one --snap county=500.",
    });
  }
  return parsed.data;
}

/** A line that is written over on a terminal; nothing anywhere else. */
function statusLine(): (text: string) => void {
  if (process.stderr.isTTY !== true) return () => undefined;
  return (text) => process.stderr.write(`\r\x1b[2K${text}`);
}

function inWords(result: AnnotatedTable): string {
  const { rows, withoutCoordinates, seconds, layers, issues, notes, coordinates, out } = result;
  const width = Math.max(...layers.map(({ layer }) => layer.length));
  const lines = [
    `${count(rows)} ${rows === 1 ? "row" : "rows"} in ${duration(seconds)}, ${count(Math.round(rows / Math.max(seconds, 0.001)))} rows/s; points from ${coordinates.join(", ")}`,
    ...layers.map(({ layer, regions, inside, nearest, outside }) => {
      const near = nearest > 0 ? `, ${count(nearest)} by the nearest` : "";
      return `  ${layer.padEnd(width)}  ${count(inside)} inside${near}, ${count(outside)} outside (${count(regions)} regions)`;
    }),
    ...(withoutCoordinates > 0
      ? [
          `  ${count(withoutCoordinates)} ${withoutCoordinates === 1 ? "row" : "rows"} without usable coordinates: kept, in no region`,
        ]
      : []),
    ...issues.map(
      ({ layer, code, count: times, example }) =>
        `Note: ${layer}: ${code}, ${count(times)} times: ${example}`,
    ),
    ...notes.map((note) => `Note: ${note}`),
  ];
  if (rows > 0 && withoutCoordinates === rows) {
    lines.push(
      `Note: no row has usable coordinates: are ${coordinates.join(" and ")} decimal degrees with a point?`,
    );
  }
  return `${lines.join("\n")}\nWritten: ${shortPath(out)}\n`;
}
