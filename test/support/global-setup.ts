import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { installArm64 } from "./arm64.ts";
import { chromiumPath, installChromium } from "./chromium.ts";
import { installPodman } from "./container.ts";
import { makePython } from "./make-python.ts";
import { makeVersitygw } from "./make-versitygw.ts";
import { installPostgres } from "./postgres.ts";
import { installSlurm } from "./slurm.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

/**
 * Before the first test: dist/ is built from the sources as they are, for every test that starts the command;
 * the Python environment with the libraries to compare with is made; Chromium is there. What cannot be had is
 * said here, and the tests that need it are skipped with the same words.
 */
export default function setup(): void {
  if (process.env.BISONFLOW_TEST_NO_BUILD !== "1") {
    const built = spawnSync(process.execPath, [join(root, "scripts", "build.mjs")], { encoding: "utf8" });
    if (built.status !== 0)
      throw new Error(`The build failed, so no test can run:\n${built.stdout}${built.stderr}`);
  }
  const python = makePython();
  if (python !== undefined)
    console.error(`\nTests that compare with Python libraries are skipped: ${python}`);
  const chromium = chromiumPath() === undefined ? installChromium() : undefined;
  if (chromium !== undefined) console.error(`\nTests of pages in a browser are skipped: ${chromium}`);
  const postgres = installPostgres();
  if (postgres !== undefined) console.error(`\nTests on a PostgreSQL are skipped: ${postgres}`);
  const versitygw = makeVersitygw();
  if (versitygw !== undefined) console.error(`\nTests on a second S3 are skipped: ${versitygw}`);
  const slurm = installSlurm();
  if (slurm !== undefined) console.error(`\nTests on a Slurm are skipped: ${slurm}`);
  const podman = installPodman();
  if (podman !== undefined) console.error(`\nTests in a container are skipped: ${podman}`);
  const arm64 = podman ?? installArm64();
  if (arm64 !== undefined) console.error(`\nTests of the image for arm64 are skipped: ${arm64}`);
  if (!existsSync(join(root, "..", "shared", "data"))) {
    console.error("\nTests on real files are skipped: ../shared/data is not beside this checkout.");
  }
  if (
    process.env.CI === "true" &&
    [python, chromium, postgres, versitygw, slurm, podman].some((missing) => missing !== undefined)
  ) {
    throw new Error("CI runs everything, so what is missing above fails it.");
  }
}
