import { appendFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { temporaryFolder } from "../../test/support/paths.ts";
import { eventLog } from "./events.ts";

const folder = temporaryFolder();

it("keeps events in order, one JSON object a line, without progress inside a task", () => {
  const path = join(folder, "a", "events.ndjson");
  const log = eventLog(path, () => new Date("2026-11-01T00:00:00Z"));
  log({ type: "warning", message: "one" });
  log({ type: "task-progress", stage: "annotate", index: 0, rows: 1, totalRows: 2 });
  log({ type: "stage-finished", stage: "annotate", seconds: 1 });
  const lines = readFileSync(path, "utf8").trimEnd().split("\n");
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    { time: "2026-11-01T00:00:00.000Z", type: "warning", message: "one" },
    { time: "2026-11-01T00:00:00.000Z", type: "stage-finished", stage: "annotate", seconds: 1 },
  ]);
});

it("cuts off the line that a killed run left half written, and goes on", () => {
  const path = join(folder, "b.ndjson");
  eventLog(path)({ type: "warning", message: "whole" });
  appendFileSync(path, '{"time":"2026-11-01T00:00:00Z","type":"warn');
  eventLog(path)({ type: "warning", message: "next" });
  const lines = readFileSync(path, "utf8").trimEnd().split("\n");
  expect(lines.map((line) => (JSON.parse(line) as { message: string }).message)).toEqual(["whole", "next"]);
});
