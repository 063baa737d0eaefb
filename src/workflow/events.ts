import { appendFileSync, existsSync, mkdirSync, readFileSync, truncateSync } from "node:fs";
import { dirname } from "node:path";

/** What happens in a run, in order: the progress display, the report and the console read these. */
export type RunEvent =
  | {
      type: "run-started";
      version: string;
      plan: string;
      out: string;
      tasks: number;
      done: number;
      workers: number;
    }
  | { type: "stage-started"; stage: string; tasks: number; toRun: number; rows: number }
  | { type: "task-started"; stage: string; index: number; title: string }
  | { type: "task-progress"; stage: string; index: number; rows: number; totalRows: number }
  | { type: "task-finished"; stage: string; index: number; seconds: number; rows: number }
  | { type: "task-failed"; stage: string; index: number; message: string; retry: boolean; hint?: string }
  | { type: "stage-finished"; stage: string; seconds: number }
  | { type: "warning"; message: string }
  | { type: "run-finished"; seconds: number; read: number; kept: number; report: string }
  | { type: "run-failed"; message: string }
  | { type: "run-interrupted"; done: number; tasks: number };

/** An event as the file of events holds it, with its time in ISO 8601. */
export type TimedEvent = RunEvent & { time: string };

/** Takes events as they happen. */
export type EventSink = (event: RunEvent) => void;

/**
 * Appends events to a file, one JSON object a line. A line that a killed run left half written is cut off
 * first, so every line of the file parses. Progress within a task is not kept: it would swamp the rest.
 *
 * @example
 * ```ts
 * import { mkdtempSync, readFileSync } from "node:fs";
 * import { eventLog } from "bisonflow/workflow";
 * const path = `${mkdtempSync("/tmp/events-")}/events.ndjson`;
 * eventLog(path)({ type: "warning", message: "hello" });
 * console.log(JSON.parse(readFileSync(path, "utf8")).message); // hello
 * ```
 */
export function eventLog(path: string, now: () => Date = () => new Date()): EventSink {
  mkdirSync(dirname(path), { recursive: true });
  if (existsSync(path)) {
    const bytes = readFileSync(path);
    truncateSync(path, bytes.lastIndexOf(10) + 1);
  }
  return (event) => {
    if (event.type === "task-progress") return;
    appendFileSync(path, `${JSON.stringify({ time: now().toISOString(), ...event })}\n`);
  };
}
