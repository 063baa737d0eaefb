import type { UsedAction } from "./audit.ts";
import { expandActions, wildcard } from "./expand-actions.ts";
import type { Grant, GrantStatement } from "./policy-document.ts";

/** What a statement grants that was not used. */
export interface UnusedGrant {
  readonly policy: string;
  /** Its Sid, or its place: `statement 2`. */
  readonly statement: string;
  /** As the policy writes them. */
  readonly patterns: readonly string[];
  readonly granted: number;
  readonly used: number;
  /** Sorted. */
  readonly unused: readonly string[];
}

/** A used action against what is granted. */
export interface ComparedAction {
  readonly action: string;
  readonly resources: readonly string[];
  readonly events: number;
}

/** How what a principal used and what it has differ. */
export interface Comparison {
  readonly policies: readonly string[];
  /** Grants of every action on everything, spelt out: `AdministratorAccess`. */
  readonly administrator: readonly {
    readonly policy: string;
    readonly actions: number;
    readonly services: number;
    readonly usedActions: number;
    /** Those that were used at all; nothing of the others was. */
    readonly usedServices: readonly {
      readonly service: string;
      readonly granted: number;
      readonly used: number;
    }[];
  }[];
  readonly unused: readonly UnusedGrant[];
  /** Used, refused at least once. */
  readonly denied: readonly (ComparedAction & {
    readonly deniedEvents: number;
    readonly message: string;
    /** Whether the policies grant it as they are now. */
    readonly isGranted: boolean;
  })[];
  /** Used with success on resources that these policies do not name: something else grants it. */
  readonly notGranted: readonly ComparedAction[];
  /** Used, and granted on more than it was used on. */
  readonly wider: readonly {
    readonly action: string;
    readonly granted: readonly string[];
    readonly used: readonly string[];
  }[];
  /** Patterns that no action of IAM matches. */
  readonly matchNothing: readonly string[];
  /** Statements whose Deny or Condition takes some of it away again, which is not weighed here. */
  readonly conditional: readonly string[];
}

interface Expanded {
  readonly policy: string;
  readonly label: string;
  readonly statement: GrantStatement;
  readonly actions: readonly string[];
  readonly isEverything: boolean;
}

/** Compares what was used with the policies that a principal has. */
export async function compareGrants(
  used: readonly UsedAction[],
  grants: readonly Grant[],
): Promise<Comparison> {
  const matchNothing = new Set<string>();
  const expanded: Expanded[] = [];
  for (const { name, statements } of grants) {
    for (const [i, statement] of statements.entries()) {
      const isNot = statement.NotAction !== undefined;
      const patterns = statement.Action ?? statement.NotAction ?? [];
      const { actions, matchNothing: nothing } = await expandActions(patterns, { isNot });
      if (!isNot) for (const one of nothing) matchNothing.add(`${name}: ${one}`);
      const isEverything = !isNot && patterns.some((one) => /^\*(:\*)?$/.test(one));
      expanded.push({
        policy: name,
        label: statement.Sid ?? `statement ${i + 1}`,
        statement,
        actions,
        isEverything,
      });
    }
  }
  const forbidden = new Set(
    expanded.filter(({ statement }) => isPlainDeny(statement)).flatMap(({ actions }) => actions),
  );
  const allowing = expanded.filter(({ statement }) => statement.Effect === "Allow");
  const granted = resourcesByAction(allowing, forbidden);
  // Everything on everything is said once, not of each action again.
  const narrow = resourcesByAction(
    allowing.filter((one) => !isAdministrator(one)),
    forbidden,
  );
  const usedNames = new Set(used.map(({ action }) => action));
  return {
    policies: grants.map(({ name }) => name),
    administrator: allowing
      .filter(isAdministrator)
      .map(({ policy, actions }) => administrator(policy, actions, usedNames)),
    unused: allowing
      .filter(({ isEverything }) => !isEverything)
      .map((one) => unusedOf(one, usedNames, forbidden))
      .filter(({ unused }) => unused.length > 0),
    denied: used
      .filter(({ denied }) => denied.events > 0)
      .map((one) => ({
        ...compared(one),
        deniedEvents: one.denied.events,
        message: one.denied.message,
        isGranted: missing(one, granted).length === 0,
      })),
    notGranted: used
      .filter(({ denied, evidence }) => denied.events < evidence.events)
      .map((one) => ({ ...compared(one), resources: missing(one, granted) }))
      .filter(({ resources }) => resources.length > 0),
    wider: used.flatMap((one) => {
      const more = widerThan(one, narrow);
      return more.length === 0 ? [] : [{ action: one.action, granted: more, used: one.resources }];
    }),
    matchNothing: [...matchNothing].sort(),
    conditional: expanded
      .filter(
        ({ statement }) =>
          statement.Condition !== undefined || (statement.Effect === "Deny" && !isPlainDeny(statement)),
      )
      .map(({ policy, label, statement }) => `${policy}, ${label} (${statement.Effect})`),
  };
}

function compared({ action, resources, evidence }: UsedAction): ComparedAction {
  return { action, resources, events: evidence.events };
}

function isAll({ Resource }: GrantStatement): boolean {
  return Resource?.includes("*") ?? false;
}

function isAdministrator({ isEverything, statement }: Expanded): boolean {
  return isEverything && isAll(statement);
}

function isPlainDeny(statement: GrantStatement): boolean {
  return statement.Effect === "Deny" && isAll(statement) && statement.Condition === undefined;
}

function administrator(policy: string, actions: readonly string[], used: ReadonlySet<string>) {
  const counts = new Map<string, number>();
  for (const action of actions) counts.set(serviceOf(action), (counts.get(serviceOf(action)) ?? 0) + 1);
  const usedCounts = new Map<string, number>();
  for (const action of used) usedCounts.set(serviceOf(action), (usedCounts.get(serviceOf(action)) ?? 0) + 1);
  return {
    policy,
    actions: actions.length,
    services: counts.size,
    usedActions: used.size,
    usedServices: [...usedCounts]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([service, count]) => ({ service, granted: counts.get(service) ?? 0, used: count })),
  };
}

function serviceOf(action: string): string {
  return action.split(":")[0] ?? "";
}

function unusedOf(one: Expanded, used: ReadonlySet<string>, forbidden: ReadonlySet<string>): UnusedGrant {
  const { policy, label, statement, actions } = one;
  const allowed = actions.filter((action) => !forbidden.has(action));
  const unused = allowed.filter((action) => !used.has(action));
  const isNot = statement.NotAction !== undefined;
  return {
    policy,
    statement: label,
    patterns: isNot ? (statement.NotAction ?? []).map((text) => `all but ${text}`) : (statement.Action ?? []),
    granted: allowed.length,
    used: allowed.length - unused.length,
    unused,
  };
}

function resourcesByAction(
  allowing: readonly Expanded[],
  forbidden: ReadonlySet<string>,
): ReadonlyMap<string, readonly string[]> {
  const granted = new Map<string, string[]>();
  for (const { statement, actions } of allowing) {
    // Of everything but some: what those are about is not weighed.
    const resources = statement.Resource ?? ["*"];
    for (const action of actions) {
      if (forbidden.has(action)) continue;
      const known = granted.get(action);
      if (known === undefined) granted.set(action, [...resources]);
      else known.push(...resources);
    }
  }
  return granted;
}

/** The used resources that no grant covers. */
function missing(used: UsedAction, granted: ReadonlyMap<string, readonly string[]>): string[] {
  const patterns = (granted.get(used.action) ?? []).map((text) => wildcard(withoutVariables(text)));
  return used.resources.filter((arn) => !patterns.some((pattern) => pattern.test(arn)));
}

/** The granted resources that are more than what was used. */
function widerThan(used: UsedAction, granted: ReadonlyMap<string, readonly string[]>): string[] {
  if (used.resources.includes("*")) return [];
  const patterns = used.resources.map(wildcard);
  const more = (granted.get(used.action) ?? []).filter(
    (text) => !patterns.some((pattern) => pattern.test(text)),
  );
  return [...new Set(more)].sort();
}

/** `${aws:username}` stands for anything here. */
function withoutVariables(text: string): string {
  return text.replace(/\$\{[^}]*\}/g, "*");
}
