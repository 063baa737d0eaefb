import { expect, it } from "vitest";
import { openEngine } from "../engine/index.ts";
import { refuseOtherChecklist } from "./register-entries.ts";

async function check(recordKeys: string[], registerKeys: string[]): Promise<void> {
  const engine = await openEngine();
  const table = (keys: string[], column: string) =>
    `SELECT unnest([${keys.map((key) => `'${key}'`).join(", ")}]::VARCHAR[]) AS ${column}`;
  await engine.run(`CREATE TABLE entries AS ${table(registerKeys, "key")}`);
  try {
    await refuseOtherChecklist(engine, {
      relation: table(recordKeys, "taxonkey"),
      keep: "true",
      entries: "entries",
    });
  } finally {
    engine.close();
  }
}

it("a register keyed in one checklist is not joined to records keyed in the other", async () => {
  const differ = expect.objectContaining({ code: "checklists-differ" });
  await expect(check(["7N3HX", "4CGXS", "V2"], ["3120284", "2873769"])).rejects.toEqual(differ);
  await expect(check(["3120284", "2873769"], ["7N3HX", "4CGXS"])).rejects.toEqual(differ);
});

it("the same checklist, or none to be told, is no hindrance", async () => {
  await check(["3120284"], ["2873769", "1010101"]);
  await check(["7N3HX"], ["4CGXS"]);
  await check([], ["3120284"]);
  await check(["3120284"], []);
});
