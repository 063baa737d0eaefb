export { type CellFunction, Engine, type EngineOptions, openEngine, type Row } from "./engine.ts";
export { enumOf, useEnums } from "./enum-columns.ts";
export { identifier, literal, parquetScan, plainPath, stringList } from "./sql-text.ts";
