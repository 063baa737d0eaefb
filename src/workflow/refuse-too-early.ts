import { UserError } from "../trouble/index.ts";
import { type Plan, type StageName, stageOf } from "./plan.ts";

/** The stages whose outputs a stage reads. */
const readsFrom: Readonly<Record<StageName, readonly StageName[]>> = {
  prepare: [],
  acquire: [],
  resolve: ["acquire"],
  annotate: ["prepare", "acquire", "resolve"],
  count: ["prepare", "resolve", "annotate"],
  publish: ["prepare", "acquire", "resolve", "annotate", "count"],
};

/** One stage alone needs those before it done: said here, not by the first file that is missing. */
export function refuseTooEarly(
  plan: Plan,
  toDo: ReadonlyMap<StageName, readonly number[]>,
  only: StageName,
): void {
  if (toDo.get(only)?.length === 0) return;
  const readsRecords = stageOf(plan, "resolve").tasks.some(
    ({ work }) => work.do === "resolve" && work.sources.some(({ kind }) => kind === "acquired"),
  );
  const open = readsFrom[only].filter(
    (name) => (toDo.get(name)?.length ?? 0) > 0 && (only !== "resolve" || readsRecords),
  );
  if (open.length === 0) return;
  throw new UserError({
    code: "stage-too-early",
    message: `--only ${only}: it reads what ${open.join(", ")} would leave, which is not done.`,
    hint: `Run without --only, or do ${open.map((name) => `--only ${name}`).join(", ")} first.`,
  });
}
