export { writeDataPackage } from "./data-package.ts";
export { writeGeoParquet } from "./geoparquet.ts";
export type { MapGeometry } from "./map-geometry.ts";
export type {
  LayerFacts,
  LicenceFact,
  NamedCount,
  RegisterFacts,
  RunFacts,
  SourceFacts,
} from "./run-facts.ts";
export type { TableColumn, TableFile, TableMeta } from "./table-meta.ts";
export { type Polygon, type PolygonType, type Ring, readPolygons } from "./wkb.ts";
export { writeReport } from "./write-report.ts";
