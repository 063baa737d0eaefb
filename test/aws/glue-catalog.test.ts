import { afterAll, beforeAll, describe } from "vitest";
import { glueCatalog } from "../../src/aws/glue/index.ts";
import type { Catalog } from "../../src/catalog/index.ts";
import { catalogContract } from "../contract/catalog.ts";
import { type Emulator, noEmulator, startEmulator } from "../support/emulator.ts";
import { accessTo } from "../support/trino-lake.ts";

let emulator: Emulator;
beforeAll(async () => {
  if (noEmulator === false) emulator = await startEmulator();
});
afterAll(() => emulator?.stop());

async function emptyCatalog(): Promise<Catalog> {
  const catalog = glueCatalog(accessTo(emulator));
  for (const { Name } of await catalog.listDatabases()) await catalog.deleteDatabase(Name);
  return catalog;
}

describe.skipIf(noEmulator)(`on the emulator${noEmulator === false ? "" : `: ${noEmulator}`}`, () => {
  catalogContract("Glue", emptyCatalog);
});
