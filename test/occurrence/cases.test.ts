import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Engine, openEngine } from "../../src/engine/index.ts";
import { detectInput, expandInputs, OCCURRENCE_COLUMNS, sourceFacts } from "../../src/occurrence/index.ts";
import { root, temporaryFolder } from "../support/paths.ts";
import { stageRows } from "./staging.ts";

const cases = join(root, "test", "cases");
const names = readdirSync(cases).filter((name) => name.startsWith("occurrence-"));
const columns = OCCURRENCE_COLUMNS.map(({ name }) => name);

describe("the golden case", () => {
  const folder = temporaryFolder();
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine();
  });
  afterAll(() => engine.close());

  it.each(names)("%s is read as expected", async (name) => {
    const inputs = [];
    for (const path of await expandInputs(["input"], { cwd: join(cases, name) })) {
      const input = await detectInput(path);
      if (input.kind === "parquet") throw new Error("golden cases are texts");
      const { rows, issues } = await stageRows({ engine, input, columns, folder });
      const known = rows.map((row) =>
        Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null)),
      );
      const unused = input.kind === "text" ? input.unused : [];
      inputs.push({ input, file: basename(path), flavour: input.flavour, unused, rows: known, issues });
    }
    const read = {
      source: sourceFacts(inputs.map(({ input }) => input)),
      inputs: inputs.map(({ input: _input, ...rest }) => rest),
    };
    expect(read).toEqual(JSON.parse(readFileSync(join(cases, name, "expected", "read.json"), "utf8")));
  });
});
