import {
  AttachRolePolicyCommand,
  CreatePolicyCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { diagnose } from "../../../src/aws/doctor/index.ts";
import type { AwsAccess } from "../../../src/aws/index.ts";
import { type Emulator, noEmulator, startEmulator } from "../../support/emulator.ts";
import { makeUser } from "../../support/emulator-identities.ts";
import {
  type Account,
  type Aws,
  awsOf,
  codesOf,
  glueRights,
  setRights,
  soundAccount,
  trustOf,
} from "./sound-account.ts";

let emulator: Emulator;
let aws: Aws;
beforeAll(async () => {
  if (noEmulator !== false) return;
  emulator = await startEmulator();
  aws = awsOf(emulator);
});
afterAll(() => emulator?.stop());

type Case = readonly [
  words: string,
  change: (account: Account) => Promise<unknown>,
  codes: readonly string[],
  says?: string,
];

const setTrust = (account: Account, PolicyDocument: string) =>
  aws.iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: account.role, PolicyDocument }));
const putPolicy = (account: Account, name: string, statements: readonly object[]) =>
  aws.iam.send(
    new PutRolePolicyCommand({
      RoleName: account.role,
      PolicyName: name,
      PolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement: statements }),
    }),
  );

const cases: readonly Case[] = [
  [
    "trust in another service",
    (account) => setTrust(account, trustOf("ec2.amazonaws.com")),
    ["role-trust-missing-service"],
    "it names ec2.amazonaws.com",
  ],
  [
    "trust in two services",
    (account) =>
      setTrust(
        account,
        JSON.stringify({
          Version: "2012-10-17",
          Statement: {
            Effect: "Allow",
            Principal: { Service: ["ec2.amazonaws.com", "glue.amazonaws.com"] },
            Action: ["sts:AssumeRole"],
          },
        }),
      ),
    [],
  ],
  [
    "trust that is denied again",
    (account) =>
      setTrust(
        account,
        JSON.stringify({
          Version: "2012-10-17",
          Statement: [
            { Effect: "Allow", Principal: { Service: "glue.amazonaws.com" }, Action: "sts:AssumeRole" },
            { Effect: "Deny", Principal: "*", Action: "sts:AssumeRole" },
          ],
        }),
      ),
    ["role-trust-missing-service"],
    "denies glue.amazonaws.com",
  ],
  [
    "trust in people alone",
    (account) =>
      setTrust(
        account,
        JSON.stringify({
          Version: "2012-10-17",
          Statement: [
            {
              Effect: "Allow",
              Principal: { AWS: "arn:aws:iam::123456789012:root" },
              Action: "sts:AssumeRole",
            },
          ],
        }),
      ),
    ["role-trust-missing-service"],
  ],
  [
    "a role that is gone",
    async (account) => {
      await aws.iam.send(new DeleteRolePolicyCommand({ RoleName: account.role, PolicyName: "rights" }));
      await aws.iam.send(new DeleteRoleCommand({ RoleName: account.role }));
    },
    ["role-trust-missing-service"],
    "There is no role",
  ],
  [
    "a role without ec2:DescribeSubnets",
    (account) =>
      setRights(aws, {
        role: account.role,
        actions: [
          ...glueRights.filter((right) => right !== "ec2:Describe*"),
          "ec2:DescribeS[e]*",
          "ec2:DescribeSecurityGroups",
          "ec2:DescribeVpc*",
          "ec2:DescribeR*",
          "ec2:DescribeN*",
        ],
      }),
    ["role-missing-action"],
    "ec2:DescribeSubnets",
  ],
  [
    "a role with a denial",
    (account) => putPolicy(account, "no", [{ Effect: "Deny", Action: "ec2:CreateNetwork*", Resource: "*" }]),
    ["role-missing-action"],
    "a policy denies ec2:CreateNetworkInterface",
  ],
  [
    "rights by NotAction in a managed policy",
    async (account) => {
      await aws.iam.send(new DeleteRolePolicyCommand({ RoleName: account.role, PolicyName: "rights" }));
      const { Policy } = await aws.iam.send(
        new CreatePolicyCommand({
          PolicyName: `${account.name}-all-but-iam`,
          PolicyDocument: JSON.stringify({
            Version: "2012-10-17",
            Statement: [{ Effect: "Allow", NotAction: "iam:*", Resource: "*" }],
          }),
        }),
      );
      await aws.iam.send(
        new AttachRolePolicyCommand({ RoleName: account.role, PolicyArn: Policy?.Arn ?? "" }),
      );
    },
    [],
  ],
  [
    "a role that may not read the crawler's files",
    async (account) => {
      await setRights(aws, {
        role: account.role,
        actions: glueRights.filter((right) => right !== "s3:GetObject"),
      });
      await putPolicy(account, "other-files", [
        { Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::another-bucket/*" },
      ]);
    },
    ["role-missing-action"],
    "s3:GetObject",
  ],
  [
    "inline policies near the limit",
    (account) =>
      putPolicy(account, "long", [
        {
          Effect: "Allow",
          Action: "s3:GetObject",
          Resource: Array.from(
            { length: 205 },
            (_, i) => `arn:aws:s3:::a-bucket-of-many/${i}/${"x".repeat(8)}/*`,
          ),
        },
      ]),
    ["policy-too-long"],
    "hardly another statement fits",
  ],
];

describe.skipIf(noEmulator)("a role on the emulator with", () => {
  for (const [words, change, codes, says] of cases) {
    it(words, async () => {
      const account = await soundAccount(aws);
      await change(account);
      // Roles matter to the crawl as well when everything is looked at; here by the connection's crawler.
      const spec = { connections: [account.name], roles: [account.role], databases: ["default"] };
      const { codes: found, diagnosis } = await codesOf(aws, spec);
      const own = diagnosis.findings.filter(({ resource, cause }) =>
        `${resource} ${cause}`.includes(account.role),
      );
      expect([...new Set(own.map(({ code }) => code))], JSON.stringify(diagnosis.findings, null, 1)).toEqual(
        codes,
      );
      expect(found).toEqual(expect.arrayContaining([...codes]));
      if (says !== undefined) expect(own.map(({ cause }) => cause).join(" ")).toContain(says);
    });
  }
});

describe.skipIf(noEmulator)("somebody who may look", () => {
  const looking = [
    "ec2:Describe*",
    "glue:Get*",
    "iam:Get*",
    "iam:List*",
    "rds:Describe*",
    "logs:Describe*",
    "s3:ListBucket",
  ];
  const accessOf = async (name: string, statements: readonly object[]): Promise<AwsAccess> => {
    const env = await makeUser(emulator, { name, rights: looking });
    await aws.iam.send(
      new PutUserPolicyCommand({
        UserName: name,
        PolicyName: "pass",
        PolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement: statements }),
      }),
    );
    const keys = { accessKeyId: env.AWS_ACCESS_KEY_ID, secretAccessKey: env.AWS_SECRET_ACCESS_KEY };
    return { ...aws.access, credentials: async () => keys };
  };
  const pass = (more: object) => ({ Effect: "Allow", Action: "iam:PassRole", Resource: "*", ...more });
  const to = (service: string) => ({ Condition: { StringEquals: { "iam:PassedToService": service } } });

  it.each([
    ["may not pass a role at all", [{ Effect: "Allow", Action: "s3:GetObject", Resource: "*" }], true],
    ["may pass it to any service", [pass({})], false],
    ["may pass it to Glue", [pass(to("glue.amazonaws.com"))], false],
    ["may pass it to Batch alone", [pass(to("batch.amazonaws.com"))], true],
    ["may pass other roles", [pass({ Resource: "arn:aws:iam::123456789012:role/other-*" })], true],
    [
      "may pass any role but is denied this kind",
      [pass({}), { ...pass({ Resource: "arn:aws:iam::*:role/AWSGlue*" }), Effect: "Deny" }],
      true,
    ],
  ])("and %s", async (words, statements, isFound) => {
    const account = await soundAccount(aws);
    const access = await accessOf(words.replaceAll(" ", "-").slice(0, 60), statements);
    const { findings } = await diagnose({ access, spec: { connections: [account.name] } });
    expect(findings.map(({ code }) => code)).toEqual(isFound ? ["caller-cannot-pass-role"] : []);
    if (isFound)
      expect(findings[0]?.mend.steps[0]).toMatchObject({ service: "iam", operation: "PutUserPolicy" });
  });
});

describe.skipIf(noEmulator)("a policy that somebody means to give", () => {
  const ofLength = (length: number): string => {
    const policy = (pad: number): string =>
      JSON.stringify({
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Action: `s3:${"x".repeat(pad)}`, Resource: "*" }],
      });
    return JSON.stringify(JSON.parse(policy(length - policy(0).length)), null, 4);
  };
  it.each([
    ["user", 2048, []],
    ["user", 2049, ["policy-too-long"]],
    ["managed", 6144, []],
    ["managed", 6145, ["policy-too-long"]],
    ["role", 10_240, []],
    ["group", 5121, ["policy-too-long"]],
  ] as const)("to a %s, of %i characters", async (kind, length, codes) => {
    const spec = { policies: [{ id: "policy.json", text: ofLength(length), for: kind }] };
    expect((await codesOf(aws, spec)).codes).toEqual(codes);
  });
});
