import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { localCatalog } from "../../src/catalog/index.ts";
import { temporaryFolder } from "../support/paths.ts";
import { catalogContract } from "./catalog.ts";

const folder = temporaryFolder();
catalogContract("local files", async () => localCatalog(mkdtempSync(join(folder, "catalog-"))));
