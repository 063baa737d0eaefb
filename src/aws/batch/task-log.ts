import { type CloudWatchLogsClient, GetLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import type { TaskEvent } from "../../executor/index.ts";

/** Lines kept to explain a task that ended without a word. */
const lastLines = 20;

/**
 * Follows what a task prints. Logs come late, in pieces, or not at all; nothing depends on them but progress
 * and the words of a failure.
 */
export class TaskLog {
  readonly #logs: CloudWatchLogsClient;
  readonly #group: string;
  #stream: string | undefined;
  #token: string | undefined;
  #tail: string[] = [];
  #finished: Extract<TaskEvent, { type: "task-finished" }> | undefined;
  #failed: Extract<TaskEvent, { type: "task-failed" }> | undefined;

  constructor(logs: CloudWatchLogsClient, group: string) {
    this.#logs = logs;
    this.#group = group;
  }

  /** What the task said last of its end, in the attempt that was read last. */
  get finished(): Extract<TaskEvent, { type: "task-finished" }> | undefined {
    return this.#finished;
  }

  get failed(): Extract<TaskEvent, { type: "task-failed" }> | undefined {
    return this.#failed;
  }

  /** Lines that are no events: what Node or the system said. */
  get tail(): string {
    return this.#tail.join("\n");
  }

  /** Reads what is new; `stream` is that of the newest attempt. Hands progress on. */
  async read(stream: string, onEvent: (event: TaskEvent) => void): Promise<void> {
    if (stream !== this.#stream) {
      this.#stream = stream;
      this.#token = undefined;
      this.#tail = [];
      this.#failed = undefined;
    }
    for (;;) {
      const page = await this.#page(stream);
      if (page === undefined) return;
      for (const line of page.lines) this.#take(line, onEvent);
      // The same token again: that was the end for now.
      if (page.token === undefined || page.token === this.#token) return;
      this.#token = page.token;
    }
  }

  async #page(stream: string): Promise<{ lines: string[]; token: string | undefined } | undefined> {
    try {
      const { events = [], nextForwardToken } = await this.#logs.send(
        new GetLogEventsCommand({
          logGroupName: this.#group,
          logStreamName: stream,
          startFromHead: true,
          ...(this.#token === undefined ? {} : { nextToken: this.#token }),
        }),
      );
      return { lines: events.map(({ message }) => message ?? ""), token: nextForwardToken };
    } catch (error) {
      // The stream appears a little after the container, and an old one may be gone.
      if (error instanceof Error && error.name === "ResourceNotFoundException") return undefined;
      throw error;
    }
  }

  #take(line: string, onEvent: (event: TaskEvent) => void): void {
    const event = parseEvent(line);
    if (event === undefined) {
      this.#tail = [...this.#tail, line].slice(-lastLines);
      return;
    }
    if (event.type === "task-progress") onEvent(event);
    if (event.type === "task-finished") this.#finished = event;
    if (event.type === "task-failed") this.#failed = event;
  }
}

function parseEvent(line: string): TaskEvent | undefined {
  if (!line.startsWith('{"type":"task-')) return undefined;
  try {
    return JSON.parse(line) as TaskEvent;
  } catch {
    return undefined; // a line cut short: CloudWatch splits at 256 KiB, a killed task anywhere
  }
}
