import { z } from "zod";
import type { RecordedCall } from "../client/index.ts";

const schema = z.strictObject({
  time: z.string(),
  service: z.string(),
  operation: z.string(),
  region: z.string(),
  subject: z.record(z.string(), z.union([z.string(), z.array(z.string())])),
  error: z.string().optional(),
  attempts: z.number(),
});

/** The record as a call that one of our own clients made (BISONFLOW_RECORD_CALLS); undefined for anything else. */
export function recordedCall(record: unknown): RecordedCall | undefined {
  if (typeof record !== "object" || record === null || !("operation" in record)) return undefined;
  const { data } = schema.safeParse(record);
  if (data === undefined) return undefined;
  const { error, ...call } = data;
  return error === undefined ? call : { ...call, error };
}
