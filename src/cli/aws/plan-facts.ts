import type { StageFacts } from "../../aws/cost/index.ts";
import { literal, openEngine, plainPath } from "../../engine/index.ts";
import { columnsRead } from "../../occurrence/index.ts";
import type { Plan, Services } from "../../workflow/index.ts";
import { neededColumns } from "../../workflow/needed-columns.ts";

/** Files whose footers are looked into, of a plan's Parquet files: they are cut from one table. */
const SAMPLE = 8;

/** What a plan's stages will read, and what that is known from. */
export interface PlanFacts {
  readonly stages: readonly StageFacts[];
  readonly rows: number;
  readonly bytes: number;
  readonly bytesFrom: string;
}

/** Adds up what each stage of a plan reads: rows as planned, bytes by the footers of some files. */
export async function planFacts(plan: Plan, services: Services): Promise<PlanFacts> {
  const parquet = plan.inputs.filter(({ input }) => input.kind === "parquet");
  const text = plan.inputs.filter(({ input }) => input.kind !== "parquet");
  const share = await neededShare(plan, services);
  const sum = (some: readonly { readonly bytes: number }[]): number =>
    some.reduce((all, { bytes }) => all + bytes, 0);
  const columns = Math.round(sum(parquet) * share.part);
  const bytesOf: Readonly<Record<string, number>> = { acquire: sum(text), annotate: columns };
  const rowsOf = (stage: string): number =>
    plan.stages.find(({ name }) => name === stage)?.tasks.reduce((all, { rows }) => all + rows, 0) ?? 0;
  return {
    stages: plan.stages.map(({ name, tasks }) => ({
      name,
      tasks: tasks.length,
      rows: rowsOf(name === "count" ? "annotate" : name),
      bytes: bytesOf[name] ?? 0,
    })),
    rows: rowsOf("annotate"),
    bytes: sum(text) + columns,
    bytesFrom: share.from,
  };
}

/** Which part of the Parquet files' bytes the needed columns take, by the footers of some of them. */
async function neededShare(plan: Plan, services: Services): Promise<{ part: number; from: string }> {
  const files = plan.inputs.filter(({ input }) => input.kind === "parquet");
  const step = Math.max(1, Math.floor(files.length / SAMPLE));
  const some = files.filter((_, at) => at % step === 0).slice(0, SAMPLE);
  if (some.length === 0) return { part: 0, from: "text is read whole" };
  const needed = neededColumns(plan);
  const engine = await openEngine();
  let wanted = 0;
  let all = 0;
  try {
    for (const { path, bytes, input } of some) {
      if (input.kind !== "parquet") continue;
      const columns = columnsRead(input.columns, needed).map((name) => name.toLowerCase());
      const footer = await services.store.stage(path, { columns: [] });
      try {
        const [row] = await engine.rows<{ wanted: bigint | null }>(
          `SELECT sum(total_compressed_size) FILTER (lower(split_part(path_in_schema, ', ', 1)) IN (${columns.map(literal).join(", ")}))::BIGINT AS wanted
           FROM parquet_metadata(${literal(plainPath(footer.path))})`,
        );
        wanted += Number(row?.wanted ?? 0n);
        all += bytes;
      } finally {
        await footer.release();
      }
    }
  } finally {
    engine.close();
  }
  const part = all === 0 ? 0 : wanted / all;
  return {
    part,
    from: `${needed.length} columns are ${(part * 100).toFixed(0)} % of the files, by ${some.length === files.length ? "all" : some.length} footers`,
  };
}
