/**
 * A signal that Ctrl-C (and a polite kill) aborts, so that work stops cleanly; a second Ctrl-C ends at once.
 * A second polite kill does not: Slurm sends its SIGTERM to a task and to the script around it, which passes
 * it on, and a task that takes too long is killed with SIGKILL anyhow.
 */
export function interruptSignal(): AbortSignal {
  const controller = new AbortController();
  const stop = (name: string): void => controller.abort(new Error(`stopped by ${name}`));
  process.once("SIGINT", stop);
  process.on("SIGTERM", stop).on("SIGHUP", stop);
  return controller.signal;
}
