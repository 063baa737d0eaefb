import { appendFileSync, existsSync, mkdirSync, readFileSync, truncateSync } from "node:fs";
import { dirname } from "node:path";
import { isRemote, type Store, type StoreTraffic } from "../store/index.ts";

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
  /** Of runs in a queue that tries again: `bisonflow aws cost` adds these up. */
  | {
      type: "task-attempt";
      stage: string;
      index: number;
      attempt: number;
      end: "done" | "failed" | "lost" | "stopped" | "timed-out" | "out-of-memory";
      /** ISO 8601, UTC. */
      started: string;
      seconds: number;
      reason: string;
      exitCode?: number;
      vcpus: number;
      memoryMiB: number;
      job: string;
    }
  | { type: "stage-finished"; stage: string; seconds: number }
  | { type: "warning"; message: string }
  | {
      type: "run-finished";
      seconds: number;
      read: number;
      kept: number;
      report: string;
      /** What all tasks of this run and the run itself moved to and from remote stores. */
      traffic?: StoreTraffic;
    }
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

/**
 * The log of events of a result, wherever it is. One in a remote store is written anew when a stage or the run
 * ends, and by `close`.
 *
 * @example
 * ```ts
 * import { mkdtempSync } from "node:fs";
 * import { compose, openEventLog } from "bisonflow/workflow";
 * const path = `${mkdtempSync("/tmp/events-")}/events.ndjson`;
 * const { log, close } = await openEventLog(path, compose().store);
 * log({ type: "warning", message: "hello" });
 * await close();
 * ```
 */
export async function openEventLog(
  uri: string,
  store: Store,
): Promise<{ readonly log: EventSink; readonly close: () => Promise<void> }> {
  if (!isRemote(uri)) return { log: eventLog(uri), close: async () => undefined };
  const before = (await store.stat(uri)) === undefined ? "" : Buffer.from(await store.read(uri)).toString();
  let text = before.slice(0, before.lastIndexOf("\n") + 1);
  let unwritten = false;
  let writing: Promise<unknown> = Promise.resolve();
  const write = async (): Promise<void> => {
    if (!unwritten) return;
    unwritten = false;
    await store.publishBytes(Buffer.from(text), uri);
  };
  return {
    log: (event) => {
      if (event.type === "task-progress") return;
      text += `${JSON.stringify({ time: new Date().toISOString(), ...event })}\n`;
      unwritten = true;
      // What cannot be written now is written with the next, or by `close`, which says why it can't.
      if (event.type === "stage-finished") writing = writing.then(write).catch(() => (unwritten = true));
    },
    close: async () => {
      await writing;
      await write();
    },
  };
}
