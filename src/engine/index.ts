export { type CellFunction, Engine, type EngineOptions, openEngine, type Row } from "./engine.ts";
export { identifier, literal, parquetScan, plainPath, stringList } from "./sql-text.ts";
