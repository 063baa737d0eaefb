/**
 * Does some work, and again while `mayHelp` says of the error that another try may help: after a random time
 * up to a bound that doubles, so that many clients do not come back all at once.
 */
export async function tryAgain<T>(
  work: (attempt: number) => Promise<T>,
  options: {
    readonly attempts: number;
    readonly firstDelayMs: number;
    readonly mayHelp: (error: unknown) => boolean;
    readonly onRetry?: () => void;
  },
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work(attempt);
    } catch (error) {
      if (attempt >= options.attempts || !options.mayHelp(error)) throw error;
      options.onRetry?.();
      const most = Math.min(20_000, options.firstDelayMs * 2 ** (attempt - 1));
      await new Promise((resume) => setTimeout(resume, Math.random() * most));
    }
  }
}
