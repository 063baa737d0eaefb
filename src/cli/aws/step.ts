import { Argument, Command } from "commander";
import { servicesHere } from "../environment.ts";
import { interruptSignal } from "../interrupt.ts";
import { findStep } from "./step-find.ts";
import { finishStep } from "./step-finish.ts";
import { planStep } from "./step-plan.ts";

const steps = { find: findStep, plan: planStep, finish: finishStep } as const;

/**
 * `bisonflow aws step STEP CONFIG WORK`: what the state machine's own jobs run, before the tasks and after them. Each
 * leaves its answer under WORK, where the next one and the state machine read it.
 */
export function stepCommand(): Command {
  return new Command("step")
    .description("One step of the state machine, as its jobs run it; for people only to look at.")
    .addArgument(
      new Argument(
        "<step>",
        "find: which snapshot; plan: which tasks; finish: install the result and write the catalog",
      ).choices(Object.keys(steps)),
    )
    .argument("<config>", "the run's configuration, JSON: s3://bucket/config/run.json")
    .argument("<work>", "folder of this execution: s3://bucket/work/NAME")
    .action(async (step: keyof typeof steps, config: string, work: string) => {
      const said = await steps[step]({
        config,
        work: work.replace(/\/+$/, ""),
        services: servicesHere(),
        signal: interruptSignal(),
      });
      process.stdout.write(`${said}\n`);
    });
}
