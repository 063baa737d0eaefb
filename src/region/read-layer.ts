import { extname, join } from "node:path";
import { IssueCounter, UserError } from "../trouble/index.ts";
import { copyText, parseCopyDump } from "./copy-text.ts";
import { wrapEsriFeature } from "./esri-feature.ts";
import { type Gdal, GdalError, type GdalLayer, loadGdal } from "./gdal.ts";
import { chooseCoarser, chooseFields, type FieldRow, featureNumber } from "./layer-fields.ts";
import { findLayerFile, type LayerFile, notALayer } from "./layer-file.ts";
import type { LayerOptions, LayerSource, SourceRegion } from "./layer-source.ts";
import { bytesOfHex, type Polygons, parseWkb } from "./wkb.ts";
import { checkZip } from "./zip-listing.ts";

/** Names in the dump that no field of a layer will have. */
const [numberColumn, geometryColumn] = ["bisonflow_number", "bisonflow_geometry"];

/** Reference systems whose coordinates are taken as they are, for reading WGS84: see readLayer. */
const unprojected =
  /^(GEOGCRS|GEODCRS|GEOGCS)\["(WGS[ _]?(19)?84( \(CRS84\))?|GCS_WGS_1984|NAD[ _]?(19)?83|GCS_North_American_1983)"/i;

/**
 * Reads a layer of polygons with GDAL: any vector format it knows, a file or a zip, reprojected to WGS84.
 *
 * Coordinates in WGS84 or NAD83 (EPSG:4269) come through bit for bit. The two differ by a metre or two, in a way
 * that no file of generalised boundaries resolves and that PROJ knows for Hawaii and the Aleutians alone: to move
 * those would tear them from their neighbours.
 *
 * Throws a UserError for a file that is missing, damaged, not a layer or without one of its parts; what is odd with
 * single features comes as `issues`.
 *
 * @example
 * ```ts
 * import { writeFile } from "node:fs/promises";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { readLayer } from "bisonflow/region";
 * const path = join(tmpdir(), "bisonflow-example-plots.geojson");
 * const geometry = { type: "Polygon", coordinates: [[[0, 0], [1, 0], [1, 1], [0, 0]]] };
 * const feature = { type: "Feature", id: "p1", properties: { name: "Plot 1" }, geometry };
 * await writeFile(path, JSON.stringify({ type: "FeatureCollection", features: [feature] }));
 * const layer = await readLayer({ path, name: "plot" });
 * console.log(layer.regions.map(({ id, name }) => `${id}: ${name}`)); // [ 'p1: Plot 1' ]
 * ```
 */
export async function readLayer(options: LayerOptions): Promise<LayerSource> {
  const file = await findLayerFile(options);
  const issues = new IssueCounter();
  const extension = extname(file.inside).toLowerCase();
  const esri =
    file.zip === undefined && extension === ".json"
      ? await wrapEsriFeature(join(file.folder, file.inside))
      : undefined;
  if (esri?.assumed) {
    issues.add("crs-assumed", `${options.path}: Esri JSON without spatialReference, taken for WGS84`);
  }
  if (file.zip !== undefined) await checkZip(join(file.folder, file.zip), partOf(file.inside));
  const gdal = await loadGdal();
  try {
    if (esri !== undefined)
      return gdal.inMemory(".json", esri.bytes, (name) => readDataset(gdal, name, options, issues));
    return gdal.mounted(file.folder, (name) => readDataset(gdal, datasetName(name, file), options, issues));
  } catch (error) {
    if (error instanceof GdalError)
      throw notALayer(options, error.message.replaceAll(/\/layer\d+\//g, ""), error);
    throw error;
  }
}

function datasetName(mounted: string, file: LayerFile): string {
  const prefix = file.zip === undefined ? mounted : `/vsizip/{${mounted}/${file.zip}}`;
  return file.inside === "" ? prefix : `${prefix}/${file.inside}`;
}

/** Whether a file of a zip belongs to the dataset: its stem for a shapefile, its folder for a geodatabase. */
function partOf(inside: string): (name: string) => boolean {
  if (inside === "") return () => true;
  const stem = inside.slice(0, inside.length - extname(inside).length).toLowerCase();
  return (name) => name.startsWith(`${inside}/`) || name.toLowerCase().startsWith(`${stem}.`);
}

function readDataset(gdal: Gdal, path: string, options: LayerOptions, issues: IssueCounter): LayerSource {
  return gdal.opened(path, (dataset) => {
    const layer = chooseLayer(options, gdal.layers(dataset));
    if (layer.featureCount === 0) throw notALayer(options, `${layer.name} has no features`);
    const words = [
      "-f",
      "PGDump",
      "-preserve_fid",
      "-dim",
      "XY",
      "-nlt",
      "PROMOTE_TO_MULTI",
      "-nlt",
      "CONVERT_TO_LINEAR",
    ];
    words.push(...referenceWords(options, layer, gdal.driver(dataset)));
    for (const setting of ["LAUNDER=NO", "CREATE_TABLE=OFF", "SPATIAL_INDEX=NONE", "DROP_TABLE=OFF"])
      words.push("-lco", setting);
    words.push(
      "-lco",
      `GEOMETRY_NAME=${geometryColumn}`,
      "-lco",
      `FID=${numberColumn}`,
      "-nln",
      "layer",
      layer.name,
    );
    const dump = gdal.translated(dataset, words);
    const features = parseFeatures(dump);
    return toSource({ options, layer, features, numbered: gdal.driver(dataset) === "GeoJSON", issues });
  });
}

function chooseLayer(options: LayerOptions, layers: readonly GdalLayer[]): GdalLayer {
  const names = layers.map(({ name }) => name).join(", ");
  if (options.sublayer !== undefined && layers.length > 1) {
    const wanted = options.sublayer;
    const found =
      layers.find(({ name }) => name === wanted) ??
      layers.find(({ name }) => name.toLowerCase() === wanted.toLowerCase());
    if (found !== undefined) return found;
    throw new UserError({
      code: "layer-sublayer-missing",
      message: `${options.path}: no layer ${wanted} in it; it holds ${names}.`,
      hint: "Name one of these as the sublayer.",
    });
  }
  const mayHavePolygons = layers.filter(({ geometryType }) =>
    /polygon|surface|unknown|collection|^geometry$/i.test(geometryType),
  );
  const conventional = mayHavePolygons.find(({ name }) => name.toLowerCase() === "counties");
  const [only, another] = mayHavePolygons;
  if (only === undefined) {
    throw new UserError({
      code: "layer-without-polygons",
      message: `${options.path}: no polygons in it${layers.length === 0 ? "" : `; it holds ${layers.map(({ name, geometryType }) => `${name} (${geometryType})`).join(", ")}`}.`,
      hint: "Give a layer of polygons.",
    });
  }
  if (another === undefined) return only;
  const alike = mayHavePolygons.find(({ name }) => name === options.name) ?? conventional;
  if (alike !== undefined) return alike;
  throw new UserError({
    code: "layer-ambiguous",
    message: `${options.path}: it holds several layers of polygons: ${mayHavePolygons.map(({ name }) => name).join(", ")}.`,
    hint: "Name one of them as the layer's sublayer.",
  });
}

/** What ogr2ogr is told of reference systems. */
function referenceWords(options: LayerOptions, layer: GdalLayer, driver: string): string[] {
  if (options.crs !== undefined) {
    return /^(EPSG:(4326|4269)|OGC:CRS84)$/i.test(options.crs)
      ? ["-a_srs", "EPSG:4326"]
      : ["-s_srs", options.crs, "-t_srs", "EPSG:4326"];
  }
  // TopoJSON has no word for it: longitudes and latitudes, as in the GeoJSON that it is made from.
  if (layer.crs === "" && driver === "TopoJSON") return ["-a_srs", "EPSG:4326"];
  if (layer.crs === "") {
    throw new UserError({
      code: "layer-without-crs",
      message: `${options.path}: the layer ${layer.name} does not say its coordinate reference system.`,
      hint: "Say it with the layer's crs, such as EPSG:4326 for longitudes and latitudes.",
    });
  }
  return unprojected.test(layer.crs) ? ["-a_srs", "EPSG:4326"] : ["-t_srs", "EPSG:4326"];
}

interface Feature {
  readonly number: string;
  readonly fields: FieldRow;
  readonly polygons: Polygons;
  readonly others: number;
}

function parseFeatures(dump: Uint8Array): Feature[] {
  const table = parseCopyDump(dump);
  if (table === undefined) return [];
  const { columns } = table;
  const features: Feature[] = [];
  for (const row of table.rows) {
    let number = String(features.length);
    let geometry: { polygons: Polygons; others: number } = { polygons: [], others: 0 };
    const fields: Record<string, string | null> = {};
    columns.forEach((column, i) => {
      const value = row[i] ?? null;
      if (column === geometryColumn) {
        if (value !== null && value.length > 0) geometry = parseWkb(bytesOfHex(value));
      } else if (column === numberColumn) number = value === null ? number : copyText(value);
      else fields[column] = value === null ? null : copyText(value);
    });
    features.push({ number, fields, ...geometry });
  }
  return features;
}

function toSource(given: {
  readonly options: LayerOptions;
  readonly layer: GdalLayer;
  readonly features: readonly Feature[];
  readonly numbered: boolean;
  readonly issues: IssueCounter;
}): LayerSource {
  const { options, layer, features, issues } = given;
  // GeoJSON's features without ids are numbered from 0; any other numbers are ids that the file gives.
  const numbered = given.numbered && features.some(({ number }, i) => number !== String(i));
  const rows = features.map(({ fields }) => fields);
  const { idField, nameField } = chooseFields({ options, fields: layer.fields, rows, numbered });
  if (idField === featureNumber && !numbered) {
    issues.add(
      "region-id-assumed",
      `${options.path}: no field tells its regions apart, their numbers in the file do`,
    );
  }
  const seen = new Set<string>();
  const regions: SourceRegion[] = [];
  for (const { number, fields, polygons, others } of features) {
    const id = idField === featureNumber ? number : fields[idField];
    if (id == null || id === "") {
      issues.add("region-without-id", `${options.path}: feature ${number} has no ${idField} and is left out`);
      continue;
    }
    if (others > 0)
      issues.add("geometry-not-polygon", `${options.path}: region ${id} has parts that are no polygons`);
    if (polygons.length === 0)
      issues.add("region-without-polygon", `${options.path}: region ${id} has no polygon`);
    if (seen.has(id))
      issues.add("region-id-twice", `${options.path}: region ${id} comes more than once, taken as one`);
    seen.add(id);
    const name = nameField === featureNumber ? id : fields[nameField] || id;
    regions.push({ id, name, fields, polygons });
  }
  if (!regions.some(({ polygons }) => polygons.length > 0))
    throw notALayer(options, `${layer.name} has no polygons`);
  const fields = layer.fields.map(({ name }) => name);
  return {
    name: options.name,
    idField,
    nameField,
    regions,
    crs: options.crs ?? (layer.crs === "" ? "EPSG:4326" : crsName(layer.crs)),
    issues: issues.list(),
    coarser: chooseCoarser({ layer: options, sublayer: layer.name, fields, regions }),
  };
}

/** A short name for well-known text: its last authority code, else its own name. */
function crsName(text: string): string {
  const code = /ID\["([^"]+)",\s*"?([^"\]]+)"?\]\]\s*$/.exec(text);
  return code ? `${code[1]}:${code[2]}` : (/\["([^"]*)"/.exec(text)?.[1] ?? text);
}
