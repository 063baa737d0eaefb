import { UserError } from "../../trouble/index.ts";
import { makePlan, type Plan, runSpec, uploadInputs } from "../../workflow/index.ts";
import { leaveJson, readJson, type StepWork, stepFiles } from "./step-work.ts";

/** The most children of an array job of Batch. */
const MOST_TASKS = 10_000;

/** Makes the plan of a run that was found, and leaves it with the number of tasks of each stage. */
export async function planStep({ work, services }: StepWork): Promise<string> {
  const config = runSpec.parse(await readJson(services, `${work}/${stepFiles.run}`));
  const planned = await makePlan(config, {
    store: services.store,
    cacheFolder: services.cacheFolder({ config } as Plan),
    findSnapshot: services.findSnapshot,
  });
  const plan = await uploadInputs(planned, services.store);
  const tasks = Object.fromEntries(plan.stages.map(({ name, tasks: all }) => [name, all.length]));
  const large = plan.stages.find(({ tasks: all }) => all.length > MOST_TASKS);
  if (large !== undefined) {
    throw new UserError({
      code: "tasks-too-many",
      message: `The stage ${large.name} has ${large.tasks.length} tasks; an array of Batch has ${MOST_TASKS} at most.`,
      hint: `Make them larger: taskRows of the configuration, now ${config.taskRows ?? "as bisonflow chooses"}.`,
    });
  }
  await leaveJson(services, `${work}/${stepFiles.plan}`, plan);
  await leaveJson(services, `${work}/${stepFiles.shape}`, { plan: plan.key, out: plan.out, tasks });
  const counts = Object.entries(tasks).map(([name, count]) => `${name} ${count}`);
  return `Tasks: ${counts.join(", ")}.`;
}
