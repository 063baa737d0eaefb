import { readFile, stat } from "node:fs/promises";

/** A document larger than this is never one feature alone. */
const largest = 256 * 2 ** 20;

/**
 * One feature of Esri JSON by itself, or an array of them, as a feature set that GDAL reads; undefined for any other
 * JSON. Where it does not say its reference system it is taken for WGS84, as ArcGIS services answer.
 */
export async function wrapEsriFeature(
  path: string,
): Promise<{ bytes: Uint8Array; assumed: boolean } | undefined> {
  if ((await stat(path)).size > largest) return undefined;
  const text = await readFile(path, "utf8");
  if (!/"attributes"|"geometry"/.test(text) || !/"rings"/.test(text)) return undefined;
  let document: unknown;
  try {
    document = JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch {
    return undefined;
  }
  const features: unknown[] = Array.isArray(document) ? document : [document];
  if (!features.every(isEsriFeature) || features.length === 0) return undefined;
  const [first] = features as readonly EsriFeature[];
  const reference = first?.spatialReference ?? first?.geometry.spatialReference;
  const set = {
    geometryType: "esriGeometryPolygon",
    spatialReference: reference ?? { wkid: 4326 },
    fields: fieldsOf(features as readonly EsriFeature[]),
    features,
  };
  return { bytes: new TextEncoder().encode(JSON.stringify(set)), assumed: reference === undefined };
}

interface EsriFeature {
  readonly attributes?: Readonly<Record<string, unknown>>;
  readonly geometry: { readonly rings: unknown; readonly spatialReference?: unknown };
  readonly spatialReference?: unknown;
}

function isEsriFeature(value: unknown): value is EsriFeature {
  if (typeof value !== "object" || value === null || "features" in value) return false;
  const { geometry } = value as { geometry?: unknown };
  return typeof geometry === "object" && geometry !== null && "rings" in geometry;
}

function fieldsOf(features: readonly EsriFeature[]) {
  const types = new Map<string, string>();
  for (const { attributes } of features) {
    for (const [name, value] of Object.entries(attributes ?? {})) {
      if (value === null && types.has(name)) continue;
      const known = types.get(name);
      const type =
        typeof value !== "number"
          ? "esriFieldTypeString"
          : Number.isSafeInteger(value) && known !== "esriFieldTypeDouble"
            ? "esriFieldTypeInteger"
            : "esriFieldTypeDouble";
      types.set(name, known === "esriFieldTypeString" && value !== null ? known : type);
    }
  }
  return [...types].map(([name, type]) => ({ name, alias: name, type }));
}
