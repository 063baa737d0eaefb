import { columnsRead } from "../occurrence/index.ts";
import { isRemote, type StageWant, type Store } from "../store/index.ts";
import { neededColumns } from "./needed-columns.ts";
import type { Plan, RecordSource, Task } from "./plan.ts";
import { stillAs } from "./staging.ts";

type ParquetSource = Extract<RecordSource, { kind: "parquet" }>;

/** What a scan of a planned Parquet file will need of it: lets a remote store move that alone. */
export function recordWant(plan: Plan, source: ParquetSource, columns: readonly string[]): StageWant {
  const planned = plan.inputs.find(({ path }) => path === source.path);
  if (planned?.input.kind !== "parquet" || !isRemote(source.path)) return {};
  const { start, end } = source;
  const isWhole = start === 0 && end >= planned.input.rows;
  return {
    columns: columnsRead(planned.input.columns, columns),
    ...(isWhole ? {} : { rows: { start, end } }),
    ...stillAs(planned.identity),
  };
}

/** Begins to fetch the records that a task will read. */
export function prefetchRecords(plan: Plan, task: Task, store: Store): void {
  const { work } = task;
  if (work.do === "acquire") {
    const input = plan.inputs[work.input];
    if (input !== undefined) store.prefetch?.(input.path, stillAs(input.identity));
  }
  if (work.do !== "annotate") return;
  const columns = neededColumns(plan);
  for (const source of work.sources) {
    if (source.kind === "parquet") store.prefetch?.(source.path, recordWant(plan, source, columns));
  }
}
