import { existsSync, mkdirSync, statfsSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { makeSnapshot } from "./make-snapshot.mjs";
import { registerKeys } from "./register-keys.mjs";

const shared = fileURLToPath(new URL("../../shared/data/", import.meta.url));
const here = (path) => (existsSync(join(shared, path)) ? join(shared, path) : undefined);

/** Where the bench writes: $BENCH_FOLDER, else a folder of the system's temporary one. */
export const benchFolder = process.env.BENCH_FOLDER ?? join(tmpdir(), "bisonflow-bench");
mkdirSync(benchFolder, { recursive: true });

export const commandLine = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));
export const county = here("regions/cb_2021_us_county_5m.zip");
export const aiannh = here("regions/cb_2021_us_aiannh_500k.zip");
export const register = here("register/US-RIIS_MasterList_2021.csv");
export const birds = here("occurrences/isu-birds.dwca.zip");

/** The layers and the register that are here, as options of `bisonflow run`; without them the packaged counties. */
export const layerOptions = [
  ...(county === undefined ? [] : ["--layer", `county=${county}`]),
  ...(aiannh === undefined || county === undefined ? [] : ["--layer", `aiannh=${aiannh}`]),
  ...(register === undefined ? [] : ["--register", register]),
];

/** The first `millions` files of the seeded snapshot, made where they are not there. */
export async function snapshot(millions) {
  const { bavail, bsize } = statfsSync(benchFolder);
  const needed = millions * 250e6;
  if (bavail * bsize < needed) {
    throw new Error(
      `${benchFolder}: ${(needed / 1e9).toFixed(0)} GB free are needed; set BENCH_FOLDER to another disk.`,
    );
  }
  const keys = register === undefined ? [] : registerKeys(register);
  // Other keys, other files.
  const folder = join(benchFolder, keys.length === 0 ? "snapshot-plain" : "snapshot");
  return makeSnapshot({ folder, rows: millions * 1_000_000, keys, lanes: availableParallelism() });
}
