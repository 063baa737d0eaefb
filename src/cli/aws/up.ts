import { Command } from "commander";
import type { AwsAccess } from "../../aws/index.ts";
import {
  applyChangeSet,
  changeInWords,
  discardChangeSet,
  findStack,
  makeChangeSet,
  outputs,
  type PreparedStack,
  prepareStack,
  removeStack,
} from "../../aws/stack/index.ts";
import { awsAccessHere } from "../aws-access.ts";
import { interruptSignal } from "../interrupt.ts";
import { bold, standardOutput, type Terminal } from "../terminal.ts";
import { mayGoOn } from "./confirm.ts";
import { stackFollower } from "./follow.ts";
import { planText, rightsChange } from "./say-plan.ts";
import { stackCost } from "./stack-cost.ts";
import { addStackOptions, choicesFrom, type StackOptions } from "./stack-options.ts";

interface Options extends StackOptions {
  yes?: boolean;
}

/** `bisonflow aws up`: makes the stack, or brings it to what is chosen. */
export function upCommand(terminal: Terminal = standardOutput()): Command {
  return addStackOptions(
    new Command("up").description(
      "Make the stack, or change it to what is chosen: shows what `bisonflow aws plan` shows, asks, then does it and says what happens. What is not chosen stays as it is.",
    ),
  )
    .option("-y, --yes", "do not ask")
    .action(async (options: Options) => {
      const access = await awsAccessHere(options);
      await up(terminal, { options, access });
    });
}

async function up(
  terminal: Terminal,
  { options, access }: { options: Options; access: AwsAccess },
): Promise<void> {
  const choices = choicesFrom(options);
  const yes = options.yes === true;
  // Made when something is under way: before that, Ctrl-C ends the command at once.
  const following = () => ({ onHappening: stackFollower(terminal), signal: interruptSignal() });
  let prepared = await prepareStack(access, choices);
  if (prepared.standing.kind === "remains") {
    if (!(await removeRemains(terminal, { prepared, yes, following }))) return;
    prepared = await prepareStack(access, choices);
  }
  const { client, standing, intended } = prepared;
  const set = await makeChangeSet(client, intended, standing);
  const changes = set.changes.map(changeInWords);
  await terminal.write(
    planText(
      terminal,
      {
        stack: choices.name,
        region: access.region,
        isNew: set.isNew,
        changes,
        rights: rightsChange(prepared),
        cost: await stackCost(intended, access),
      },
      prepared,
    ),
  );
  if (changes.length > 0) {
    const agreed = await mayGoOn("Do it?", { yes }).catch(async (error: unknown) => {
      await discardChangeSet(client, set);
      throw error;
    });
    if (!agreed) {
      await discardChangeSet(client, set);
      await terminal.write("Nothing was changed.\n");
      return;
    }
    await terminal.write("\n");
    await applyChangeSet(client, { ...set, name: choices.name }, following());
  }
  await sayOutputs(terminal, { ...prepared, region: access.region });
}

/**
 * Removes the record of an attempt that failed: CloudFormation makes nothing under its name before it is gone. False
 * when it is not wanted.
 */
async function removeRemains(
  terminal: Terminal,
  options: {
    prepared: PreparedStack;
    yes: boolean;
    following: () => Parameters<typeof removeStack>[2];
  },
): Promise<boolean> {
  const { prepared, yes, following } = options;
  const { client, standing, intended } = prepared;
  if (standing.kind !== "remains") return true;
  const { stack } = standing;
  const reason = stack.statusReason === undefined ? "" : `: ${stack.statusReason}`;
  await terminal.write(
    `Stack ${intended.name}: an earlier attempt failed and left a record (${stack.status}${reason}). It must be removed first.\n`,
  );
  if (!(await mayGoOn("Remove it?", { yes }))) {
    await terminal.write("Nothing was changed.\n");
    return false;
  }
  await removeStack(client, { name: intended.name, stack }, following());
  return true;
}

async function sayOutputs(terminal: Terminal, made: PreparedStack & { region: string }): Promise<void> {
  const { client, intended, region } = made;
  const stack = await findStack(client, intended.name);
  const known = stack?.outputs ?? {};
  await terminal.write(`\n${bold(terminal, `Stack ${intended.name} stands in ${region}:`)}\n`);
  for (const [name, meaning] of Object.entries(outputs))
    if (known[name] !== undefined)
      await terminal.write(`  ${name.padEnd(18)} ${known[name]}  (${meaning})\n`);
  if (intended.values.Image === "" && known.RepositoryUri !== undefined) {
    await terminal.write(
      `\nNext: push the image to ${known.RepositoryUri}:${intended.values.ImageTag} (docs/guide/aws.md), then \`bisonflow run --on aws\`.\n`,
    );
  }
}
