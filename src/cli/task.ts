import { Command } from "commander";
import { z } from "zod";
import type { TaskEvent } from "../executor/index.ts";
import { describeSystemError, type Store } from "../store/index.ts";
import { bug, ExitCode, TaskFailure, UserError } from "../trouble/index.ts";
import type { Services } from "../workflow/compose.ts";
import type { Plan } from "../workflow/plan.ts";
import { loadAnnotate, runTask } from "../workflow/task.ts";
import { servicesHere } from "./environment.ts";
import { interruptSignal } from "./interrupt.ts";
import { fixedQueue, parentsQueue, type TaskQueue } from "./task-queue.ts";

interface Options {
  indexes?: string;
}

/** `bisonflow task run PLAN STAGE INDEX...`, what executors of queues start, and `task follow` of the local one. */
export function taskCommand(): Command {
  const run = new Command("run")
    .description("Do tasks of a plan, one after the other; each publishes its output in one step.")
    .argument("<plan>", "the plan, as run or `bisonflow plan` wrote it")
    .argument("<stage>", "name of the stage")
    .argument(
      "[index...]",
      "indexes of tasks; from AWS_BATCH_JOB_ARRAY_INDEX or SLURM_ARRAY_TASK_ID when absent",
    )
    .option("--indexes <uri>", "a JSON list of tasks' indexes: the index given is a position in it")
    .action(async (planUri: string, stage: string, given: string[], options: Options) => {
      const services = servicesHere();
      const indexes = await indexesOf(given, options.indexes, services.store);
      await runTasks(fixedQueue(indexes.map((index) => ({ planUri, stage, index }))), services);
    });
  const follow = new Command("follow")
    .description("Do tasks as the process that started this one names them: a worker of `bisonflow run`.")
    .addHelpText(
      "after",
      `
Each line of standard input is a task, {"planUri": "...", "stage": "annotate", "index": 0}; a line \`end\` is the
last. It ends at once when the input closes: whoever started it is gone.
`,
    )
    .action(async () => {
      const services = servicesHere();
      // What takes longest to load, while nothing is to be done yet.
      await loadAnnotate();
      await runTasks(parentsQueue({ onWait: sayWaits }), services);
    });
  return new Command("task")
    .description("Single tasks of a run: for executors, and for looking at one task.")
    .addCommand(run)
    .addCommand(follow);
}

async function indexesOf(
  given: readonly string[],
  list: string | undefined,
  store: Store,
): Promise<number[]> {
  const positions = numbersOf(given);
  return list === undefined ? positions : listedIndexes(list, positions, store);
}

function numbersOf(given: readonly string[]): number[] {
  const fromArray = process.env.AWS_BATCH_JOB_ARRAY_INDEX ?? process.env.SLURM_ARRAY_TASK_ID;
  const texts = given.length > 0 ? given : fromArray === undefined ? [] : [fromArray];
  const indexes = texts.map(Number);
  if (indexes.length === 0 || indexes.some((index) => !Number.isInteger(index) || index < 0)) {
    throw new UserError({
      code: "task-index-missing",
      message: `task run: expected the indexes of tasks, saw ${texts.length === 0 ? "none" : texts.join(" ")}.`,
      hint: "Give whole numbers from 0, or set AWS_BATCH_JOB_ARRAY_INDEX or SLURM_ARRAY_TASK_ID.",
    });
  }
  return indexes;
}

/** The tasks at these positions of a list: a run that goes on from some tasks has arrays with gaps. */
async function listedIndexes(uri: string, positions: readonly number[], store: Store): Promise<number[]> {
  const list = indexList.parse(JSON.parse(Buffer.from(await store.read(uri)).toString("utf8")));
  return positions.map((position) => list[position] ?? bug(`${uri} has no index at position ${position}`));
}

const indexList = z.array(z.number().int().min(0));

async function runTasks(queue: TaskQueue, services: Services): Promise<void> {
  const signal = interruptSignal();
  let plan: { readonly uri: string; readonly plan: Plan } | undefined;
  for (let order = await queue.take(); order !== undefined; order = await queue.take()) {
    const { planUri, stage, index } = order;
    if (plan?.uri !== planUri) plan = { uri: planUri, plan: await readPlan(planUri, services.store) };
    say({ type: "task-started", index });
    try {
      const { rows, seconds } = await runTask({
        plan: plan.plan,
        stage,
        index,
        services,
        // Asked late: the executor tells of it once it hears that this one has begun.
        next: () => {
          const next = queue.peek();
          return next?.planUri === planUri && next.stage === stage ? next.index : undefined;
        },
        signal,
        onProgress: (done, totalRows) => say({ type: "task-progress", index, rows: done, totalRows }),
      });
      say({ type: "task-finished", index, seconds, rows });
    } catch (error) {
      if (signal.aborted) {
        process.exitCode = ExitCode.interrupted;
        return;
      }
      const failed = failure(index, error);
      say(failed);
      process.exitCode = failed.retry ? ExitCode.tryAgain : (failed.exitCode ?? ExitCode.taskFailed);
      return;
    }
  }
}

async function readPlan(uri: string, store: Store): Promise<Plan> {
  return JSON.parse(Buffer.from(await store.read(uri)).toString("utf8")) as Plan;
}

function say(event: TaskEvent): void {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}

/** For whoever started this worker, who may want a slimmer one. */
function sayWaits(): void {
  const memoryMiB = Math.round(process.memoryUsage.rss() / 2 ** 20);
  process.stdout.write(`${JSON.stringify({ type: "worker-waits", memoryMiB })}\n`);
}

function failure(index: number, error: unknown): Extract<TaskEvent, { type: "task-failed" }> {
  const type = "task-failed" as const;
  const known = error instanceof Error ? asUserError(error) : undefined;
  if (known !== undefined) {
    const { message, hint, code, exitCode } = known;
    return { type, index, message, hint, code, exitCode, retry: mayPass(known) };
  }
  if (error instanceof TaskFailure) {
    const { message, retry, hint } = error;
    return { type, index, message, retry, ...(hint === undefined ? {} : { hint }) };
  }
  const message = error instanceof Error ? error.message : String(error);
  const stack = error instanceof Error ? error.stack : undefined;
  return { type, index, message, retry: false, ...(stack === undefined ? {} : { stack }) };
}

/** Whether the same may go well a little later without anybody's doing: AWS says so of throttling and networks. */
function mayPass(error: UserError): boolean {
  return "retry" in error && error.retry === true;
}

/** Troubles of the system and of DuckDB that a person can mend, in words. */
function asUserError(error: Error): UserError | undefined {
  if (error instanceof UserError) return error;
  const system = error as NodeJS.ErrnoException;
  if (system.syscall !== undefined) {
    const described = describeSystemError(system, system.path ?? "");
    return described instanceof UserError ? described : undefined;
  }
  if (/no space left on device/i.test(error.message)) {
    return new UserError({
      code: "disk-full",
      message: `No space is left on the disk: ${firstLine(error.message)}`,
      hint: "Make room, or choose another folder with --out; then run the same command again.",
      exitCode: ExitCode.environment,
    });
  }
  if (/^Out of Memory Error/.test(error.message)) {
    return new UserError({
      code: "memory-short",
      message: `A task needs more memory than it may use: ${firstLine(error.message)}`,
      hint: "Run again with more --memory (MiB), or fewer --workers.",
      exitCode: ExitCode.environment,
    });
  }
  return undefined;
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0] ?? text;
}
