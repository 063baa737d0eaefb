import { Command, Option } from "commander";
import { isRemote, type StoreTraffic } from "../store/index.ts";
import { UserError } from "../trouble/index.ts";
import {
  below,
  type EventSink,
  type Manifest,
  makePlan,
  openEventLog,
  type Plan,
  type Prospect,
  packagedCounties,
  prospects,
  type RunChoice,
  type RunConfig,
  runPlan,
  type StageName,
  stageNames,
  uploadInputs,
} from "../workflow/index.ts";
import { servicesHere } from "./environment.ts";
import { interruptSignal } from "./interrupt.ts";
import { bytes, count, duration } from "./numbers.ts";
import { progressDisplay } from "./progress.ts";
import { addRunOptions, type RunOptions, runConfigFrom } from "./run-options.ts";
import { shortPath } from "./short-path.ts";
import { trafficText } from "./traffic-text.ts";

interface Options extends RunOptions {
  dryRun?: boolean;
  from?: StageName;
  only?: StageName;
  force?: boolean;
  json?: boolean;
}

/** `bisonflow run`: the whole workflow. */
export function runCommand(): Command {
  return addRunOptions(
    new Command("run").description(
      "Do the whole work: read the records, place them, assess them, count them, and write tables, maps and a report.",
    ),
  )
    .option("--dry-run", "say what would be done, and why, without doing it")
    .addOption(new Option("--from <stage>", "do this stage and those after it again").choices(stageNames))
    .addOption(new Option("--only <stage>", "do this stage alone").choices(stageNames))
    .option("--force", "do everything again")
    .option("--json", "print JSON: events while running, the manifest's main figures at the end")
    .action(async (options: Options) => {
      await runAll(await runConfigFrom(options), options);
    });
}

/** Runs a configuration and says how it went; `bisonflow demo` uses it too. */
export async function runAll(config: RunConfig, options: Omit<Options, keyof RunOptions>): Promise<void> {
  refuseOutOfReach(config);
  const services = servicesHere(config);
  const signal = interruptSignal();
  if (options.dryRun !== true) {
    await services.executor.check?.();
    services.executor.warmUp?.(config.workers ?? services.workers);
  }
  const planned = await makePlan(config, {
    store: services.store,
    cacheFolder: services.cacheFolder({ config } as Plan),
    findSnapshot: services.findSnapshot,
  });
  const choice: RunChoice = {
    ...(options.force === true ? { force: true } : {}),
    ...(options.from === undefined ? {} : { from: options.from }),
    ...(options.only === undefined ? {} : { only: options.only }),
  };
  if (options.dryRun === true)
    return sayProspects(await prospects(planned, services.store, choice), options.json === true);
  const plan = config.on === "aws" ? await uploadInputs(planned, services.store) : planned;
  const display: EventSink =
    options.json === true
      ? (event) => process.stdout.write(`${JSON.stringify(event)}\n`)
      : progressDisplay(process.stdout);
  const { log, close } = await openEventLog(below(plan.out, "events.ndjson"), services.store);
  if (options.json !== true) sayInputs(plan);
  const started = performance.now();
  let traffic: StoreTraffic | undefined;
  const manifest = await runPlan(plan, {
    services,
    signal,
    choice,
    onEvent: (event) => {
      log(event);
      display(event);
      if (event.type === "run-finished") ({ traffic } = event);
    },
  }).finally(close);
  if (manifest === undefined || options.json === true) return;
  sayResult(plan, manifest, (performance.now() - started) / 1000);
  process.stdout.write(trafficText(traffic));
}

/** Containers see no folder of this machine. */
function refuseOutOfReach({ on, out }: RunConfig): void {
  if (on !== "aws" || isRemote(out)) return;
  throw new UserError({
    code: "result-out-of-reach",
    message: `Tasks on AWS cannot write to ${out}, a folder of this machine; expected a prefix in S3.`,
    hint: "Give --to s3://BUCKET/PREFIX; `bisonflow aws up` makes a bucket.",
  });
}

function sayInputs(plan: Plan): void {
  const total = plan.inputs.reduce((sum, { bytes: size }) => sum + size, 0);
  const files = plan.inputs.length === 1 ? "1 file" : `${count(plan.inputs.length)} files`;
  process.stdout.write(
    `Reading ${files} of occurrences, ${bytes(total)}; layers: ${plan.layers.map(({ name }) => name).join(", ")}\n`,
  );
  if (plan.layers.length === 1 && plan.layers[0]?.path === packagedCounties().path) {
    process.stdout.write("No --layer is given: using the packaged US counties (us-atlas).\n");
  }
}

function sayResult(plan: Plan, manifest: Manifest, seconds: number): void {
  const { read, kept, dropped } = manifest.records;
  const lines = [
    "",
    `${count(read)} records read, ${count(kept)} kept, ${count(read - kept)} dropped:`,
    ...dropped.map(({ rule, occ_count }) => `  ${rule.padEnd(20)} ${count(occ_count).padStart(14)}`),
    ...manifest.layers.map(({ name, placement }) => {
      const by = Object.fromEntries(placement.map(({ how, occ_count }) => [how, occ_count]));
      const nearest = (by.nearest ?? 0) > 0 ? `, ${count(by.nearest ?? 0)} by the nearest` : "";
      return `In ${name}: ${count(by.inside ?? 0)} inside${nearest}, ${count(by.outside ?? 0)} outside`;
    }),
    ...manifest.warnings.map((warning) => `Note: ${warning}`),
    "",
    `Done in ${duration(seconds)}. The report: ${shortPath(below(plan.out, "report.html"))}`,
    `Tables in ${shortPath(below(plan.out, "tables"))}, records in ${shortPath(below(plan.out, "occurrences"))}, maps in ${shortPath(below(plan.out, "maps"))}.`,
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
}

function sayProspects(list: readonly Prospect[], json: boolean): void {
  if (json) {
    process.stdout.write(`${JSON.stringify(list, null, 2)}\n`);
    return;
  }
  for (const { stage, index, title, run, why } of list) {
    process.stdout.write(
      `${run ? "run " : "keep"} ${stage.padEnd(9)} ${String(index).padStart(5)}  ${title}: ${why}\n`,
    );
  }
  const toRun = list.filter(({ run }) => run).length;
  process.stdout.write(`${toRun} of ${list.length} tasks would run; nothing was done.\n`);
}
