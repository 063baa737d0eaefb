// A Python environment of the bench's own, in .cache: GeoPandas, and the file of DuckDB's spatial extension.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../../.cache/bench-python", import.meta.url));
const packages = [
  "geopandas==1.1.1",
  "shapely==2.1.2",
  "numpy==2.3.5",
  "pandas==2.3.3",
  "pyarrow==22.0.0",
  "duckdb-extension-spatial==1.5.5",
];

/** The interpreter; throws what pip said where the environment can't be made. */
export function benchPython() {
  const python = join(folder, "bin", "python");
  if (!existsSync(python)) run("python3", ["-m", "venv", folder]);
  run(python, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", ...packages]);
  return python;
}

/** Path of the spatial extension for the DuckDB here. */
export function spatialExtension() {
  const where = run(benchPython(), [
    "-c",
    "import duckdb_extension_spatial as d; print(d.__path__[0])",
  ]).trim();
  return join(where, "extensions", "v1.5.5", "spatial.duckdb_extension");
}

function run(command, args) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(error?.message ?? stderr.trim().split("\n").pop());
  return stdout;
}
