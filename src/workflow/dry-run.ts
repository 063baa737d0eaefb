import type { Store } from "../store/index.ts";
import type { Plan, StageName, Task } from "./plan.ts";
import { isChosen, type RunChoice, runsAgain } from "./run-choice.ts";
import { workRoot } from "./task.ts";
import { WorkFolder } from "./work-folder.ts";

/** What a run would do with a task, and why. */
export interface Prospect {
  readonly stage: StageName;
  readonly index: number;
  readonly title: string;
  readonly run: boolean;
  readonly why: string;
}

const words: Record<keyof Task["because"], string> = {
  work: "it does something else",
  inputs: "its inputs changed",
  parameters: "its parameters changed",
  code: "bisonflow's code changed",
  upstream: "an earlier task runs again",
};

/**
 * Says which tasks a run of this plan would do, and why each one, without doing any; `choice` as for the run.
 *
 * @example
 * ```ts
 * import { mkdtempSync, writeFileSync } from "node:fs";
 * import { compose, makePlan, prospects, runSpec } from "bisonflow/workflow";
 * const folder = mkdtempSync("/tmp/bisonflow-example-");
 * const record = "1,US,40.5,-88.9,SPECIES,HUMAN_OBSERVATION,2435099,2435099,Puma concolor";
 * const header = "gbifID,countryCode,decimalLatitude,decimalLongitude,taxonRank,basisOfRecord,taxonKey,speciesKey,species";
 * writeFileSync(`${folder}/records.csv`, `${header}\n${record}\n`);
 * const config = runSpec.parse({ occurrences: [`${folder}/records.csv`], out: `${folder}/out`, catalog: false });
 * const services = compose();
 * const plan = await makePlan(config, { store: services.store, cacheFolder: "/tmp/bisonflow-example-cache" });
 * const [first] = await prospects(plan, services.store);
 * console.log(first?.stage, first?.run, first?.why); // prepare true it has not run yet
 * ```
 */
export async function prospects(plan: Plan, store: Store, choice: RunChoice = {}): Promise<Prospect[]> {
  const work = new WorkFolder(store, workRoot(plan));
  const before = await previousPlan(plan, store);
  const list: Prospect[] = [];
  for (const { name, tasks } of plan.stages) {
    if (!isChosen(choice, name)) continue;
    const again = runsAgain(choice, name);
    for (const task of tasks) {
      const done = (await work.result(name, task.key)) !== undefined;
      list.push({
        stage: name,
        index: task.index,
        title: task.title,
        run: !done || again,
        why: again
          ? "it was asked for"
          : done
            ? "done already"
            : reason(task, before?.stages.find((stage) => stage.name === name)?.tasks),
      });
    }
  }
  return list;
}

async function previousPlan(plan: Plan, store: Store): Promise<Plan | undefined> {
  const uri = `${workRoot(plan)}/plan.json`;
  if ((await store.stat(uri)) === undefined) return undefined;
  try {
    return JSON.parse(Buffer.from(await store.read(uri)).toString("utf8")) as Plan;
  } catch {
    return undefined;
  }
}

function reason(task: Task, before: readonly Task[] | undefined): string {
  const same = before?.find(({ index }) => index === task.index);
  if (same === undefined) return "it has not run yet";
  const changed = (Object.keys(words) as (keyof Task["because"])[]).filter(
    (part) => same.because[part] !== task.because[part],
  );
  return changed.length === 0 ? "it has no output yet" : changed.map((part) => words[part]).join(", ");
}
