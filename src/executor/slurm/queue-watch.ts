import { ExitCode, UserError } from "../../trouble/index.ts";
import type { TaskEvent } from "../executor.ts";
import type { QueuedTask } from "./queue.ts";
import { explainWaiting } from "./reasons.ts";

/** A controller that is restarted comes back; the tasks go on meanwhile. */
const silenceSeconds = { note: 15, most: 900 };
/** How long all tasks may wait before the reason is said. */
const waitingSeconds = 5;

/** Tells whoever waits why nothing goes on, each thing once, and gives up where nothing ever will. */
export class QueueWatch {
  readonly #onEvent: (event: TaskEvent) => void;
  readonly #said = new Set<string>();
  #waitingSince: number | undefined;
  #silentSince: number | undefined;

  constructor(onEvent: (event: TaskEvent) => void) {
    this.#onEvent = onEvent;
  }

  note(message: string): void {
    if (this.#said.has(message)) return;
    this.#said.add(message);
    this.#onEvent({ type: "note", message });
  }

  /** The controller did not answer at `now`, in milliseconds. Throws when it has not for too long. */
  silence(words: string, now: number): void {
    this.#silentSince ??= now;
    const seconds = (now - this.#silentSince) / 1000;
    if (seconds > silenceSeconds.most) {
      throw new UserError({
        code: "slurm-unreachable",
        message: `Slurm's controller has not answered for ${Math.round(seconds / 60)} minutes (${words}).`,
        hint: "The tasks go on if it lives. When `scontrol ping` says so, run the same command again: it follows those that are still at work.",
        exitCode: ExitCode.environment,
      });
    }
    if (seconds > silenceSeconds.note) {
      this.note(`Slurm's controller does not answer; tasks go on, and it is asked again (${words}).`);
    }
  }

  /** The controller showed these tasks of the stage at `now`. Throws when one of them will never start. */
  async waiting(alive: readonly QueuedTask[], now: number): Promise<void> {
    this.#silentSince = undefined;
    if (alive.length === 0 || alive.some(({ state }) => state !== "PENDING")) {
      this.#waitingSince = undefined;
      return;
    }
    this.#waitingSince ??= now;
    if ((now - this.#waitingSince) / 1000 < waitingSeconds) return;
    for (const reason of new Set(alive.map((task) => task.reason))) {
      const waiting = await explainWaiting(reason);
      if (waiting === undefined) continue;
      if (!waiting.hopeless) {
        this.note(waiting.message);
        continue;
      }
      const job = alive.find((task) => task.reason === reason)?.array ?? "";
      throw new UserError({
        code: "slurm-will-not-start",
        message: `${waiting.message} The run is ended, job ${job} cancelled.`,
        hint: waiting.hint ?? "",
      });
    }
  }
}
