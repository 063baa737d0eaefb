import type { Executor } from "./executor.ts";

/**
 * An executor that is made when it is first used: its code is loaded and its service asked then, not by commands
 * that only look. `check` makes it, so that what is missing is said before anything is done.
 *
 * @example
 * ```ts
 * import { lateExecutor, localExecutor } from "bisonflow/executor";
 * const executor = lateExecutor("somewhere", async () => localExecutor({ command: ["bisonflow"] }));
 * console.log(executor.name); // somewhere
 * ```
 */
export function lateExecutor(name: string, open: () => Promise<Executor>): Executor {
  let opened: Promise<Executor> | undefined;
  const made = (): Promise<Executor> => {
    opened ??= open();
    return opened;
  };
  return {
    name,
    check: async () => {
      const executor = await made();
      await executor.check?.();
    },
    takeOver: async (run) => {
      const executor = await made();
      return (await executor.takeOver?.(run)) ?? false;
    },
    announce: async (jobs) => {
      const executor = await made();
      await executor.announce?.(jobs);
    },
    run: async (job, hooks) => (await made()).run(job, hooks),
    // Nothing to release, or to warm, in one that was never made.
    release: async () => {
      const executor = await opened?.catch(() => undefined);
      await executor?.release?.();
    },
  };
}
