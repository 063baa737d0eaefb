import { join } from "node:path";
import { stageText } from "../../occurrence/index.ts";
import { isRemote } from "../../store/index.ts";
import { bug } from "../../trouble/index.ts";
import { stillAs } from "../staging.ts";
import type { TaskContext, TaskOutcome } from "../task-context.ts";

/** The name of a part that acquire writes. */
export function acquiredPart(part: number): string {
  return `part-${String(part).padStart(5, "0")}.parquet`;
}

/** Reads a text input once, streaming, into Parquet parts with the relation's types. */
export async function acquire(
  context: TaskContext,
  work: { input: number; columns: readonly string[]; partBytes: number },
): Promise<TaskOutcome> {
  const planned = context.plan.inputs[work.input] ?? bug(`no input ${work.input}`);
  if (planned.input.kind === "parquet") bug("a Parquet input needs no acquiring");
  const path = isRemote(planned.path)
    ? await context.staging.file(planned.path, stillAs(planned.identity))
    : planned.path;
  context.onStaged();
  const engine = await context.openEngine();
  const staged = await stageText({
    input: { ...planned.input, path },
    columns: [...work.columns],
    partBytes: work.partBytes,
    outPath: (part) => join(context.scratch, acquiredPart(part)),
    engine,
    scratchFolder: context.temporary,
    onProgress: context.onProgress,
    signal: context.signal,
  });
  const rowsOf: Record<string, number> = {};
  staged.parts.forEach(({ rows }, part) => {
    rowsOf[acquiredPart(part)] = rows;
  });
  return { rows: staged.rows, rowsOf, facts: { rows: staged.rows, issues: staged.issues } };
}
