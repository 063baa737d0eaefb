import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Statement } from "./least-policy.ts";
import { policyLimits, policySize, splitPolicy } from "./split-policy.ts";

const statement = fc.record({
  Sid: fc.stringMatching(/^[A-Z][a-z]{2,8}$/),
  Effect: fc.constant("Allow" as const),
  Action: fc.array(fc.stringMatching(/^s3:[A-Z][a-z]{3,12}$/), { minLength: 1, maxLength: 12 }),
  Resource: fc.array(fc.stringMatching(/^arn:aws:s3:::[a-z]{4,40}$/), { minLength: 1, maxLength: 60 }),
});

const grants = (statements: readonly Statement[]): string[] =>
  [
    ...new Set(
      statements.flatMap(({ Action, Resource }) => Action.flatMap((a) => Resource.map((r) => `${a} ${r}`))),
    ),
  ].sort();

describe("splitting a policy", () => {
  it("keeps each within the limit and grants the same", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(statement, { maxLength: 12, selector: ({ Sid }) => Sid }),
        fc.constantFrom(400, 2048, 6144),
        (statements, limit) => {
          const policies = splitPolicy(statements, limit);
          for (const policy of policies) expect(policySize(policy)).toBeLessThanOrEqual(limit);
          expect(grants(policies.flatMap((policy) => policy.Statement))).toEqual(grants(statements));
          const sids = policies.flatMap((policy) => policy.Statement.map(({ Sid }) => Sid));
          expect(new Set(sids).size).toBe(sids.length);
        },
      ),
      { numRuns: 100 },
    );
  });

  it("leaves one that fits as it is", () => {
    const one: Statement = {
      Sid: "A",
      Effect: "Allow",
      Action: ["s3:GetObject"],
      Resource: ["arn:aws:s3:::b/*"],
    };
    expect(splitPolicy([one])).toEqual([{ Version: "2012-10-17", Statement: [one] }]);
    expect(policyLimits).toMatchObject({ managed: 6144, roleInline: 10240, userInline: 2048 });
  });
});
