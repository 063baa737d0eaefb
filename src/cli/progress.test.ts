import { describe, expect, it } from "vitest";
import type { RunEvent } from "../workflow/index.ts";
import { progressDisplay } from "./progress.ts";

/** What is printed for events, on something that is no terminal. */
function printed(events: readonly RunEvent[]): string[] {
  const lines: string[] = [];
  const show = progressDisplay({ write: (text) => lines.push(text) }, () => 0);
  for (const event of events) show(event);
  return lines.join("").trimEnd().split("\n");
}

function attempt(index: number, end: "done" | "failed" | "lost" | "stopped"): RunEvent {
  const started = "2026-11-24T08:00:00.000Z";
  const cost = { started, seconds: 30, vcpus: 1, memoryMiB: 2048 };
  return { type: "task-attempt", stage: "annotate", index, attempt: 1, end, reason: "", job: "a", ...cost };
}

describe("the progress of a run", () => {
  it("counts attempts that were cut short and tried again, not those that did their work", () => {
    const lines = printed([
      { type: "stage-started", stage: "annotate", tasks: 2, toRun: 2, rows: 10 },
      attempt(0, "lost"),
      attempt(0, "stopped"),
      attempt(0, "done"),
      attempt(1, "done"),
      { type: "task-finished", stage: "annotate", index: 0, seconds: 1, rows: 4 },
      { type: "task-finished", stage: "annotate", index: 1, seconds: 1, rows: 6 },
      { type: "stage-finished", stage: "annotate", seconds: 90 },
      { type: "stage-started", stage: "count", tasks: 1, toRun: 1, rows: 0 },
      { type: "stage-finished", stage: "count", seconds: 1 },
    ]);
    expect(lines).toContain("annotate  2 tasks, 10 rows, 2 attempts cut short, 1 min 30 s");
    expect(lines.at(-1)).not.toContain("cut short");
  });
});
