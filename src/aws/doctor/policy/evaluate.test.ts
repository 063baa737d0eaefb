import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { PoliciesFact } from "../facts/account-facts.ts";
import { type Decision, evaluate, type Question, somewhere, trusts } from "./evaluate.ts";

const policies = (...statements: readonly object[]): PoliciesFact => ({
  id: "role/r",
  inline: [{ name: "p", document: { Version: "2012-10-17", Statement: statements } }],
  attached: [],
  boundary: undefined,
});
const allow = (more: object): object => ({ Effect: "Allow", Action: "*", Resource: "*", ...more });
const deny = (more: object): object => ({ Effect: "Deny", Action: "*", Resource: "*", ...more });
/** What a policy puts a name for. */
const variable = ["$", "{aws:username}"].join("");
const read: Question = { action: "s3:GetObject", resource: "arn:aws:s3:::bison/a/b.parquet" };
const pass: Question = {
  action: "iam:PassRole",
  resource: "arn:aws:iam::123456789012:role/glue",
  context: { "iam:PassedToService": "glue.amazonaws.com" },
};
const condition = (operator: string, values: unknown, key = "iam:PassedToService") =>
  allow({ Condition: { [operator]: { [key]: values } } });

describe("policies answer", () => {
  it.each<[string, readonly object[], Question, Decision]>([
    ["nothing allows", [], read, "not-allowed"],
    ["all is allowed", [allow({})], read, "allowed"],
    ["actions are without case", [allow({ Action: "S3:getobject" })], read, "allowed"],
    ["a star in the middle", [allow({ Action: ["s3:G*t"] })], read, "allowed"],
    ["a question mark is one letter", [allow({ Action: "s3:GetObjec?" })], read, "allowed"],
    ["a question mark is not none", [allow({ Action: "s3:GetObject?" })], read, "not-allowed"],
    ["another service", [allow({ Action: "glue:*" })], read, "not-allowed"],
    ["resources have case", [allow({ Resource: "arn:aws:s3:::Bison/*" })], read, "not-allowed"],
    ["a resource by prefix", [allow({ Resource: ["arn:x", "arn:aws:s3:::bison/*"] })], read, "allowed"],
    ["the bucket alone", [allow({ Resource: "arn:aws:s3:::bison" })], read, "not-allowed"],
    ["a dot is a dot", [allow({ Resource: "arn:aws:s3:::bison/a/b?parquet" })], read, "allowed"],
    ["all actions but", [allow({ Action: undefined, NotAction: "iam:*" })], read, "allowed"],
    ["all actions but this", [allow({ Action: undefined, NotAction: ["s3:*"] })], read, "not-allowed"],
    ["all resources but", [allow({ Resource: undefined, NotResource: "arn:aws:s3:::x/*" })], read, "allowed"],
    [
      "all resources but this",
      [allow({ Resource: undefined, NotResource: "arn:aws:s3:::b*" })],
      read,
      "not-allowed",
    ],
    ["a denial wins", [allow({}), deny({ Action: "s3:Get*" })], read, "denied"],
    [
      "a denial of another thing",
      [allow({}), deny({ Resource: "arn:aws:s3:::bison/private/*" })],
      read,
      "allowed",
    ],
    [
      "a variable may be anything",
      [allow({ Resource: `arn:aws:s3:::bison/${variable}/*` })],
      read,
      "unknown",
    ],
    [
      "a variable cannot be everything",
      [allow({ Resource: `arn:aws:s3:::other/${variable}/*` })],
      read,
      "not-allowed",
    ],
    [
      "somewhere, where it is narrowed",
      [allow({ Resource: "arn:aws:s3:::other/*" })],
      { ...read, resource: somewhere },
      "allowed",
    ],
    [
      "somewhere, denied in one place",
      [allow({}), deny({ Resource: "arn:x" })],
      { ...read, resource: somewhere },
      "allowed",
    ],
    ["somewhere, denied everywhere", [allow({}), deny({})], { ...read, resource: somewhere }, "denied"],
    [
      "no resource, an ARN allowed",
      [allow({ Resource: "arn:aws:ec2:*" })],
      { action: "ec2:DescribeVpcs", resource: "*" },
      "not-allowed",
    ],
    ["passed to this service", [condition("StringEquals", "glue.amazonaws.com")], pass, "allowed"],
    ["passed to one of these", [condition("StringEquals", ["x", "glue.amazonaws.com"])], pass, "allowed"],
    ["passed to another service", [condition("StringEquals", "batch.amazonaws.com")], pass, "not-allowed"],
    ["passed by pattern", [condition("StringLike", "glue.*")], pass, "allowed"],
    ["passed by pattern that is not one", [condition("StringEquals", "glue.*")], pass, "not-allowed"],
    ["passed to all but this", [condition("StringNotEquals", "glue.amazonaws.com")], pass, "not-allowed"],
    ["passed to all but another", [condition("StringNotLike", "batch.*")], pass, "allowed"],
    ["passed where it is said", [condition("StringEqualsIfExists", "glue.amazonaws.com")], pass, "allowed"],
    ["passed, without case", [condition("StringEqualsIgnoreCase", "GLUE.amazonaws.com")], pass, "allowed"],
    [
      "the key without case",
      [condition("StringEquals", "glue.amazonaws.com", "IAM:passedtoservice")],
      pass,
      "allowed",
    ],
    [
      "a condition on what is not known",
      [condition("StringEquals", "x", "aws:PrincipalTag/team")],
      pass,
      "unknown",
    ],
    ["a condition of another kind", [condition("Bool", "true", "aws:SecureTransport")], pass, "unknown"],
    [
      "a denial on what is not known",
      [allow({}), deny({ Condition: { Bool: { "aws:MultiFactorAuthPresent": "false" } } })],
      read,
      "unknown",
    ],
    [
      "a denial on what is not known, of nothing allowed",
      [deny({ Condition: { Bool: { "aws:x": "false" } } })],
      read,
      "not-allowed",
    ],
  ])("%s", (_, statements, question, decision) => {
    expect(evaluate(policies(...statements), question)).toBe(decision);
  });

  it("within a permissions boundary only", () => {
    const bounded = (statement: object) => ({
      ...policies(allow({})),
      boundary: { name: "b", document: JSON.stringify({ Statement: statement }) },
    });
    expect(evaluate(bounded(allow({ Action: "s3:*" })), read)).toBe("allowed");
    expect(evaluate(bounded(allow({ Action: "glue:*" })), read)).toBe("not-allowed");
    expect(evaluate(bounded(deny({})), read)).toBe("denied");
  });

  it("the same whatever the order and however statements are split", () => {
    const statement = fc.record({
      Effect: fc.constantFrom("Allow", "Deny"),
      Action: fc.subarray(["s3:*", "s3:Get*", "glue:*", "iam:PassRole"], { minLength: 1 }),
      Resource: fc.constantFrom("*", "arn:aws:s3:::bison/*", "arn:aws:s3:::other/*"),
    });
    fc.assert(
      fc.property(fc.array(statement, { maxLength: 5 }), (statements) => {
        const whole = evaluate(policies(...statements), read);
        const split = statements.flatMap((one) => one.Action.map((Action) => ({ ...one, Action })));
        const apart: PoliciesFact = {
          id: "role/r",
          inline: [],
          attached: split.reverse().map((Statement, i) => ({
            name: `${i}`,
            document: encodeURIComponent(JSON.stringify({ Statement })),
          })),
          boundary: undefined,
        };
        return evaluate(apart, read) === whole;
      }),
    );
  });

  it("never throws on documents that are none", () => {
    fc.assert(
      fc.property(fc.anything(), (document) => {
        const odd = { ...policies(), attached: [{ name: "odd", document }] };
        return (
          typeof evaluate(odd, read) === "string" &&
          typeof trusts(document, "glue.amazonaws.com") === "string"
        );
      }),
    );
  });
});

describe("a trust policy", () => {
  const trust = (...Statement: object[]) => ({ Version: "2012-10-17", Statement });
  const glue = { Effect: "Allow", Principal: { Service: "glue.amazonaws.com" }, Action: "sts:AssumeRole" };
  it.each<[string, unknown, Decision]>([
    ["names the service", trust(glue), "allowed"],
    [
      "names it under a condition on the account",
      trust({ ...glue, Condition: { StringEquals: { "aws:SourceAccount": "1" } } }),
      "allowed",
    ],
    ["names another", trust({ ...glue, Principal: { Service: "ec2.amazonaws.com" } }), "not-allowed"],
    ["names everybody", trust({ ...glue, Principal: "*" }), "allowed"],
    [
      "names every account, which a service is not",
      trust({ ...glue, Principal: { AWS: "*" } }),
      "not-allowed",
    ],
    ["allows another action", trust({ ...glue, Action: "sts:TagSession" }), "not-allowed"],
    ["denies it", trust(glue, { ...glue, Effect: "Deny" }), "denied"],
    ["is empty", {}, "not-allowed"],
  ])("that %s", (_, document, decision) => {
    expect(trusts(document, "glue.amazonaws.com")).toBe(decision);
  });
});
