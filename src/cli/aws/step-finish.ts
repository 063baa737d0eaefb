import { bug } from "../../trouble/index.ts";
import { openEventLog, type Plan, runPlan } from "../../workflow/index.ts";
import { count } from "../numbers.ts";
import { leaveJson, readJson, type StepWork, stepFiles } from "./step-work.ts";

/**
 * Installs the result of a plan whose tasks are done, writes its tables to the catalog, and leaves a few words on what
 * came out. It is a run like any other that finds nothing left to do; a task that is missing it does itself.
 */
export async function finishStep({ work, services, signal }: StepWork): Promise<string> {
  const plan = (await readJson(services, `${work}/${stepFiles.plan}`)) as Plan;
  const { log, close } = await openEventLog(`${plan.out}/events.ndjson`, services.store);
  const manifest =
    (await runPlan(plan, { services, signal, onEvent: log }).finally(close)) ??
    bug("a whole run without a manifest");
  const { read, kept } = manifest.records;
  const text = `bisonflow ${manifest.bisonflow}: ${count(read)} records read, ${count(kept)} kept. Result: ${plan.out} (report.html, tables, maps); in Athena: database ${databaseOf(plan.out)}.`;
  await leaveJson(services, `${work}/${stepFiles.summary}`, {
    text,
    out: plan.out,
    plan: plan.key,
    read,
    kept,
    warnings: manifest.warnings,
  });
  return text;
}

function databaseOf(out: string): string {
  return (out.split("/").at(-1) ?? "").toLowerCase().replaceAll(/[^a-z0-9_]/g, "_");
}
