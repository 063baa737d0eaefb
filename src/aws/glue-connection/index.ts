export {
  differencesOf,
  type GlueConnection,
  type GlueDifference,
  type GlueNetwork,
  glueConnectionActions,
  glueConnectionOf,
  readGlueConnection,
  type StoredGlueConnection,
  writeGlueConnection,
} from "./glue-connection.ts";
export { type GlueObstacle, glueObstacles } from "./glue-obstacles.ts";
export { subnetZone, zoneActions } from "./subnet-zone.ts";
