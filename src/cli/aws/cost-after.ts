import {
  actualCost,
  attemptsOf,
  type CostLine,
  executionJobs,
  line,
  machinePrice,
  type PaidAttempt,
  type Prices,
  total,
  trafficOf,
} from "../../aws/cost/index.ts";
import { bug, UserError } from "../../trouble/index.ts";
import { below } from "../../workflow/location.ts";
import { servicesHere } from "../environment.ts";
import { count, duration } from "../numbers.ts";
import { renderTable } from "../table.ts";
import { bold, type Terminal } from "../terminal.ts";
import type { Reckoning } from "./reckoning.ts";
import { dollars, linesText } from "./say-cost.ts";

/** What a run did cost: every attempt of its tasks, by stage. */
export async function costAfter(
  terminal: Terminal,
  reckoning: Reckoning,
): Promise<{ text: string; json: unknown }> {
  const { prices, access, values } = reckoning;
  const { attempts, more, source } = await ranFor(reckoning);
  const isSpot = values.Capacity !== "EC2";
  const machine = await machinePrice((values.InstanceTypes ?? "").split(","), { isSpot, prices, access });
  const cost = actualCost(
    attempts,
    { ...machine, isSpot, diskGiB: Number(values.ScratchGiB), hasPublicAddress: true },
    prices,
  );
  const lines = [...cost.lines, ...more];
  const usd = total(lines);
  const lost = attempts.filter(({ end }) => end !== "done");
  const table = renderTable(
    terminal,
    [
      { title: "stage", isKey: true },
      { title: "tasks", align: "right" },
      { title: "attempts", align: "right" },
      { title: "not done" },
      { title: "task time", align: "right" },
      { title: "of it lost", align: "right" },
      { title: "machine hours", align: "right" },
      { title: "USD", align: "right" },
    ],
    cost.stages.map((stage) => [
      stage.stage,
      count(stage.tasks),
      count(stage.attempts),
      Object.entries(stage.again)
        .map(([end, times]) => `${times} ${end}`)
        .join(", "),
      duration(stage.seconds),
      duration(stage.lostSeconds),
      stage.machineHours.toFixed(4),
      dollars(stage.usd),
    ]),
  );
  const text = [
    bold(terminal, `${dollars(usd)} USD`),
    ` for ${count(attempts.length)} attempts at tasks in ${duration(cost.wallSeconds)} (${source}); ${count(lost.length)} of them were not done and paid for.\n\n`,
    table.text,
    "\n",
    linesText(terminal, lines),
    `\nMachine: ${machine.machine}, ${machine.from}: each attempt is charged its share of one. A machine's start and idle minutes are nobody's and not in it.\n`,
  ].join("");
  return { text, json: { usd, stages: cost.stages, wallSeconds: cost.wallSeconds, lines, machine, prices } };
}

interface Ran {
  readonly attempts: readonly PaidAttempt[];
  readonly more: readonly CostLine[];
  readonly source: string;
}

async function ranFor({ options, access, prices }: Reckoning): Promise<Ran> {
  if (options.execution !== undefined) {
    const { attempts, transitions } = await executionJobs(
      access ?? bug("an execution without an account"),
      options.execution,
    );
    if (attempts.length === 0) {
      throw new UserError({
        code: "attempts-missing",
        message: `${options.execution}: no job of it is known to Batch any more, which forgets them a week after their end.`,
        hint: "Name the execution of a newer run.",
      });
    }
    const steps = line("steps of the state machine", transitions / 1000, {
      unit: "thousand",
      price: prices.stepTransitionsPer1000,
    });
    return { attempts, more: [steps], source: "as Batch tells them" };
  }
  const uri = below(options.of ?? bug("cost after nothing"), "events.ndjson");
  const text = Buffer.from(await servicesHere().store.read(uri)).toString("utf8");
  return { attempts: attemptsOf(text, uri), more: trafficLines(text, prices), source: uri };
}

/** What was moved to and from S3; requests are not told apart in a run's events. */
function trafficLines(text: string, prices: Prices): CostLine[] {
  const requests = trafficOf(text);
  if (requests === 0) return [];
  return [
    line("S3 requests, all as reads", requests / 1000, { unit: "thousand", price: prices.s3ReadsPer1000 }),
  ];
}
