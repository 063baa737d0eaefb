import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Before the first test: dist/ is built from the sources as they are, for every test that starts the command. */
export default function setup(): void {
  if (process.env["BISONFLOW_TEST_NO_BUILD"] === "1") return;
  const built = spawnSync(process.execPath, [join(root, "scripts", "build.mjs")], { encoding: "utf8" });
  if (built.status !== 0) throw new Error(`The build failed, so no test can run:\n${built.stdout}${built.stderr}`);
}
