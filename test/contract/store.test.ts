import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { localStore } from "../../src/store/index.ts";
import { temporaryFolder } from "../support/paths.ts";
import { storeContract } from "./store.ts";

const folder = temporaryFolder();
storeContract("local files", async () => ({
  store: localStore(),
  root: `${mkdtempSync(join(folder, "root-"))}/`,
}));
