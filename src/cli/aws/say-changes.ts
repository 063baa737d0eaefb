import type { ChangeInWords, Fate, Holder, Right } from "../../aws/stack/index.ts";
import { bold, type Terminal } from "../terminal.ts";

const fates: readonly { readonly fate: Fate; readonly title: string; readonly sign: string }[] = [
  { fate: "made", title: "Made", sign: "+" },
  { fate: "changed", title: "Changed in place", sign: "~" },
  {
    fate: "perhaps replaced",
    title: "Changed, or replaced by new ones: CloudFormation knows when it comes to it",
    sign: "?",
  },
  { fate: "replaced", title: "Replaced by new ones", sign: "±" },
  { fate: "removed", title: "Removed", sign: "-" },
  { fate: "kept", title: "Left to themselves, kept outside the stack", sign: "o" },
];

/** Changes, grouped by what becomes of things. */
export function changesText(terminal: Terminal, changes: readonly ChangeInWords[]): string {
  const parts: string[] = [];
  for (const { fate, title, sign } of fates) {
    const some = changes.filter((change) => change.fate === fate);
    if (some.length === 0) continue;
    parts.push(`\n${bold(terminal, `${title} (${some.length})`)}\n`);
    const widest = Math.max(...some.map(({ logicalId }) => logicalId.length));
    for (const { logicalId, what, physicalId, properties, note } of some) {
      const known = physicalId === undefined || physicalId === "" ? "" : ` ${physicalId}`;
      parts.push(
        `  ${sign} ${logicalId.padEnd(widest)}  ${what}${known}${note === undefined ? "" : `; ${note}`}\n`,
      );
      for (const property of properties) parts.push(`      ${property}\n`);
    }
  }
  return parts.join("");
}

/** Rights, by who gets them: each action once, with what it is for, under what it may be done to. */
export function rightsText(
  terminal: Terminal,
  options: { title: string; rights: readonly Right[]; holders: readonly Holder[] },
): string {
  const { title, rights, holders } = options;
  if (rights.length === 0) return "";
  const parts = [`\n${bold(terminal, title)}\n`];
  for (const { name, who } of holders) {
    const own = rights.filter(({ holder }) => holder === name);
    if (own.length === 0) continue;
    parts.push(`  ${name}: ${who}\n`);
    for (const [actions, places] of byActions(own)) {
      parts.push(`    on ${places.join(", ")}\n`);
      const widest = Math.max(...actions.map(({ action }) => action.length));
      for (const { action, why } of actions)
        parts.push(`      ${action.padEnd(widest)}  ${why ?? ""}`.trimEnd(), "\n");
    }
  }
  return parts.join("");
}

/** Places to which the very same actions may be done stand together. */
function byActions(rights: readonly Right[]): [Right[], string[]][] {
  const groups = new Map<string, [Right[], string[]]>();
  for (const on of new Set(rights.map((right) => right.on))) {
    const actions = rights.filter((right) => right.on === on);
    const key = actions.map(({ action, why }) => `${action} ${why}`).join("\n");
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [actions, [on]]);
    else group[1].push(on);
  }
  return [...groups.values()];
}
