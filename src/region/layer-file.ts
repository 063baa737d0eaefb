import { readdir, realpath, stat } from "node:fs/promises";
import { basename, dirname, extname, join, resolve } from "node:path";
import { UserError } from "../trouble/index.ts";
import type { LayerOptions } from "./layer-source.ts";
import { listZip } from "./zip-listing.ts";

/** A dataset as GDAL is to open it, and every file that it is read from. */
export interface LayerFile {
  /** The folder to show GDAL. */
  readonly folder: string;
  /** The dataset within that folder. */
  readonly inside: string;
  /** A zip that the dataset is in: its file name; undefined for none. */
  readonly zip: string | undefined;
  /** The files whose content decides what is read, sorted. */
  readonly files: readonly string[];
}

/** What a dataset can be, the likelier first; `.json` last, since it can be anything. */
const kinds = [
  ".shp",
  ".gpkg",
  ".fgb",
  ".geojson",
  ".topojson",
  ".gml",
  ".kml",
  ".tab",
  ".mif",
  ".sqlite",
  ".json",
];
const partsOfShapefile = [".shx", ".dbf", ".prj"] as const;

const partMeaning = {
  ".shx": "the index of its shapes",
  ".dbf": "the table with ids and names",
  ".prj": "its coordinate reference system",
} as const;

/** Finds the dataset that a path means: a file, one beside its parts, a zip with one in it, or a .gdb folder. */
export async function findLayerFile(options: LayerOptions): Promise<LayerFile> {
  const named = resolve(options.path);
  const found = await stat(named).catch(() => undefined);
  if (found === undefined) {
    throw new UserError({
      code: "layer-not-found",
      message: `${options.path}: no such file, for the layer ${options.name}.`,
      hint: "Check the path of the layer.",
    });
  }
  // GDAL sees one folder of the disk alone and cannot follow a link out of it.
  const path = await realpath(named);
  if (found.isDirectory()) return inFolder(options, path);
  const folder = dirname(path);
  if (extname(path).toLowerCase() === ".zip" || (await isZip(path))) return inZip(options, path);
  if (found.size === 0) throw notALayer(options, "the file is empty");
  const names = await readdir(folder);
  const extension = extname(path).toLowerCase();
  if (extension === ".shp") checkParts(options, basename(path), names);
  const stem = stemOf(basename(path));
  const beside =
    extension === ".shp" ? names.filter((name) => stemOf(name) === stem && isShapefilePart(name)) : [];
  const files = new Set([path, ...beside.map((name) => join(folder, name))]);
  return { folder, inside: basename(path), zip: undefined, files: [...files].sort() };
}

async function inFolder(options: LayerOptions, path: string): Promise<LayerFile> {
  const names = await readdir(path, { recursive: true, withFileTypes: true });
  const files = names
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
  if (extname(path).toLowerCase() === ".gdb" || files.some((file) => file.endsWith(".gdbtable"))) {
    return { folder: dirname(path), inside: basename(path), zip: undefined, files: files.sort() };
  }
  const inside = chooseDataset(
    options,
    files.map((file) => file.slice(path.length + 1)),
    "the folder",
  );
  return findLayerFile({ ...options, path: join(path, inside) });
}

async function inZip(options: LayerOptions, path: string): Promise<LayerFile> {
  const inside = chooseDataset(options, await listZip(path), "the zip");
  return { folder: dirname(path), inside, zip: basename(path), files: [path] };
}

/** The one dataset among the names in a zip or folder, or the one that `sublayer` names. */
function chooseDataset(options: LayerOptions, names: readonly string[], where: string): string {
  const databases = new Set<string>();
  for (const name of names) {
    const part = /^((?:.*\/)?[^/]+\.gdb)\//i.exec(name)?.[1];
    if (part !== undefined) databases.add(part);
  }
  const visible = names.filter(
    (name) => !basename(name).startsWith(".") && ![...databases].some((d) => name.startsWith(`${d}/`)),
  );
  let candidates = [...databases];
  for (const kind of kinds) {
    if (candidates.length > 0) break;
    candidates = visible.filter((name) => extname(name).toLowerCase() === kind);
  }
  if (candidates.length === 0 && names.some((name) => name.endsWith(".gdbtable"))) candidates = [""];
  if (candidates.length > 1 && options.sublayer !== undefined) {
    const wanted = candidates.filter((name) => stemOf(basename(name)) === options.sublayer?.toLowerCase());
    if (wanted.length > 0) candidates = wanted;
  }
  const [only] = candidates;
  if (only === undefined)
    throw notALayer(options, `${where} holds ${names.slice(0, 6).join(", ") || "nothing"}`);
  if (candidates.length > 1) {
    throw new UserError({
      code: "layer-ambiguous",
      message: `${options.path}: ${where} holds several layers: ${candidates.map((name) => stemOf(basename(name), false)).join(", ")}.`,
      hint: "Name one of them as the layer's sublayer.",
    });
  }
  if (extname(only).toLowerCase() === ".shp") {
    const folder = dirname(only);
    checkParts(
      options,
      basename(only),
      names.filter((name) => dirname(name) === folder).map((name) => basename(name)),
    );
  }
  return only;
}

function checkParts(options: LayerOptions, shapefile: string, names: readonly string[]): void {
  const stem = stemOf(shapefile);
  for (const part of partsOfShapefile) {
    if (names.some((name) => stemOf(name) === stem && extname(name).toLowerCase() === part)) continue;
    if (part === ".prj" && options.crs !== undefined) continue;
    const missing = `${stemOf(shapefile, false)}${part}`;
    throw new UserError({
      code: `layer-without-${part.slice(1)}`,
      message: `${options.path}: a shapefile without ${missing}, ${partMeaning[part]}.`,
      hint:
        part === ".prj"
          ? `Put ${missing} beside ${shapefile}, or say which reference system it is in with the layer's crs, such as EPSG:4269.`
          : `Put ${missing} beside ${shapefile}: a shapefile is at least .shp, .shx, .dbf and .prj.`,
    });
  }
}

export function notALayer(options: LayerOptions, seen: string, cause?: unknown): UserError {
  return new UserError({
    code: "layer-not-readable",
    message: `${options.path}: not a layer of polygons: ${seen}.`,
    hint: "A layer is a shapefile (zipped, or .shp beside its parts), File Geodatabase, GeoPackage, GeoJSON, TopoJSON, Esri JSON, FlatGeobuf, or anything else that GDAL reads.",
    ...(cause === undefined ? {} : { cause }),
  });
}

async function isZip(path: string): Promise<boolean> {
  const { open } = await import("node:fs/promises");
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 0);
    return bytesRead === 4 && buffer.readUInt32LE() === 0x04034b50;
  } finally {
    await file.close();
  }
}

function isShapefilePart(name: string): boolean {
  return [".shp", ".shx", ".dbf", ".prj", ".cpg"].includes(extname(name).toLowerCase());
}

/** A file's name without its extension, in lower case unless told otherwise. */
function stemOf(name: string, lower = true): string {
  const stem = name.slice(0, name.length - extname(name).length);
  return lower ? stem.toLowerCase() : stem;
}
