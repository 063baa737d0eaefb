export { type CellFunction, Engine, type EngineOptions, openEngine, type Row } from "./engine.ts";
export { identifier, literal, stringList } from "./sql-text.ts";
