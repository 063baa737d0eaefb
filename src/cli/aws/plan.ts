import { Command } from "commander";
import {
  changeInWords,
  discardChangeSet,
  madeResources,
  makeChangeSet,
  prepareStack,
} from "../../aws/stack/index.ts";
import { awsAccessHere } from "../aws-access.ts";
import { standardOutput, type Terminal } from "../terminal.ts";
import { planText, rightsChange, type StackPlan } from "./say-plan.ts";
import { stackCost } from "./stack-cost.ts";
import { addStackOptions, choicesFrom, type StackOptions } from "./stack-options.ts";

/** `bisonflow aws plan`: what `aws up` would do, worked out by CloudFormation, and nothing done. */
export function planStackCommand(terminal: Terminal = standardOutput()): Command {
  return addStackOptions(
    new Command("plan").description(
      "Say what `bisonflow aws up` would make, change, replace and remove, which rights it grants to whom, and what it costs. Changes nothing.",
    ),
  )
    .option("--json", "print JSON")
    .action(async (options: StackOptions & { json?: boolean }) => {
      const choices = choicesFrom(options);
      const access = await awsAccessHere(options);
      const prepared = await prepareStack(access, choices);
      const { client, standing, intended } = prepared;
      if (standing.kind === "remains") {
        // CloudFormation takes no change set for it, and it is not ours to remove here: everything is new.
        const plan = await planOf({
          changes: madeResources(intended.template, intended.values),
          isNew: true,
        });
        await say(plan);
        return;
      }
      const set = await makeChangeSet(client, intended, standing);
      if (set.changes.length > 0) await discardChangeSet(client, set);
      await say(await planOf({ changes: set.changes.map(changeInWords), isNew: set.isNew }));

      async function planOf(made: Pick<StackPlan, "changes" | "isNew">): Promise<StackPlan> {
        return {
          stack: choices.name,
          region: access.region,
          ...made,
          rights: rightsChange(prepared),
          cost: await stackCost(intended, access),
        };
      }
      async function say(plan: StackPlan): Promise<void> {
        await terminal.write(
          options.json === true ? `${JSON.stringify(plan, null, 2)}\n` : planText(terminal, plan, prepared),
        );
      }
    });
}
