import { setTimeout as sleep } from "node:timers/promises";
import { AwsTrouble } from "../client/index.ts";

/** Waits between looks at the queue: short while something happens, longer while nothing does. */
export interface Pace {
  readonly firstSeconds: number;
  readonly mostSeconds: number;
}

/** How long AWS may be out of reach while jobs go on without us. */
const mostMinutes = 30;

/**
 * Calls AWS until it answers: jobs go on while a laptop's network is away. Says so once; gives up after half an
 * hour. Errors that time does not mend pass through.
 */
export async function patiently<T>(
  call: () => Promise<T>,
  options: { readonly note: (message: string) => void; readonly signal: AbortSignal; readonly pace: Pace },
): Promise<T> {
  const start = performance.now();
  for (let tries = 0; ; tries++) {
    try {
      return await call();
    } catch (error) {
      const minutes = (performance.now() - start) / 60_000;
      if (!(error instanceof AwsTrouble) || !error.retry || minutes > mostMinutes) throw error;
      if (options.signal.aborted) throw error;
      if (tries === 0) options.note(`${error.message} The jobs go on; asking again.`);
      await pause(options.pace.mostSeconds, options.signal);
    }
  }
}

/** Waits, or returns at once when the signal is aborted. */
export async function pause(seconds: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await sleep(seconds * 1000, undefined, { signal }).catch(() => undefined);
}
