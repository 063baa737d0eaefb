import { type CostLine, line, total } from "./line.ts";
import { type Charged, machineLines } from "./machine-lines.ts";
import type { Prices } from "./prices.ts";
import { throughput } from "./throughput.ts";

/** A stage of a plan, as far as its cost goes. */
export interface StageFacts {
  readonly name: string;
  readonly tasks: number;
  /** Records that its tasks read. */
  readonly rows: number;
  /** Bytes that its tasks fetch from S3: of Parquet the columns needed, of text everything. */
  readonly bytes: number;
}

/** Where tasks run, and what is asked for each. */
export interface Capacity extends Charged {
  /** Where that price comes from: `spot price of 2026-11-24 in us-east-1a`. */
  readonly hourUsdFrom: string;
  readonly taskVcpus: number;
  readonly taskMemoryMiB: number;
  readonly maxVcpus: number;
  /** Whether reading goes through NAT rather than the S3 endpoint. */
  readonly throughNat: boolean;
  /** Transitions of the state machine; 0 when a laptop leads the run. */
  readonly transitions: number;
}

/** What a stage will take. */
export interface StageEstimate extends StageFacts {
  /** Of all its tasks together. */
  readonly taskSeconds: number;
  /** From its first task's start to its last one's end. */
  readonly wallSeconds: number;
  readonly reads: number;
  readonly writes: number;
}

export interface RunEstimate {
  readonly stages: readonly StageEstimate[];
  readonly machines: number;
  readonly machineHours: number;
  readonly wallSeconds: number;
  readonly lines: readonly CostLine[];
  readonly usd: number;
}

/** What a run will take and cost, from its plan. Storage of what comes out is not in it: it costs by the month. */
export function estimateRun(stages: readonly StageFacts[], capacity: Capacity, prices: Prices): RunEstimate {
  const machine = prices.machines[capacity.machine];
  const perMachine = machine === undefined ? 1 : tasksPerMachine(machine, capacity);
  const slots = Math.max(1, Math.floor(capacity.maxVcpus / capacity.taskVcpus));
  const estimates = stages.filter(({ tasks }) => tasks > 0).map((stage) => estimateStage(stage, slots));
  const widest = Math.max(0, ...estimates.map(({ tasks }) => Math.min(tasks, slots)));
  const machines = Math.ceil(widest / perMachine);
  const taskHours = sum(estimates, ({ taskSeconds }) => taskSeconds) / 3600;
  const machineHours = taskHours / perMachine + (machines * throughput.idleSecondsPerMachine) / 3600;
  const bytes = sum(estimates, (stage) => stage.bytes);
  const tasks = sum(estimates, (stage) => stage.tasks);
  const lines = [
    ...machineLines(machineHours, capacity, prices),
    line("S3 reads", sum(estimates, ({ reads }) => reads) / 1000, {
      unit: "thousand",
      price: prices.s3ReadsPer1000,
    }),
    line("S3 writes", sum(estimates, ({ writes }) => writes) / 1000, {
      unit: "thousand",
      price: prices.s3WritesPer1000,
    }),
    line("NAT gateway", capacity.throughNat ? bytes / 1e9 : 0, { unit: "GB", price: prices.natGB }),
    line("logs", (tasks * throughput.logBytesPerTask) / 1e9, { unit: "GB", price: prices.logsGB }),
    line("steps of the state machine", capacity.transitions / 1000, {
      unit: "thousand",
      price: prices.stepTransitionsPer1000,
    }),
  ].filter(({ amount }) => amount > 0);
  return {
    stages: estimates,
    machines,
    machineHours,
    wallSeconds:
      sum(estimates, ({ wallSeconds }) => wallSeconds) +
      (machines > 0 ? throughput.idleSecondsPerMachine / 2 : 0),
    lines,
    usd: total(lines),
  };
}

/** How many tasks fit on a machine at a time. Batch's agent takes some memory for itself. */
export function tasksPerMachine(
  machine: { readonly vcpus: number; readonly memoryMiB: number },
  task: { readonly taskVcpus: number; readonly taskMemoryMiB: number },
): number {
  const usable = machine.memoryMiB * 0.92;
  return Math.max(
    1,
    Math.min(Math.floor(machine.vcpus / task.taskVcpus), Math.floor(usable / task.taskMemoryMiB)),
  );
}

function estimateStage(stage: StageFacts, slots: number): StageEstimate {
  const { tasks, rows, bytes } = stage;
  const fetch = bytes / 1e6 / throughput.megabytesPerSecond;
  // Work and fetching overlap: the slower of the two counts.
  const busy = Math.max(workSeconds(stage), fetch);
  const taskSeconds = tasks * throughput.startSeconds + busy;
  const rounds = Math.ceil(tasks / slots);
  return {
    ...stage,
    taskSeconds,
    wallSeconds: rounds * (taskSeconds / tasks),
    reads: tasks * throughput.readsPerTask + Math.ceil(bytes / throughput.bytesPerRead),
    writes: tasks * throughput.writesPerTask + Math.ceil((rows * 40) / throughput.bytesPerWrite),
  };
}

function workSeconds({ name, tasks, rows }: StageFacts): number {
  const millions = rows / 1e6;
  switch (name) {
    case "annotate":
      return millions * throughput.annotateSecondsPerMillion;
    case "acquire":
      return millions * throughput.acquireSecondsPerMillion;
    case "count":
      return throughput.smallTaskSeconds + millions * throughput.countSecondsPerMillion;
    default:
      return tasks * throughput.smallTaskSeconds;
  }
}

function sum<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((all, item) => all + value(item), 0);
}
