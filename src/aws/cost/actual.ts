import { tasksPerMachine } from "./estimate.ts";
import { type CostLine, total } from "./line.ts";
import { type Charged, machineLines } from "./machine-lines.ts";
import type { Prices } from "./prices.ts";

/** An attempt at a task, as Batch and the events of a run tell it. */
export interface PaidAttempt {
  readonly stage: string;
  readonly index: number;
  readonly attempt: number;
  /** `done`, or how it ended otherwise. */
  readonly end: string;
  /** ISO 8601, UTC. */
  readonly started: string;
  readonly seconds: number;
  readonly vcpus: number;
  readonly memoryMiB: number;
}

/** What a stage really took. */
export interface StageCost {
  readonly stage: string;
  readonly tasks: number;
  readonly attempts: number;
  /** Attempts that did not end well: paid for, and done again. */
  readonly again: Readonly<Record<string, number>>;
  readonly seconds: number;
  /** Of the seconds, those of attempts that did not end well. */
  readonly lostSeconds: number;
  readonly machineHours: number;
  readonly usd: number;
}

export interface ActualCost {
  readonly stages: readonly StageCost[];
  /** From the first attempt's start to the last one's end. */
  readonly wallSeconds: number;
  readonly lines: readonly CostLine[];
  readonly usd: number;
}

/**
 * What attempts cost, by stage. An attempt is charged its share of a machine for as long as it ran; a machine's start
 * and its idle minutes are nobody's and not in it (AWS's bill has them).
 */
export function actualCost(attempts: readonly PaidAttempt[], charged: Charged, prices: Prices): ActualCost {
  const machine = prices.machines[charged.machine];
  const share = (one: PaidAttempt): number =>
    machine === undefined
      ? 1
      : 1 / tasksPerMachine(machine, { taskVcpus: one.vcpus, taskMemoryMiB: one.memoryMiB });
  const hours = (some: readonly PaidAttempt[]): number =>
    some.reduce((sum, one) => sum + (one.seconds / 3600) * share(one), 0);
  const stages = [...new Set(attempts.map(({ stage }) => stage))].map((stage): StageCost => {
    const own = attempts.filter((one) => one.stage === stage);
    const lost = own.filter(({ end }) => end !== "done");
    const again: Record<string, number> = {};
    for (const { end } of lost) again[end] = (again[end] ?? 0) + 1;
    const machineHours = hours(own);
    return {
      stage,
      tasks: new Set(own.map(({ index }) => index)).size,
      attempts: own.length,
      again,
      seconds: own.reduce((sum, { seconds }) => sum + seconds, 0),
      lostSeconds: lost.reduce((sum, { seconds }) => sum + seconds, 0),
      machineHours,
      usd: machineHours * charged.hourUsd,
    };
  });
  const machineHours = hours(attempts);
  const lines = [...machineLines(machineHours, charged, prices)].filter(({ amount }) => amount > 0);
  const starts = attempts.map(({ started }) => Date.parse(started));
  const ends = attempts.map(({ started, seconds }) => Date.parse(started) + seconds * 1000);
  return {
    stages,
    wallSeconds: attempts.length === 0 ? 0 : (Math.max(...ends) - Math.min(...starts)) / 1000,
    lines,
    usd: total(lines),
  };
}
