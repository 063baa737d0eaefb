import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { checks } from "./checks/checks.ts";
import { explain } from "./explain.ts";
import { hasGaps } from "./mend-step.ts";
import { troubleCodes } from "./trouble.ts";
import { troubles } from "./troubles.ts";
import { troubleshootingPage } from "./troubleshooting-page.ts";

describe("the table of troubles", () => {
  it("has a row and a check for each code", () => {
    expect(Object.keys(troubles).sort()).toEqual([...troubleCodes].sort());
    expect([...new Set(checks.map(({ code }) => code))].sort()).toEqual([...troubleCodes].sort());
    for (const [code, row] of Object.entries(troubles)) expect(row.code).toBe(code);
  });

  it("has no change that can be made without an account's ids", () => {
    const changes = Object.values(troubles)
      .flatMap(({ mends }) => Object.values(mends))
      .filter(({ canApply }) => canApply);
    expect(changes.length).toBeGreaterThan(10);
    for (const { steps } of changes) {
      expect(steps.every((step) => !("command" in step))).toBe(true);
      expect(steps.some((step) => hasGaps(step) || JSON.stringify(step).includes("{"))).toBe(true);
    }
  });

  it("finds every page's error by its own words", () => {
    for (const row of Object.values(troubles)) {
      for (const { text } of row.errors) expect(explain(text).map(({ code }) => code)).toContain(row.code);
    }
  });
});

describe("docs/guide/troubleshooting.md", () => {
  it("is what the table says; else run `node scripts/troubleshooting.mjs`", () => {
    const path = new URL("../../../docs/guide/troubleshooting.md", import.meta.url);
    expect(readFileSync(path, "utf8")).toBe(troubleshootingPage());
  });
});
