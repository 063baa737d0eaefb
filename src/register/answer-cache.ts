import { createReadStream } from "node:fs";
import { type FileHandle, mkdir, open } from "node:fs/promises";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { ExitCode, type IssueCounter, UserError } from "../trouble/index.ts";
import type { ServiceVersion } from "./match-request.ts";

/** One answer as it is kept: what was asked, of whom, when, and the body as it came. */
export interface CachedAnswer {
  readonly request: string;
  readonly service: string;
  readonly version: ServiceVersion;
  /** ISO 8601, UTC. */
  readonly date: string;
  readonly body: unknown;
}

/**
 * Answers in a file that only grows, a line of JSON each, later lines over earlier ones. A process killed while it
 * writes leaves at most a torn last line: it is not read, and the next writer begins a new one.
 */
export class AnswerCache {
  /** Null keeps nothing beyond this run. */
  readonly path: string | null;
  readonly #service: string;
  readonly #version: ServiceVersion;
  #file: Promise<FileHandle> | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(options: { folder?: string; file?: string; service: string; version: ServiceVersion }) {
    this.path =
      options.file ??
      (options.folder === undefined ? null : join(options.folder, `answers-${options.version}.ndjson`));
    this.#service = options.service;
    this.#version = options.version;
  }

  /** The answers kept for some requests; lines that are no answer are counted (`cache-line-torn`). */
  async load(wanted: ReadonlySet<string>, issues?: IssueCounter): Promise<Map<string, CachedAnswer>> {
    const answers = new Map<string, CachedAnswer>();
    if (this.path === null) return answers;
    const stream = createReadStream(this.path, "utf8");
    try {
      for await (const line of createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY })) {
        if (line === "") continue;
        const answer = parseLine(line);
        if (answer === null) issues?.add("cache-line-torn", `${this.path}: ${line.slice(0, 80)}`);
        else if (
          answer.service === this.#service &&
          answer.version === this.#version &&
          wanted.has(answer.request)
        ) {
          answers.set(answer.request, answer);
        }
      }
    } catch (cause) {
      // No file yet; whatever else stands in its way is said when the first answer is written.
      if (!["ENOENT", "ENOTDIR"].includes((cause as NodeJS.ErrnoException).code ?? ""))
        throw unwritable(this.path, cause);
    }
    return answers;
  }

  /** Keeps an answer; resolves when the operating system has it, so that a kill of this process loses nothing. */
  add(request: string, body: unknown, date: Date): Promise<void> {
    const { path } = this;
    if (path === null) return Promise.resolve();
    const answer: CachedAnswer = {
      request,
      service: this.#service,
      version: this.#version,
      date: date.toISOString(),
      body,
    };
    this.#writing = this.#writing.then(async () => {
      this.#file ??= this.#open(path);
      // One write a line: another run that appends to the same file puts its lines between, not inside.
      const file = await this.#file;
      const line = Buffer.from(`${JSON.stringify(answer)}\n`);
      try {
        const { bytesWritten } = await file.write(line);
        if (bytesWritten < line.length) await file.write(line, bytesWritten);
      } catch (cause) {
        throw unwritable(path, cause);
      }
    });
    return this.#writing;
  }

  async close(): Promise<void> {
    await this.#writing.catch(() => {});
    const file = await this.#file?.catch(() => undefined);
    await file?.close();
    this.#file = undefined;
  }

  async #open(path: string): Promise<FileHandle> {
    try {
      await mkdir(dirname(path), { recursive: true });
      const file = await open(path, "a+");
      const { size } = await file.stat();
      const { buffer } = await file.read(Buffer.alloc(1), 0, 1, Math.max(0, size - 1));
      if (size > 0 && buffer[0] !== 10) await file.write("\n");
      return file;
    } catch (cause) {
      throw unwritable(path, cause);
    }
  }
}

function unwritable(path: string, cause: unknown): UserError {
  return new UserError({
    code: "cache-unwritable",
    message: `${path}: the answers of the match service cannot be kept (${cause instanceof Error ? cause.message : String(cause)}).`,
    hint: "Make room, or choose a cache folder that can be written.",
    exitCode: ExitCode.environment,
    cause,
  });
}

function parseLine(line: string): CachedAnswer | null {
  try {
    const answer = JSON.parse(line) as Partial<CachedAnswer> | null;
    if (
      typeof answer?.request !== "string" ||
      typeof answer.service !== "string" ||
      answer.body === undefined
    )
      return null;
    return answer as CachedAnswer;
  } catch {
    return null;
  }
}
