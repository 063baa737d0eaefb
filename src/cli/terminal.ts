/** Where a command prints: standard output, or a test's own. */
export interface Terminal {
  /** Resolves when more may be written. */
  write(text: string): Promise<void>;
  /** Cells in a line; undefined where lines may be of any length (a file, a pipe). */
  readonly width: number | undefined;
  /** Whether a person looks at it: then bold and cut to fit, plain otherwise. */
  readonly isInteractive: boolean;
}

/** Standard output as it is. */
export function standardOutput(): Terminal {
  const { stdout } = process;
  const isInteractive = stdout.isTTY === true;
  return {
    write: (text) =>
      new Promise((resolve) => {
        if (stdout.write(text)) resolve();
        else stdout.once("drain", resolve);
      }),
    width: isInteractive ? Math.max(40, stdout.columns ?? 80) : undefined,
    isInteractive,
  };
}

/** Bold where a person looks. */
export function bold(terminal: Terminal, text: string): string {
  return terminal.isInteractive ? `\u001B[1m${text}\u001B[22m` : text;
}
