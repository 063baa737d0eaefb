import { setTimeout as sleep } from "node:timers/promises";
import pRetry, { AbortError } from "p-retry";

/** How patient a client is. */
export interface Patience {
  /** Tries after the first one. */
  readonly retries: number;
  /** How long one try may take, answer read to its end. */
  readonly timeoutMs: number;
  /** Wait after the first failure; it doubles from one to the next, with a random part. */
  readonly minDelayMs: number;
  readonly maxDelayMs: number;
  /** A longer Retry-After than this is not waited for: the try counts as failed at once. */
  readonly maxRetryAfterMs: number;
}

export const defaultPatience: Patience = {
  retries: 6,
  timeoutMs: 30_000,
  minDelayMs: 1_000,
  maxDelayMs: 60_000,
  maxRetryAfterMs: 300_000,
};

/** Tries after the first one where nobody is at the address: some ten seconds, as long as a server takes to start anew. */
const retriesUnreached = 3;

/** What an operating system says when nobody is at the address, at once and without a time-out. */
const unreachedCodes = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "ENETUNREACH", "EHOSTUNREACH"]);

/** What fetch says of an address that it will never ask: a port kept for other services, `ftp://`. */
const neverAsked = /^(bad port|unknown scheme|failed to parse url.*|invalid url)$/i;

/**
 * A request that got no answer: what the service said last, whether it refused this request for good, and whether
 * it was reached at all.
 */
export class NoAnswer extends Error {
  override readonly name = "NoAnswer";
  readonly status: number | null;
  readonly refused: boolean;
  /** Nobody was at the address: the connection was refused, or the name of the host is not known, or it is no address. */
  readonly unreached: boolean;

  constructor(message: string, options: { status: number | null; refused: boolean; cause?: unknown }) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.status = options.status;
    this.refused = options.refused;
    this.unreached = isUnreached(options.cause);
  }
}

function isUnreached(cause: unknown): boolean {
  if (!(cause instanceof Error)) return false;
  return (
    unreachedCodes.has((cause as NodeJS.ErrnoException).code ?? "") ||
    neverAsked.test(cause.message) ||
    isUnreached(cause.cause)
  );
}

function isNeverAsked(cause: unknown): boolean {
  return cause instanceof Error && (neverAsked.test(cause.message) || isNeverAsked(cause.cause));
}

interface Asked {
  readonly patience: Patience;
  readonly signal: AbortSignal | undefined;
  readonly now: () => number;
  /** Whether a body of JSON is an answer; what is not is asked again. */
  readonly accepts: (body: unknown) => boolean;
}

/**
 * Gets a JSON answer. No connection, a connection that breaks, a time-out, 408, 425, 429, 5xx, and a body that is not
 * the JSON expected are tried again, after Retry-After where the service says it; other 4xx are not. Where nobody is
 * at the address, three more tries are made, and none where it is no address for HTTP.
 *
 * @throws NoAnswer when the tries are used up, or at once for what is refused; the signal's reason when aborted
 */
export function askService(url: string, asked: Asked): Promise<unknown> {
  const { patience, signal } = asked;
  let retryAfterMs = 0;
  let unreached = 0;
  return pRetry(
    async () => {
      retryAfterMs = 0;
      try {
        return await askOnce(url, asked);
      } catch (cause) {
        if (signal?.aborted) throw new AbortError(reason(signal));
        if (cause instanceof Refusal) {
          retryAfterMs = cause.retryAfterMs;
          const failure = new NoAnswer(cause.message, { status: cause.status, refused: cause.refused });
          throw cause.refused || retryAfterMs > patience.maxRetryAfterMs ? new AbortError(failure) : failure;
        }
        const failure = new NoAnswer(explain(cause, patience), { status: null, refused: false, cause });
        unreached = failure.unreached ? unreached + 1 : 0;
        throw unreached > retriesUnreached || isNeverAsked(cause) ? new AbortError(failure) : failure;
      }
    },
    {
      retries: patience.retries,
      minTimeout: patience.minDelayMs,
      maxTimeout: patience.maxDelayMs,
      factor: 2,
      randomize: true,
      ...(signal === undefined ? {} : { signal }),
      onFailedAttempt: async ({ retriesLeft }) => {
        if (retryAfterMs > 0 && retriesLeft > 0)
          await sleep(retryAfterMs, undefined, signal === undefined ? {} : { signal });
      },
    },
  );
}

class Refusal extends Error {
  readonly status: number;
  readonly refused: boolean;
  readonly retryAfterMs: number;

  constructor(message: string, options: { status: number; refused: boolean; retryAfterMs: number }) {
    super(message);
    this.status = options.status;
    this.refused = options.refused;
    this.retryAfterMs = options.retryAfterMs;
  }
}

async function askOnce(url: string, { patience, signal, now, accepts }: Asked): Promise<unknown> {
  const limit = AbortSignal.timeout(patience.timeoutMs);
  const response = await fetch(url, {
    headers: { accept: "application/json" },
    signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
  });
  const text = await response.text();
  if (!response.ok) {
    const { status } = response;
    throw new Refusal(`HTTP ${status} ${response.statusText}: ${excerpt(text)}`, {
      status,
      refused: status < 500 && ![408, 425, 429].includes(status),
      retryAfterMs: parseRetryAfter(response.headers.get("retry-after"), now()),
    });
  }
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw new Error(`HTTP ${response.status} without JSON: ${excerpt(text)}`);
  }
  if (!accepts(body))
    throw new Error(`HTTP ${response.status} with another answer than expected: ${excerpt(text)}`);
  return body;
}

/** Milliseconds to wait by a Retry-After header, seconds or an HTTP date (RFC 9110, 10.2.3); 0 where it says nothing. */
export function parseRetryAfter(header: string | null, nowMs: number): number {
  if (header === null) return 0;
  if (/^\s*\d+\s*$/.test(header)) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? 0 : Math.max(0, date - nowMs);
}

function excerpt(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line === "" ? "(no text)" : line.length > 160 ? `${line.slice(0, 160)}…` : line;
}

function explain(cause: unknown, patience: Patience): string {
  if (!(cause instanceof Error)) return String(cause);
  if (cause.name === "TimeoutError") return `no answer within ${patience.timeoutMs / 1000} s`;
  // fetch says "fetch failed", its cause says why.
  const why =
    cause.cause instanceof Error
      ? cause.cause.message || (cause.cause as NodeJS.ErrnoException).code
      : undefined;
  return why === undefined ? cause.message : `${cause.message}: ${why}`;
}

function reason(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error(String(signal.reason));
}
