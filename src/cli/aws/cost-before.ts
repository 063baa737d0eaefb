import { estimateRun, throughput } from "../../aws/cost/index.ts";
import { makePlan, type Plan } from "../../workflow/index.ts";
import { servicesHere } from "../environment.ts";
import { bytes, count, duration } from "../numbers.ts";
import { runConfigFrom } from "../run-options.ts";
import { renderTable } from "../table.ts";
import { bold, type Terminal } from "../terminal.ts";
import { planFacts } from "./plan-facts.ts";
import type { CostOptions, Reckoning } from "./reckoning.ts";
import { dollars, linesText } from "./say-cost.ts";
import { capacityOf } from "./stack-cost.ts";

/** What a run will take and cost, from its plan. */
export async function costBefore(
  terminal: Terminal,
  { options, prices, access, values }: Reckoning,
): Promise<{ text: string; json: unknown }> {
  const services = servicesHere();
  const plan = await planFrom(options, services);
  const facts = await planFacts(plan, services);
  const capacity = {
    ...(await capacityOf(values, { prices, access })),
    throughNat: options.throughNat === true,
    // A task's container as `--on aws` asks for it.
    taskVcpus: plan.config.aws.vcpus ?? Number(values.TaskVcpus),
    taskMemoryMiB: plan.config.aws.memoryMiB ?? Number(values.TaskMemoryMiB),
  };
  const estimate = estimateRun(facts.stages, capacity, prices);
  const table = renderTable(
    terminal,
    [
      { title: "stage", isKey: true },
      { title: "tasks", align: "right" },
      { title: "records", align: "right" },
      { title: "read from S3", align: "right" },
      { title: "task time", align: "right" },
      { title: "lasts", align: "right" },
      { title: "requests", align: "right" },
    ],
    estimate.stages.map((stage) => [
      stage.name,
      count(stage.tasks),
      count(stage.rows),
      bytes(stage.bytes),
      duration(stage.taskSeconds),
      duration(stage.wallSeconds),
      count(stage.reads + stage.writes),
    ]),
  );
  const text = [
    bold(
      terminal,
      `About ${dollars(estimate.usd)} USD for ${count(facts.rows)} records in ${count(plan.inputs.length)} ${plan.inputs.length === 1 ? "file" : "files"}`,
    ),
    `: ${bytes(facts.bytes)} to read (${facts.bytesFrom}), ${estimate.machineHours.toFixed(2)} machine hours on ${count(estimate.machines)} ${estimate.machines === 1 ? "machine" : "machines"}, about ${duration(estimate.wallSeconds)}.\n\n`,
    table.text,
    "\n",
    linesText(terminal, estimate.lines),
    `\nMachine: ${capacity.machine}, ${capacity.hourUsdFrom}. Other prices: ${prices.region}, ${prices.asOf}.\n`,
    `Speed: ${throughput.annotateSecondsPerMillion} s of a core for a million records, measured on an AMD EPYC (bench/RESULTS.md). Not measured, assumed: ${throughput.startSeconds} s to start a task, ${throughput.idleSecondsPerMachine / 60} min of each machine's time besides, ${throughput.megabytesPerSecond} MB/s from S3 to a task.\n`,
    `Not in it: keeping the result (${prices.s3GBMonth} USD a GB and month) and looking at it in Athena (${prices.athenaTB} USD a TB read).\n`,
  ].join("");
  return { text, json: { estimate, facts, capacity, prices, assumptions: throughput } };
}

async function planFrom(options: CostOptions, services: ReturnType<typeof servicesHere>): Promise<Plan> {
  if (options.plan !== undefined)
    return JSON.parse(Buffer.from(await services.store.read(options.plan)).toString("utf8")) as Plan;
  const config = await runConfigFrom(options);
  return makePlan(config, {
    store: services.store,
    cacheFolder: services.cacheFolder({ config } as Plan),
    findSnapshot: services.findSnapshot,
  });
}
