import type { PoliciesFact } from "../facts/account-facts.ts";
import { type Statement, statementsOf } from "./document.ts";

/** A resource that is not known: is the action allowed on any at all? */
export const somewhere = "(somewhere)";

/** May somebody do `action` on `resource`, under these values of condition keys? */
export interface Question {
  readonly action: string;
  /** An ARN, `*` for an action that takes no resource, or `somewhere`. */
  readonly resource: string;
  /** The pattern that the resource is an example of. */
  readonly pattern?: string;
  /** What is known of the request; a key that is not here is not known, rather than absent. */
  readonly context?: Readonly<Record<string, string>>;
}

/** `unknown`: a condition or variable decides that is not known here; IAM's simulator, or the try, would tell. */
export type Decision = "allowed" | "denied" | "not-allowed" | "unknown";

type Match = "yes" | "no" | "maybe";

/**
 * Answers from identity policies alone, as IAM does: a denial wins, then an allowance, else it is not allowed; a
 * permissions boundary must allow it too. It knows wildcards, NotAction, NotResource, and the conditions on
 * strings and ARNs; what hangs on any other condition, or on a variable in a resource, is `unknown`.
 */
export function evaluate(policies: PoliciesFact, question: Question): Decision {
  const own = decide(
    [...policies.inline, ...policies.attached].map(({ document }) => document),
    question,
  );
  if (policies.boundary === undefined || own === "denied" || own === "not-allowed") return own;
  const boundary = decide([policies.boundary.document], question);
  if (boundary === "denied" || boundary === "not-allowed") return boundary;
  return own === "allowed" && boundary === "allowed" ? "allowed" : "unknown";
}

/** A resource that a statement allows an action on; undefined where none does, or nothing is known of the policies. */
export function allowedResource(policies: PoliciesFact | undefined, action: string): string | undefined {
  const documents = [...(policies?.inline ?? []), ...(policies?.attached ?? [])].map(
    ({ document }) => document,
  );
  const patterns = documents
    .flatMap(statementsOf)
    .filter(({ effect, actions }) => effect === "Allow" && matchesAny(actions, action) === "yes")
    .flatMap(({ resources }) => (resources === undefined || resources.not ? ["*"] : resources.patterns));
  if (patterns.includes("*")) return "*";
  return patterns[0] === undefined ? undefined : exampleOf(patterns[0]);
}

/** A resource that a pattern means; what means all of them stays as it is. */
export function exampleOf(pattern: string): string {
  return pattern === "*" || pattern === somewhere ? pattern : pattern.replace(/\$\{[^}]*\}|[*?]/g, "x");
}

/** Resources under a pattern that policies deny an action on, an example for each pattern of theirs that is narrower. */
export function deniedResources(
  policies: PoliciesFact | undefined,
  { action, resource }: { action: string; resource: string },
): { readonly resource: string; readonly pattern: string }[] {
  if (resource === somewhere) return [];
  const example = exampleOf(resource);
  return [...(policies?.inline ?? []), ...(policies?.attached ?? [])]
    .flatMap(({ document }) => statementsOf(document))
    .filter(({ effect, actions }) => effect === "Deny" && matchesAny(actions, action) === "yes")
    .flatMap(({ resources }) => (resources === undefined || resources.not ? [] : resources.patterns))
    .map((pattern) => ({ resource: exampleOf(pattern), pattern }))
    .filter((one) => one.resource !== example && matchesPattern(resource, one.resource) === "yes");
}

/** Whether a trust policy lets a service assume the role, for the account that the role is in where that is given. */
export function trusts(trustPolicy: unknown, service: string, account?: string): Decision {
  const context: Question["context"] = account === undefined ? {} : { "aws:SourceAccount": account };
  const statements = statementsOf(trustPolicy).map((statement) => {
    const met = meets(statement, context);
    return {
      effect: statement.effect,
      match: all([
        matchesAny(statement.actions, "sts:AssumeRole"),
        matchesPrincipal(statement, service),
        // Other conditions of a trust policy are about the very request: they narrow, seldom forbid.
        met === "maybe" ? (statement.effect === "Deny" ? "no" : "yes") : met,
      ]),
    };
  });
  return verdict(statements);
}

function decide(documents: readonly unknown[], question: Question): Decision {
  const statements = documents.flatMap(statementsOf).map((statement) => ({
    effect: statement.effect,
    match: all([
      matchesAny(statement.actions, question.action),
      matchesResource(statement, question.resource),
      meets(statement, question.context ?? {}),
    ]),
  }));
  return verdict(statements);
}

function verdict(statements: readonly { effect: Statement["effect"]; match: Match }[]): Decision {
  const has = (effect: Statement["effect"], match: Match): boolean =>
    statements.some((one) => one.effect === effect && one.match === match);
  if (has("Deny", "yes")) return "denied";
  if (has("Allow", "yes")) return has("Deny", "maybe") ? "unknown" : "allowed";
  return has("Allow", "maybe") ? "unknown" : "not-allowed";
}

function matchesAny({ not, patterns }: { not: boolean; patterns: readonly string[] }, action: string): Match {
  const found = patterns.some((pattern) => glob(pattern, "i").test(action));
  return found !== not ? "yes" : "no";
}

function matchesResource({ effect, resources }: Statement, resource: string): Match {
  if (resources === undefined) return "yes";
  const { not, patterns } = resources;
  if (resource === somewhere) {
    // Allowed on something counts; denied on something leaves the rest.
    return effect === "Allow" || (!not && patterns.includes("*")) ? "yes" : "no";
  }
  let found: Match = "no";
  for (const pattern of patterns) {
    const match = matchesPattern(pattern, resource);
    if (match === "yes") return not ? "no" : "yes";
    if (match === "maybe") found = "maybe";
  }
  return found === "maybe" ? "maybe" : not ? "yes" : "no";
}

/** `${aws:username}` and its kin may stand for anything. */
function matchesPattern(pattern: string, value: string): Match {
  if (!pattern.includes("${")) return glob(pattern, "").test(value) ? "yes" : "no";
  return glob(pattern.replace(/\$\{[^}]*\}/g, "*"), "").test(value) ? "maybe" : "no";
}

function matchesPrincipal({ principals }: Statement, service: string): Match {
  if (principals === undefined) return "no";
  const named = (principals.byKind.Service ?? []).some((one) => one === service || one === "*");
  const everybody =
    (principals.byKind["*"] ?? []).includes("*") || (principals.byKind.AWS ?? []).includes("*");
  // A star under AWS is every account, which a service is not; alone it is everybody.
  const found = named || (principals.byKind["*"] !== undefined && everybody);
  return found !== principals.not ? "yes" : "no";
}

function meets({ conditions }: Statement, context: Readonly<Record<string, string>>): Match {
  return all(
    Object.entries(conditions).flatMap(([operator, keys]) =>
      Object.entries(keys).map(([key, values]) => meetsOne(operator, { key, values }, context)),
    ),
  );
}

function meetsOne(
  operator: string,
  { key, values }: { key: string; values: readonly string[] },
  context: Readonly<Record<string, string>>,
): Match {
  const wanted = key.toLowerCase();
  const value = Object.entries(context).find(([name]) => name.toLowerCase() === wanted)?.[1];
  if (value === undefined) return "maybe";
  const [, base = "", not] =
    /^(?:ForAnyValue:|ForAllValues:)?(String|Arn)(Not)?(?:Equals|Like|EqualsIgnoreCase)(?:IfExists)?$/.exec(
      operator,
    ) ?? [];
  if (base === "") return "maybe";
  const exact = /Equals/.test(operator) && base === "String";
  const flags = /IgnoreCase/.test(operator) ? "i" : "";
  const matches = values.map((one): Match => {
    if (one.includes("${")) return "maybe";
    if (exact)
      return one === value || (flags === "i" && one.toLowerCase() === value.toLowerCase()) ? "yes" : "no";
    return glob(one, flags).test(value) ? "yes" : "no";
  });
  const found: Match = matches.includes("yes") ? "yes" : matches.includes("maybe") ? "maybe" : "no";
  if (not === undefined || found === "maybe") return found;
  return found === "yes" ? "no" : "yes";
}

function all(matches: readonly Match[]): Match {
  if (matches.includes("no")) return "no";
  return matches.includes("maybe") ? "maybe" : "yes";
}

function glob(pattern: string, flags: string): RegExp {
  const escaped = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", "[^]*")
    .replaceAll("?", "[^]");
  return new RegExp(`^${escaped}$`, flags);
}
