import { z } from "zod";
import { UserError } from "../../trouble/index.ts";
import type { PaidAttempt } from "./actual.ts";

const attemptEvent = z.object({
  type: z.literal("task-attempt"),
  stage: z.string(),
  index: z.number().int(),
  attempt: z.number().int(),
  end: z.string(),
  started: z.string(),
  seconds: z.number().min(0),
  vcpus: z.number().positive(),
  memoryMiB: z.number().min(0),
  job: z.string(),
});

/**
 * The attempts that a run's events.ndjson tells of, each once: a run that was taken over tells some again. Throws a
 * UserError when the file is none of events, or tells of no attempt (a run on a laptop pays for none).
 */
export function attemptsOf(text: string, source: string): PaidAttempt[] {
  const attempts = new Map<string, PaidAttempt>();
  for (const [at, lineText] of text.split("\n").entries()) {
    if (lineText === "") continue;
    const event = parseLine(lineText, `${source}, line ${at + 1}`);
    if (event.type !== "task-attempt") continue;
    const parsed = attemptEvent.safeParse(event);
    if (!parsed.success) throw notEvents(`${source}, line ${at + 1}`, parsed.error.issues[0]?.message ?? "");
    const { job, type: _type, ...attempt } = parsed.data;
    attempts.set(`${job} ${attempt.attempt}`, attempt);
  }
  if (attempts.size > 0) return [...attempts.values()];
  throw new UserError({
    code: "attempts-missing",
    message: `${source}: it tells of no attempt on AWS Batch, so nothing was charged for.`,
    hint: "Name the result of a run with --on aws, or an execution of the state machine with --execution.",
  });
}

const finishedEvent = z.object({
  type: z.literal("run-finished"),
  traffic: z.object({ requests: z.number().min(0) }).optional(),
});

/** Requests to S3 that the runs told of in a file of events have made. */
export function trafficOf(text: string): number {
  return text.split("\n").reduce((sum, one) => {
    if (!one.includes('"run-finished"')) return sum;
    const event = finishedEvent.safeParse(JSON.parse(one));
    return sum + (event.data?.traffic?.requests ?? 0);
  }, 0);
}

function parseLine(text: string, where: string): { type?: unknown } {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return value;
  } catch (error) {
    throw notEvents(where, error instanceof Error ? error.message : "", error);
  }
  throw notEvents(where, "no object");
}

function notEvents(where: string, seen: string, cause?: unknown): UserError {
  return new UserError({
    code: "events-invalid",
    message: `${where}: not an event of a run (${seen}).`,
    hint: "Name the folder of a result, whose events.ndjson bisonflow wrote.",
    cause,
  });
}
