import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { synthesise } from "./synthesise.ts";

/** Writes the templates of all variants into the package; `--out FOLDER` writes them elsewhere. */
const at = process.argv.indexOf("--out");
const folder =
  at > 0
    ? (process.argv[at + 1] ?? ".")
    : fileURLToPath(new URL("../src/aws/stack/templates", import.meta.url));
mkdirSync(folder, { recursive: true });
const { templates, findings } = synthesise();
for (const [name, template] of Object.entries(templates)) {
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(template, null, 1)}\n`);
}
for (const finding of findings) process.stderr.write(`${finding}\n`);
process.exitCode = findings.length > 0 ? 1 : 0;
