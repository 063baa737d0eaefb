/** A statement of a policy with everything as lists. */
export interface Statement {
  readonly sid: string | undefined;
  readonly effect: "Allow" | "Deny";
  readonly actions: { readonly not: boolean; readonly patterns: readonly string[] };
  /** Absent in trust policies. */
  readonly resources: { readonly not: boolean; readonly patterns: readonly string[] } | undefined;
  /** Absent in identity policies. */
  readonly principals:
    | { readonly not: boolean; readonly byKind: Readonly<Record<string, readonly string[]>> }
    | undefined;
  /** Operator → key → values. */
  readonly conditions: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
}

/** The statements of a policy document; empty for what is none. A document may be a JSON text, also URL-encoded. */
export function statementsOf(document: unknown): Statement[] {
  const policy = asPolicy(document);
  const listed =
    policy === undefined ? [] : Array.isArray(policy.Statement) ? policy.Statement : [policy.Statement];
  return listed.filter(isRecord).map((raw) => ({
    sid: typeof raw.Sid === "string" ? raw.Sid : undefined,
    effect: raw.Effect === "Allow" ? "Allow" : "Deny",
    actions: either(raw.Action, raw.NotAction) ?? { not: false, patterns: [] },
    resources: either(raw.Resource, raw.NotResource),
    principals: principalsOf(raw),
    conditions: conditionsOf(raw.Condition),
  }));
}

/** A policy document as an object; IAM's API gives it as URL-encoded JSON. */
export function asPolicy(document: unknown): Record<string, unknown> | undefined {
  if (isRecord(document)) return document;
  if (typeof document !== "string") return undefined;
  try {
    const text = document.trimStart().startsWith("{") ? document : decodeURIComponent(document);
    const parsed: unknown = JSON.parse(text);
    return isRecord(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

/** A policy document of statements. */
export function policyDocument(Statement: readonly object[]): string {
  return JSON.stringify({ Version: "2012-10-17", Statement });
}

function either(yes: unknown, no: unknown): { not: boolean; patterns: string[] } | undefined {
  if (yes !== undefined) return { not: false, patterns: list(yes) };
  return no === undefined ? undefined : { not: true, patterns: list(no) };
}

function principalsOf(raw: Record<string, unknown>): Statement["principals"] {
  const given = raw.Principal ?? raw.NotPrincipal;
  if (given === undefined) return undefined;
  const not = raw.Principal === undefined;
  if (!isRecord(given)) return { not, byKind: { "*": list(given) } };
  return {
    not,
    byKind: Object.fromEntries(Object.entries(given).map(([kind, names]) => [kind, list(names)])),
  };
}

function conditionsOf(raw: unknown): Statement["conditions"] {
  if (!isRecord(raw)) return {};
  return Object.fromEntries(
    Object.entries(raw).map(([operator, keys]) => [
      operator,
      isRecord(keys)
        ? Object.fromEntries(Object.entries(keys).map(([key, values]) => [key, list(values)]))
        : {},
    ]),
  );
}

function list(value: unknown): string[] {
  return (Array.isArray(value) ? value : [value]).map(String);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
