import { describe, expect, it } from "vitest";
import { parseRetryAfter } from "./ask-service.ts";

describe("Retry-After", () => {
  const now = Date.parse("2026-01-02T03:04:05Z");

  it("is seconds or an HTTP date", () => {
    expect(parseRetryAfter("120", now)).toBe(120_000);
    expect(parseRetryAfter(" 0 ", now)).toBe(0);
    expect(parseRetryAfter("Fri, 02 Jan 2026 03:05:05 GMT", now)).toBe(60_000);
  });

  it("says nothing when it is missing, past or no date", () => {
    expect(parseRetryAfter(null, now)).toBe(0);
    expect(parseRetryAfter("Fri, 02 Jan 2026 03:00:00 GMT", now)).toBe(0);
    expect(parseRetryAfter("soon", now)).toBe(0);
  });
});
