import { open, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { TaskEvent } from "../executor.ts";

/** Reads what the tasks of a stage print into files of a shared folder, as it comes. */
export class TaskLog {
  readonly #folder: string;
  readonly #stage: string;
  readonly #read = new Map<string, number>();

  constructor(folder: string, stage: string) {
    this.#folder = folder;
    this.#stage = stage;
  }

  /**
   * The events written since the last call by the tasks that are `wanted`, by index. A line that is not yet
   * whole waits for the next call.
   */
  async events(wanted: (index: number) => boolean): Promise<TaskEvent[]> {
    const names = (await readdir(this.#folder)).filter((name) => {
      const [, stage, base, element] = /^([a-z-]+)-(\d+)-(\d+)\.out$/.exec(name) ?? [];
      return stage === this.#stage && wanted(Number(base) + Number(element));
    });
    const events: TaskEvent[] = [];
    for (const name of names.sort()) {
      const text = await this.#more(name);
      for (const line of text.split("\n")) {
        const event = parseEvent(line);
        if (event !== undefined) events.push(event);
      }
    }
    return events;
  }

  /** The end of what a task printed besides its events. */
  async printed(base: number, element: number): Promise<string> {
    const path = join(this.#folder, `${this.#stage}-${base}-${element}.err`);
    const text = await readFile(path, "utf8").catch(() => "");
    // What Slurm and the shell say of a job that was ended explains nothing.
    const lines = text
      .split("\n")
      .filter((line) => !/^slurmstepd|^Terminated|^Killed|slurm_script/.test(line));
    return lines.join("\n").trim().slice(-2000);
  }

  async #more(name: string): Promise<string> {
    const start = this.#read.get(name) ?? 0;
    const file = await open(join(this.#folder, name));
    try {
      const { size } = await file.stat();
      if (size <= start) return "";
      const { buffer, bytesRead } = await file.read(Buffer.alloc(size - start), 0, size - start, start);
      const whole = buffer.subarray(0, bytesRead).lastIndexOf(10) + 1;
      this.#read.set(name, start + whole);
      return buffer.subarray(0, whole).toString("utf8");
    } finally {
      await file.close();
    }
  }
}

/** An event in a line. A killed task leaves half a line, which its next attempt goes on. */
function parseEvent(line: string): TaskEvent | undefined {
  const start = line.lastIndexOf('{"type":"task-');
  if (start < 0) return undefined;
  try {
    return JSON.parse(line.slice(start)) as TaskEvent;
  } catch {
    return undefined;
  }
}
