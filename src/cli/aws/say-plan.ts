import {
  type ChangeInWords,
  holdersOf,
  type PreparedStack,
  type Right,
  rightsDifference,
  rightsOf,
} from "../../aws/stack/index.ts";
import { duration } from "../numbers.ts";
import { bold, type Terminal } from "../terminal.ts";
import { changesText, rightsText } from "./say-changes.ts";
import { dollars, linesText } from "./say-cost.ts";
import type { StackCost } from "./stack-cost.ts";

/** All that a person should know before a stack is made or changed. */
export interface StackPlan {
  readonly stack: string;
  readonly region: string;
  readonly isNew: boolean;
  readonly changes: readonly ChangeInWords[];
  readonly rights: { readonly granted: readonly Right[]; readonly withdrawn: readonly Right[] };
  readonly cost: StackCost;
}

/** The rights that change, as the templates before and after say. */
export function rightsChange({ intended, standing }: PreparedStack): StackPlan["rights"] {
  const before =
    intended.before === undefined || standing.kind !== "stands"
      ? []
      : rightsOf(intended.before, standing.stack.parameters);
  return rightsDifference(before, rightsOf(intended.template, intended.values));
}

/** The plan in words. */
export function planText(terminal: Terminal, plan: StackPlan, { intended, standing }: PreparedStack): string {
  const { stack, region, isNew, changes, rights, cost } = plan;
  const holders = [
    ...holdersOf(intended.template),
    ...(intended.before ? holdersOf(intended.before) : []),
  ].filter(({ name }, at, all) => all.findIndex((other) => other.name === name) === at);
  const head = isNew
    ? `Stack ${stack} would be made in ${region}.`
    : `Stack ${stack} in ${region} would be changed.`;
  const remains =
    standing.kind === "remains"
      ? `An earlier attempt left a record (${standing.stack.status}), which would be removed first.\n`
      : "";
  if (changes.length === 0) return `Stack ${stack} in ${region}: nothing would change.\n`;
  const { monthly, perBillionRecords } = cost;
  return [
    bold(terminal, head),
    "\n",
    remains,
    changesText(terminal, changes),
    rightsText(terminal, { title: "Rights granted", rights: rights.granted, holders }),
    rightsText(terminal, { title: "Rights withdrawn", rights: rights.withdrawn, holders }),
    `\n${bold(terminal, `Cost a month while nothing runs: ${dollars(monthly.usd)} USD`)}, and 0.023 USD for each GB that is kept in the bucket\n`,
    linesText(terminal, monthly.lines),
    `\n${bold(terminal, `Cost of a run: about ${dollars(perBillionRecords.usd)} USD for each billion records read`)}, ${duration(perBillionRecords.wallSeconds)}\n`,
    linesText(terminal, perBillionRecords.lines),
    `Machines: ${perBillionRecords.priceFrom}. Speed: measured on a laptop's kind of core (bench/RESULTS.md); 40 bytes a record assumed. \`bisonflow aws cost\` reckons a run of your own.\n`,
  ].join("");
}
