import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App, Validations } from "aws-cdk-lib";
import { AwsSolutionsChecks } from "cdk-nag";
import { variants } from "../src/aws/stack/variant.ts";
import { BisonflowStack } from "./stack.ts";

/**
 * Synthesises all variants, offline, and checks them by cdk-nag's rules of AWS Solutions. A finding that is none of the
 * exceptions (by id, with reason) is printed by the CDK, which then fails.
 */
export function synthesise(exceptions: Readonly<Record<string, string>>): Record<string, object> {
  const outdir = mkdtempSync(join(tmpdir(), "bisonflow-infra-"));
  try {
    const app = new App({ outdir, analyticsReporting: false, treeMetadata: false });
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
    for (const variant of variants) {
      const stack = new BisonflowStack(app, variant);
      for (const [id, reason] of Object.entries(exceptions))
        Validations.of(stack).acknowledge({ id, reason });
    }
    const assembly = app.synth();
    return Object.fromEntries(
      assembly.stacks.map(({ id, templateFullPath }) => [
        id,
        JSON.parse(readFileSync(templateFullPath, "utf8")),
      ]),
    );
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}
