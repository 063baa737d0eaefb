import { open, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { openEngine } from "../../engine/index.ts";
import { describeInput, detectInput } from "../../occurrence/index.ts";
import { parseRegister } from "../../register/index.ts";
import { UserError } from "../../trouble/index.ts";
import { layerNames } from "./layer-name.ts";

/** A file that a run could use; `path` as found, relative where the folder was. */
export interface Candidate {
  readonly path: string;
  /** What it is, for people. */
  readonly what: string;
}

/** What a folder holds for a run. */
export interface Found {
  readonly occurrences: readonly Candidate[];
  readonly registers: readonly Candidate[];
  readonly layers: readonly (Candidate & { readonly name: string })[];
}

type Kind = "occurrences" | "registers" | "layers";

/** A register is a few megabytes; larger files are not read to see whether they are one. */
const largestRegister = 100_000_000;

/** Looks through a folder (not the folders in it) for occurrence records, registers and layers of polygons. */
export async function findFiles(folder: string): Promise<Found> {
  const found: Record<Kind, Candidate[]> = { occurrences: [], registers: [], layers: [] };
  const entries = await readdir(folder, { withFileTypes: true });
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const { name } of entries) {
    if (name.startsWith(".") || name === "node_modules") continue;
    const path = join(folder, name);
    const facts = await stat(path).catch(() => undefined);
    if (facts === undefined) continue;
    const seen = facts.isDirectory() ? await seenInFolder(path) : await seenInFile(path, facts.size);
    if (seen !== undefined) found[seen.kind].push({ path: name, what: seen.what });
  }
  const names = layerNames(found.layers.map(({ path }) => path));
  return {
    ...found,
    layers: found.layers.map((layer, index) => ({ ...layer, name: names[index] ?? `layer_${index + 1}` })),
  };
}

interface Seen {
  readonly kind: Kind;
  readonly what: string;
}

async function seenInFolder(path: string): Promise<Seen | undefined> {
  if (/\.gdb$/i.test(path)) return { kind: "layers", what: "File Geodatabase" };
  const names = await readdir(path).catch((): string[] => []);
  // A result of bisonflow is not what the next run begins with.
  if (names.includes("manifest.json")) return undefined;
  const parts = names.filter((name) => /\.parquet$/i.test(name)).length;
  return parts > 0
    ? { kind: "occurrences", what: `folder of ${parts} Parquet ${parts === 1 ? "file" : "files"}` }
    : undefined;
}

async function seenInFile(path: string, size: number): Promise<Seen | undefined> {
  const ending = /\.([a-z0-9]+)$/i.exec(path)?.[1]?.toLowerCase() ?? "";
  const layer = layerEndings[ending];
  if (layer !== undefined) return { kind: "layers", what: layer };
  if (ending === "json") {
    const head = await piece(path, 0, 4096);
    const polygons = /"(FeatureCollection|Topology)"|esriGeometryPolygon|"rings"/.test(head);
    return polygons ? { kind: "layers", what: "polygons in JSON" } : undefined;
  }
  if (ending === "zip") {
    // A zip's list of names stands at its end.
    const names = await piece(path, Math.max(0, size - 262_144), 262_144);
    if (/\.shp/i.test(names)) return { kind: "layers", what: "shapefile" };
    if (/\.gdb\//i.test(names)) return { kind: "layers", what: "File Geodatabase" };
    if (/\.(gpkg|geojson|fgb)/i.test(names)) return { kind: "layers", what: "zipped layer" };
  }
  if (!["zip", "csv", "tsv", "txt", "gz", "parquet", "pq"].includes(ending)) return undefined;
  const header = ["csv", "tsv", "txt"].includes(ending)
    ? ((await piece(path, 0, 16_384)).split(/[\r\n]/, 1)[0] ?? "")
    : "";
  if (/introduced or invasive|degreeofestablishment/i.test(header) && !/decimallatitude/i.test(header)) {
    return { kind: "registers", what: "US-RIIS" };
  }
  return (
    (await seenAsOccurrences(path)) ??
    (size <= largestRegister && ending !== "parquet" ? seenAsRegister(path) : undefined)
  );
}

const layerEndings: Readonly<Record<string, string>> = {
  gpkg: "GeoPackage",
  shp: "shapefile",
  geojson: "GeoJSON",
  topojson: "TopoJSON",
  fgb: "FlatGeobuf",
};

async function seenAsOccurrences(path: string): Promise<Seen | undefined> {
  const engine = await openEngine();
  try {
    const what = describeInput(await detectInput(path, { engine }));
    return { kind: "occurrences", what: what.startsWith(`${path}: `) ? what.slice(path.length + 2) : what };
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  } finally {
    engine.close();
  }
}

async function seenAsRegister(path: string): Promise<Seen | undefined> {
  try {
    const { format, rows } = await parseRegister({ path });
    return { kind: "registers", what: `${format}, ${rows.length.toLocaleString("en-US")} rows` };
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

async function piece(path: string, start: number, length: number): Promise<string> {
  const file = await open(path, "r");
  try {
    const buffer = Buffer.alloc(length);
    const { bytesRead } = await file.read(buffer, 0, length, start);
    return buffer.toString("latin1", 0, bytesRead);
  } finally {
    await file.close();
  }
}
