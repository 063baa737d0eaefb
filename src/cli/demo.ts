import { join, resolve } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { packagedCounties, runSpec } from "../workflow/index.ts";
import { writeSample } from "./demo/write-sample.ts";
import { servicesHere } from "./environment.ts";
import { count } from "./numbers.ts";
import { runAll } from "./run.ts";

/** `bisonflow demo`: the whole workflow on invented records over the real counties of us-atlas. */
export function demoCommand(): Command {
  return new Command("demo")
    .description("Run the whole workflow on a synthetic sample: invented records over the real US counties.")
    .option("--out <folder>", "folder for the sample and the result", "bisonflow-demo")
    .option("--records <n>", "how many records to invent", recordCount, 60_000)
    .action(async ({ out, records }: { out: string; records: number }) => {
      const layer = packagedCounties();
      process.stdout.write(
        `SYNTHETIC SAMPLE: ${count(records)} invented records. The species' names and the counties are\nreal; nothing else is, and nothing here says anything about a species.\n\n`,
      );
      const folder = join(resolve(out), "sample");
      const sample = await writeSample({
        folder,
        records,
        countiesPath: layer.path,
        store: servicesHere().store,
      });
      const config = runSpec.parse({
        title: "A synthetic sample",
        synthetic: true,
        occurrences: [sample.occurrences],
        register: { path: sample.register },
        layers: [layer],
        flags: ["zero_coordinates"],
        out,
        catalog: false,
      });
      await runAll(config, {});
    });
}

function recordCount(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 100_000_000) {
    throw new InvalidArgumentError("Expected a whole number from 1 to 100,000,000.");
  }
  return value;
}
