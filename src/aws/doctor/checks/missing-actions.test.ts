import { describe, expect, it } from "vitest";
import type { DeclaredRole, NamedPolicy, PoliciesFact } from "../facts/account-facts.ts";
import { Snapshot } from "../facts/snapshot.ts";
import type { Finding } from "../finding.ts";
import { stepText } from "../mend-step.ts";
import { roleActions } from "./role-rights.ts";
import { roleTrust } from "./role-trust.ts";

const document = (...Statement: object[]) => ({ Version: "2012-10-17", Statement });
const allow = (Action: string | string[], Resource: string | string[], more: object = {}) => ({
  Effect: "Allow",
  Action,
  Resource,
  ...more,
});
const deny = (Action: string, Resource = "*") => ({ ...allow(Action, Resource), Effect: "Deny" });
const policy = (name: string, ...statements: object[]) => ({
  name,
  document: document(...statements),
});
const policies = (inline: NamedPolicy[], more: Partial<PoliciesFact> = {}): PoliciesFact => ({
  id: "role/schedule-1",
  inline,
  attached: [],
  boundary: undefined,
  ...more,
});
const trust = (Service: string, more: object = {}) =>
  document({ Effect: "Allow", Principal: { Service }, Action: "sts:AssumeRole", ...more });
const ofAccount = (account: string) => ({ Condition: { StringEquals: { "aws:SourceAccount": account } } });

const machine = "arn:aws:states:us-east-1:1:stateMachine:bisonflow";
const files = "arn:aws:s3:::results/*";
const own = policy(
  "declared",
  allow("states:StartExecution", machine),
  allow(["s3:GetObject", "s3:PutObject"], files),
);
const aws = policy("arn:aws:iam::aws:policy/Agent", allow(["ecs:Poll", "ecs:Submit*"], "*"), {
  ...allow("ecs:TagResource", "*"),
  Condition: { StringEquals: { "ecs:CreateAction": "CreateCluster" } },
});
const service = "scheduler.amazonaws.com";

/** What the doctor says of a role whose stack declares `own` and AWS's policy. */
function look(
  held: PoliciesFact,
  more: { declared?: Partial<DeclaredRole>; trust?: unknown } = {},
): { findings: readonly Finding[]; notRun: number } {
  const whole = policies([own], { attached: [aws] });
  const declared: DeclaredRole = {
    stack: "bisonflow",
    policies: whole,
    standing: whole,
    trust: trust(service, ofAccount("1")),
    ...more.declared,
  };
  const arn = "arn:aws:iam::1:role/schedule-1";
  const account = new Snapshot({
    region: "us-east-1",
    facts: {
      roles: [{ id: "schedule-1", arn, trust: more.trust ?? declared.trust }],
      policies: [held],
      roleUses: [
        {
          ...{ id: "use", role: "schedule-1", arn, service, purpose: "stack", locations: [] },
          ...{ usedBy: "the monthly schedule of stack bisonflow", declared },
        },
      ],
    },
  });
  const outcomes = [roleTrust, roleActions].map((check) => check.run(account));
  return {
    findings: outcomes.flatMap(({ findings }) => findings),
    notRun: outcomes.flatMap(({ notRun }) => notRun).length,
  };
}

const commands = (findings: readonly Finding[]): string[] =>
  findings.flatMap(({ mend }) => mend.steps.map((step) => stepText(step)));

describe("a role of our own stack", () => {
  it.each([
    ["as it was made", policies([own], { attached: [aws] })],
    ["with other policies that allow the same", policies([policy("all", allow("*", "*"))])],
    [
      "with what it does not need denied",
      policies([own, policy("no", deny("s3:DeleteObject"), deny("s3:*", "arn:aws:s3:::other/*"))], {
        attached: [aws],
      }),
    ],
  ])("is sound %s", (_, held) => {
    expect(look(held)).toEqual({ findings: [], notRun: 0 });
  });

  it("that may no longer do something is named with it, and given its policy again", () => {
    const { findings } = look(
      policies([policy("declared", allow(["s3:GetObject", "s3:PutObject"], files))], { attached: [aws] }),
    );
    expect(findings).toMatchObject([
      {
        code: "role-missing-action",
        resource: "role schedule-1",
        cause:
          "Role schedule-1 (used by the monthly schedule of stack bisonflow) may not states:StartExecution.",
        awsError: expect.stringContaining("nothing is said"),
      },
    ]);
    expect(commands(findings)).toEqual([
      `aws iam put-role-policy --role-name schedule-1 --policy-name declared --policy-document '${JSON.stringify(own.document)}'`,
    ]);
    expect(findings[0]?.mend.words).toContain("bisonflow aws up");
  });

  it("that lacks all is told so once for each way to mend it", () => {
    const { findings } = look(policies([]));
    expect(findings.map(({ cause }) => cause.replace(/^.* may not /, ""))).toEqual([
      "states:StartExecution, s3:GetObject, s3:PutObject.",
      "ecs:Poll, ecs:Submit*.",
    ]);
    expect(commands(findings)[1]).toBe(
      "aws iam attach-role-policy --role-name schedule-1 --policy-arn arn:aws:iam::aws:policy/Agent",
    );
  });

  it("that may do something to other things alone is told to what it may not", () => {
    const elsewhere = policy(
      "declared",
      allow("states:StartExecution", machine),
      allow("s3:*", `${files}`.replace("*", "a/*")),
    );
    const more = policy("more", allow("s3:GetObject", "arn:aws:s3:::other/*"));
    const wider = policies([
      policy("declared", ...own.document.Statement, allow("s3:GetObject", "arn:aws:s3:::other/*")),
    ]);
    const { findings } = look(policies([elsewhere, more]), {
      declared: { policies: wider, standing: wider },
    });
    expect(findings.map(({ cause }) => cause.replace(/^.* may not /, ""))).toEqual([
      `s3:GetObject on ${files}, s3:PutObject.`,
    ]);
  });

  it.each([
    [
      "altogether",
      policy("no", deny("s3:*")),
      "s3:GetObject, s3:PutObject; a policy denies s3:GetObject, s3:PutObject.",
    ],
    [
      "for some of what it is about",
      policy("no", deny("s3:Put*", "arn:aws:s3:::results/kept/*")),
      "s3:PutObject on arn:aws:s3:::results/kept/*; a policy denies s3:PutObject.",
    ],
    [
      "by a managed policy",
      policy("arn:aws:iam::1:policy/no", deny("states:*")),
      "states:StartExecution; a policy denies states:StartExecution.",
    ],
  ])("that is denied something %s is told by which policy", (_, no, says) => {
    const isManaged = no.name.startsWith("arn:");
    const { findings } = look(
      policies(isManaged ? [own] : [own, no], { attached: isManaged ? [aws, no] : [aws] }),
    );
    expect(findings.map(({ cause }) => cause.replace(/^.* may not /, ""))).toEqual([says]);
    expect(findings[0]?.mend.words).toContain(`out of ${no.name};`);
    expect(commands(findings)).toEqual([
      isManaged
        ? `aws iam detach-role-policy --role-name schedule-1 --policy-arn ${no.name}`
        : "aws iam delete-role-policy --role-name schedule-1 --policy-name no",
    ]);
  });

  it("whose own policy was made to deny something is given it again", () => {
    const { findings } = look(
      policies([policy("declared", ...own.document.Statement, deny("s3:*"))], { attached: [aws] }),
    );
    expect(commands(findings)).toEqual([expect.stringContaining("aws iam put-role-policy")]);
  });

  it("with a permissions boundary that leaves something out is told so", () => {
    const boundary = policy("arn:aws:iam::1:policy/edge", allow(["s3:*", "ecs:*"], "*"));
    const { findings } = look(policies([own], { attached: [aws], boundary }));
    expect(findings.map(({ cause }) => cause.replace(/^.* may not /, ""))).toEqual([
      "states:StartExecution.",
    ]);
    expect(findings[0]?.mend.words).toContain("permissions boundary arn:aws:iam::1:policy/edge");
    expect(commands(findings)).toEqual(["aws iam delete-role-permissions-boundary --role-name schedule-1"]);
  });

  it("of a stack that is older than what bisonflow declares now is brought up to date", () => {
    const before = policies([policy("declared", allow("states:StartExecution", machine))], {
      attached: [aws],
    });
    const { findings } = look(before, { declared: { standing: before } });
    expect(findings.map(({ mend }) => mend.stackOption)).toEqual(["bisonflow aws up --name bisonflow"]);
    expect(commands(findings)).toEqual(["bisonflow aws up --name bisonflow"]);
  });

  it.each([
    ["another service", trust("lambda.amazonaws.com"), "does not name scheduler.amazonaws.com"],
    [
      "the service for another account",
      trust(service, ofAccount("2")),
      "names scheduler.amazonaws.com, but does not let it",
    ],
    [
      "the service, and denies it",
      document(...trust(service).Statement, {
        ...{ Effect: "Deny", Principal: { Service: service }, Action: "*" },
        ...ofAccount("1"),
      }),
      "denies scheduler.amazonaws.com",
    ],
  ])("that trusts %s is named", (_, trusted, says) => {
    const { findings } = look(policies([own], { attached: [aws] }), { trust: trusted });
    expect(findings).toMatchObject([
      { code: "role-trust-missing-service", cause: expect.stringContaining(says) },
    ]);
    // CloudFormation would not see it.
    expect(findings[0]?.mend.stackOption).toBeUndefined();
  });

  it("is given the trust again that the stack declares, for its own account alone", () => {
    const { findings } = look(policies([own], { attached: [aws] }), { trust: trust("lambda.amazonaws.com") });
    const step: unknown = findings[0]?.mend.steps[0];
    const given = JSON.parse((step as { input: { PolicyDocument: string } }).input.PolicyDocument);
    expect(given.Statement).toEqual([
      ...trust("lambda.amazonaws.com").Statement,
      ...trust(service, ofAccount("1")).Statement,
    ]);
  });

  it("that trusts its service for more than its own account is sound", () => {
    expect(look(policies([own], { attached: [aws] }), { trust: trust(service) }).findings).toEqual([]);
  });
});
