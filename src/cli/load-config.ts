import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { createJiti } from "jiti";
import { UserError } from "../trouble/index.ts";
import type { RunSpec } from "../workflow/index.ts";

/** Where a configuration is looked for when none is named, in this order. */
export const configNames = [
  "bisonflow.config.ts",
  "bisonflow.config.mjs",
  "bisonflow.config.js",
  "bisonflow.config.json",
];

/** Reads a configuration file, TypeScript or not; undefined when none is named and none stands here. */
export async function loadConfig(
  named: string | undefined,
  cwd: string = process.cwd(),
): Promise<Partial<RunSpec> | undefined> {
  const path =
    named === undefined
      ? configNames.map((name) => resolve(cwd, name)).find(existsSync)
      : resolve(cwd, named);
  if (path === undefined) return undefined;
  if (!existsSync(path)) {
    throw new UserError({
      code: "config-not-found",
      message: `${path}: no such file.`,
      hint: "Check --config, or write a configuration with `bisonflow init`.",
    });
  }
  try {
    // A configuration imports `defineConfig` from bisonflow wherever it stands, installed there or not.
    const jiti = createJiti(path, {
      alias: { bisonflow: fileURLToPath(new URL("../index.js", import.meta.url)) },
    });
    const loaded = await jiti.import(path, { default: true });
    if (loaded !== null && typeof loaded === "object") return loaded as Partial<RunSpec>;
  } catch (error) {
    throw new UserError({
      code: "config-unreadable",
      message: `${path}: ${error instanceof Error ? (error.message.split("\n", 1)[0] ?? "") : String(error)}.`,
      hint: "Mend the file; `bisonflow init` writes one to compare with.",
      cause: error,
    });
  }
  throw new UserError({
    code: "config-unreadable",
    message: `${path}: expected a default export that is an object.`,
    hint: "Write `export default defineConfig({ … })`; `bisonflow init` writes one to compare with.",
  });
}
