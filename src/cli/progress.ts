import type { RunEvent } from "../workflow/index.ts";
import { count, duration } from "./numbers.ts";

interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** Plain lines come at most this often within a stage, so that a log stays readable. */
const plainSeconds = 10;

/**
 * Shows a run as it goes: one line that is redrawn on a terminal, plain lines anywhere else. Rows, rows a
 * second and time left are those of the stage.
 */
export function progressDisplay(
  output: Output,
  now: () => number = () => performance.now(),
): (event: RunEvent) => void {
  const live = output.isTTY === true;
  let stage = "";
  let stageStart = 0;
  let stageRows = 0;
  let stageTasks = 0;
  let tasksDone = 0;
  let attemptsLost = 0;
  let lastPlain = 0;
  const rowsOf = new Map<number, number>();
  let finishedRows = 0;

  const clear = (): void => {
    if (live) output.write("\r\x1b[2K");
  };
  const line = (text: string): void => {
    clear();
    output.write(`${text}\n`);
  };
  const status = (): string => {
    const rows = finishedRows + [...rowsOf.values()].reduce((sum, value) => sum + value, 0);
    const seconds = (now() - stageStart) / 1000;
    const parts = [`${stage}`, `${tasksDone} of ${stageTasks} tasks`];
    if (attemptsLost > 0) parts.push(lost());
    if (rows > 0) parts.push(`${count(rows)} rows`);
    if (rows > 0 && seconds > 0.5) parts.push(`${count(Math.round(rows / seconds))} rows/s`);
    if (stageRows > 0 && rows > 0 && rows < stageRows && seconds > 2) {
      parts.push(`${duration(((stageRows - rows) / rows) * seconds)} left`);
    }
    return parts.join("  ");
  };
  const lost = (): string => `${attemptsLost} ${attemptsLost === 1 ? "attempt" : "attempts"} cut short`;
  const refresh = (): void => {
    if (live) {
      clear();
      output.write(status().slice(0, (output.columns ?? 80) - 1));
    } else if (now() - lastPlain > plainSeconds * 1000) {
      lastPlain = now();
      output.write(`  ${status()}\n`);
    }
  };

  return (event) => {
    switch (event.type) {
      case "run-started":
        if (event.done > 0) line(`Going on: ${event.done} of ${event.tasks} tasks are done already.`);
        break;
      case "stage-started":
        stage = event.stage;
        stageStart = now();
        stageRows = event.rows;
        stageTasks = event.toRun;
        tasksDone = 0;
        attemptsLost = 0;
        finishedRows = 0;
        lastPlain = now();
        rowsOf.clear();
        if (event.toRun > 0) refresh();
        break;
      case "task-attempt":
        if (event.end === "lost" || event.end === "stopped") attemptsLost++;
        break;
      case "task-progress":
        rowsOf.set(event.index, event.rows);
        refresh();
        break;
      case "task-finished":
        tasksDone++;
        rowsOf.delete(event.index);
        finishedRows += event.rows;
        refresh();
        break;
      case "stage-finished":
        line(
          stageTasks === 0
            ? `${event.stage.padEnd(9)} done already`
            : `${event.stage.padEnd(9)} ${stageTasks} ${stageTasks === 1 ? "task" : "tasks"}${finishedRows > 0 ? `, ${count(finishedRows)} rows` : ""}${attemptsLost > 0 ? `, ${lost()}` : ""}, ${duration(event.seconds)}`,
        );
        break;
      case "task-failed":
        clear();
        break;
      case "warning":
        line(`Note: ${event.message}`);
        break;
      default:
        clear();
    }
  };
}
