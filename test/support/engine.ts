import { afterAll, beforeAll } from "vitest";
import { type Engine, openEngine } from "../../src/engine/index.ts";

/** How to get the DuckDB session of this test file: open before its tests, closed after them. */
export function engineOfFile(): () => Engine {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine();
  });
  afterAll(() => engine.close());
  return () => engine;
}
