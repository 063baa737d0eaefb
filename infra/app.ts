import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { exceptions } from "./exceptions.ts";
import { synthesise } from "./synthesise.ts";

/**
 * Writes the templates of all variants into the package: `npm run synth`. `--out FOLDER` writes them elsewhere;
 * `--strict` knows no exceptions from cdk-nag's rules, so that it fails with each of them; `--exceptions` prints those.
 */
const { values } = parseArgs({
  options: {
    out: { type: "string", default: fileURLToPath(new URL("../src/aws/stack/templates", import.meta.url)) },
    strict: { type: "boolean", default: false },
    exceptions: { type: "boolean", default: false },
  },
});
if (values.exceptions) process.stdout.write(`${JSON.stringify(exceptions, null, 2)}\n`);
else {
  const templates = synthesise(values.strict ? {} : exceptions);
  mkdirSync(values.out, { recursive: true });
  for (const [name, template] of Object.entries(templates))
    writeFileSync(join(values.out, `${name}.json`), `${JSON.stringify(template, null, 1)}\n`);
}
