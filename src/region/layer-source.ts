import type { DataIssue } from "../trouble/index.ts";

/** Where a layer of regions is and how to take it; everything but `path` and `name` has a default. */
export interface LayerOptions {
  /** A file, a zip, or a folder that is a File Geodatabase. */
  readonly path: string;
  /** What the layer is called in outputs: `county` gives `county_id`, `county_name`. */
  readonly name: string;
  /** The field that identifies a region. Default: by convention (GEOID, then what the format offers). */
  readonly idField?: string;
  /** The field with a region's name. Default: by convention (NAMELSAD, NAME), else the id. */
  readonly nameField?: string;
  /** The layer inside a file that holds several. */
  readonly sublayer?: string;
  /** The coordinate reference system, for files that do not say theirs: anything GDAL knows, such as EPSG:4269. */
  readonly crs?: string;
  /** What a point in several regions gets: the region of the smallest area (the default), or all of them. */
  readonly overlap?: Overlap;
  /** How far from a region, in metres, a point outside is still given to it. Default 0: not at all. */
  readonly snapMeters?: number;
  /** Coarser layers that fields of this one hold, by name. `state` of US counties is found without. */
  readonly coarser?: Readonly<Record<string, { readonly idField: string; readonly nameField: string }>>;
}

/** What a point in several regions of a layer gets: one of them, or all. */
export type Overlap = "one" | "all";

/** A region as it was read. */
export interface SourceRegion {
  readonly id: string;
  readonly name: string;
  /** Every field of the file, as text; null where it is null. */
  readonly fields: Readonly<Record<string, string | null>>;
  /** Polygons of rings of interleaved longitude and latitude; the first ring is the outer one. */
  readonly polygons: readonly (readonly Float64Array[])[];
}

/** A layer as it was read: longitudes and latitudes in WGS84, in the order of the file. */
export interface LayerSource {
  readonly name: string;
  readonly idField: string;
  readonly nameField: string;
  readonly regions: readonly SourceRegion[];
  /** What the file said its coordinate reference system is, before it was reprojected. */
  readonly crs: string;
  readonly issues: readonly DataIssue[];
  readonly coarser: readonly CoarserSource[];
}

/** A coarser layer: for each region (same order as `regions`) the id and name of what it lies in; null for none. */
export interface CoarserSource {
  readonly name: string;
  readonly ids: readonly (string | null)[];
  readonly names: readonly (string | null)[];
}
