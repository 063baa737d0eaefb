import { ExitCode, UserError } from "../../trouble/index.ts";

interface Words {
  readonly code: string;
  /** Follows the path and a colon. */
  readonly seen: string;
  readonly hint: string;
  readonly exitCode: ExitCode;
  /** How the C library words it, for errors that arrive as text (DuckDB's, GDAL's). */
  readonly text?: RegExp;
}

const { environment, userError } = ExitCode;

const words: Readonly<Record<string, Words>> = {
  ENOSPC: {
    code: "disk-full",
    seen: "no space is left on the disk",
    hint: "Free some space, or choose an output folder on another disk; then run the same command again.",
    exitCode: environment,
    text: /no space left on device|not enough space|failed to offload|disk is full/i,
  },
  EDQUOT: {
    code: "disk-quota",
    seen: "your disk quota is used up",
    hint: "Free some space or ask for more, then run the same command again.",
    exitCode: environment,
    text: /disk quota exceeded/i,
  },
  EACCES: {
    code: "permission-denied",
    seen: "permission denied",
    hint: "Choose a path that you may use, or have its permissions changed.",
    exitCode: environment,
    text: /permission denied/i,
  },
  EPERM: {
    code: "permission-denied",
    seen: "the operating system does not permit this",
    hint: "Choose a path that you may use, or have its permissions changed.",
    exitCode: environment,
    text: /operation not permitted/i,
  },
  EROFS: {
    code: "read-only-disk",
    seen: "the file system is read-only",
    hint: "Choose an output folder on a disk that can be written.",
    exitCode: environment,
    text: /read-only file system/i,
  },
  ENOTDIR: {
    code: "not-a-folder",
    seen: "a part of this path is a file where a folder was expected",
    hint: "Choose another path, or move that file away.",
    exitCode: environment,
    text: /not a directory/i,
  },
  EEXIST: {
    code: "not-a-folder",
    seen: "a file stands where a folder was expected",
    hint: "Choose another path, or move that file away.",
    exitCode: environment,
  },
  EISDIR: {
    code: "not-a-file",
    seen: "this is a folder where a file was expected",
    hint: "Give the path of a file.",
    exitCode: userError,
    text: /is a directory/i,
  },
  EMFILE: {
    code: "too-many-open-files",
    seen: "too many files are open",
    hint: "Raise the limit (ulimit -n 4096) and run the same command again.",
    exitCode: environment,
    text: /too many open files/i,
  },
  ENAMETOOLONG: {
    code: "name-too-long",
    seen: "the name is longer than the file system takes",
    hint: "Choose a shorter path.",
    exitCode: userError,
    text: /file name too long/i,
  },
  EIO: {
    code: "disk-error",
    seen: "the disk reports an input/output error",
    hint: "Check the disk (dmesg shows what the kernel saw), then run the same command again.",
    exitCode: environment,
    text: /input\/output error/i,
  },
  ENOENT: {
    code: "not-found",
    seen: "no such file",
    hint: "Check the path.",
    exitCode: userError,
    text: /no such file or directory|no files found that match/i,
  },
};

/**
 * Says in plain words what the operating system refused, or undefined when the error is of another kind.
 *
 * Understands Node's errors by their `code` and the text of errors that other libraries raise for the same
 * reason (DuckDB's "No space left on device"). `path` is what was being read or written; the UserError ends the
 * process with exit code 4 (environment) where nothing about the command itself was wrong.
 *
 * @example
 * ```ts
 * import { describeSystemError } from "bisonflow/store";
 * const refused = Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
 * console.log(describeSystemError(refused, "/data/out")?.message); // /data/out: no space is left on the disk.
 * ```
 */
export function describeSystemError(error: unknown, path: string): UserError | undefined {
  const found = lookUp(error);
  if (found === undefined) return undefined;
  return new UserError({
    code: found.code,
    message: `${path}: ${found.seen}.`,
    hint: found.hint,
    exitCode: found.exitCode,
    cause: error,
  });
}

/** What to throw for an error met at `path`: its plain words where there are some, itself otherwise. */
export function inPlainWords(error: unknown, path: string): unknown {
  if (error instanceof UserError) return error;
  return describeSystemError(error, path) ?? error;
}

/** The errno of one of Node's system errors. */
export function errorCode(error: unknown): string | undefined {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return typeof code === "string" ? code : undefined;
}

function lookUp(error: unknown): Words | undefined {
  const byCode = words[errorCode(error) ?? ""];
  if (byCode !== undefined) return byCode;
  if (!(error instanceof Error)) return undefined;
  return Object.values(words).find(({ text }) => text?.test(error.message));
}
