import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App, Validations } from "aws-cdk-lib";
import { AwsSolutionsChecks } from "cdk-nag";
import { variants } from "../src/aws/stack/variant.ts";
import { acknowledge } from "./exceptions.ts";
import { BisonflowStack } from "./stack.ts";

/** Synthesises all variants, offline, and checks them by cdk-nag's rules of AWS Solutions. */
export function synthesise(): { templates: Record<string, object>; findings: string[] } {
  const outdir = mkdtempSync(join(tmpdir(), "bisonflow-infra-"));
  try {
    const app = new App({ outdir, analyticsReporting: false, treeMetadata: false });
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
    for (const variant of variants) acknowledge(new BisonflowStack(app, variant));
    const assembly = app.synth();
    const templates = Object.fromEntries(
      assembly.stacks.map(({ id, templateFullPath }) => [
        id,
        JSON.parse(readFileSync(templateFullPath, "utf8")),
      ]),
    );
    return { templates, findings: [] };
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}
