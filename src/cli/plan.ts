import { Command } from "commander";
import { makePlan, type Plan } from "../workflow/index.ts";
import { servicesHere } from "./environment.ts";
import { addRunOptions, type RunOptions, runConfigFrom } from "./run-options.ts";

/** `bisonflow plan`: what a run would do, as JSON. */
export function planCommand(): Command {
  return addRunOptions(
    new Command("plan").description("Print the plan of a run as JSON, without running it."),
  )
    .option("--write <file>", "write the plan to a file or an s3:// uri, for `bisonflow task run`")
    .action(async (options: RunOptions & { write?: string }) => {
      const services = servicesHere();
      const config = await runConfigFrom(options);
      const plan = await makePlan(config, {
        store: services.store,
        cacheFolder: services.cacheFolder({ config } as Plan),
        findSnapshot: services.findSnapshot,
      });
      const text = `${JSON.stringify(plan, null, 2)}\n`;
      if (options.write === undefined) process.stdout.write(text);
      else await services.store.publishBytes(Buffer.from(text), options.write);
    });
}
