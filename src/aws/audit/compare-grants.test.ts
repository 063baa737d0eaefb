import { describe, expect, it } from "vitest";
import { Audit, type UsedAction } from "./audit.ts";
import { compareGrants } from "./compare-grants.ts";
import { parsePolicies } from "./policy-document.ts";

const allow = (Action: string | string[], Resource: string | string[] = "*"): object => ({
  Version: "2012-10-17",
  Statement: [{ Sid: "One", Effect: "Allow", Action, Resource }],
});

async function used(...events: object[]): Promise<readonly UsedAction[]> {
  const audit = new Audit();
  for (const one of events) {
    audit.add(
      {
        userIdentity: { type: "IAMUser", arn: "arn:aws:iam::1:user/ann" },
        eventTime: "2026-11-01T00:00:00Z",
        awsRegion: "us-east-1",
        recipientAccountId: "1",
        ...one,
      },
      { uri: "test" },
    );
  }
  await audit.settle();
  return audit.result().principals[0]?.actions ?? [];
}
const get = {
  eventSource: "s3.amazonaws.com",
  eventName: "GetObject",
  requestParameters: { bucketName: "b", key: "in/a.csv" },
};
const refused = {
  eventSource: "ec2.amazonaws.com",
  eventName: "DescribeVpcs",
  errorCode: "Client.UnauthorizedOperation",
  errorMessage: "You are not authorized to perform this operation. Encoded authorization failure message: x",
};

describe("what was used against what is granted", () => {
  it("spells AdministratorAccess out", async () => {
    const { administrator, unused, notGranted, wider } = await compareGrants(
      await used(get),
      parsePolicies(allow("*"), "AdministratorAccess"),
    );
    expect(administrator).toHaveLength(1);
    expect(administrator[0]).toMatchObject({ policy: "AdministratorAccess", usedActions: 1 });
    expect(administrator[0]?.actions).toBeGreaterThan(15_000);
    expect(administrator[0]?.usedServices).toEqual([{ service: "s3", granted: expect.any(Number), used: 1 }]);
    expect([unused, notGranted, wider]).toEqual([[], [], []]);
  });

  it("expands wildcards and names what of them was not used", async () => {
    const { unused, wider } = await compareGrants(
      await used(get),
      parsePolicies(allow("s3:GetObject*"), "p"),
    );
    expect(unused).toHaveLength(1);
    expect(unused[0]).toMatchObject({ statement: "One", patterns: ["s3:GetObject*"], used: 1 });
    expect(unused[0]?.unused).toContain("s3:GetObjectAcl");
    expect(unused[0]?.unused).not.toContain("s3:GetObject");
    expect(wider).toEqual([{ action: "s3:GetObject", granted: ["*"], used: ["arn:aws:s3:::b/in/a.csv"] }]);
  });

  it("tells what was denied, and whether it is granted by now", async () => {
    const actions = await used(get, refused);
    const without = await compareGrants(actions, parsePolicies(allow("s3:*"), "p"));
    expect(without.denied).toMatchObject([{ action: "ec2:DescribeVpcs", deniedEvents: 1, isGranted: false }]);
    expect(without.denied[0]?.message).toBe("You are not authorized to perform this operation.");
    const since = await compareGrants(actions, parsePolicies(allow(["s3:*", "ec2:Describe*"]), "p"));
    expect(since.denied).toMatchObject([{ isGranted: true }]);
  });

  it("tells what something else must have granted", async () => {
    const grants = parsePolicies(allow("s3:GetObject", "arn:aws:s3:::other/*"), "p");
    const { notGranted, wider } = await compareGrants(await used(get), grants);
    expect(notGranted).toEqual([
      { action: "s3:GetObject", resources: ["arn:aws:s3:::b/in/a.csv"], events: 1 },
    ]);
    expect(wider).toMatchObject([{ granted: ["arn:aws:s3:::other/*"] }]);
  });

  it("takes a plain Deny off, and says what it did not weigh", async () => {
    const document = {
      Statement: [
        { Effect: "Allow", NotAction: "iam:*", Resource: "*" },
        { Effect: "Deny", Action: "s3:GetObject", Resource: "*" },
        {
          Sid: "Mfa",
          Effect: "Allow",
          Action: "s3:PutObject",
          Resource: "*",
          Condition: { Bool: { a: "true" } },
        },
      ],
    };
    const { notGranted, unused, conditional } = await compareGrants(
      await used(get),
      parsePolicies(document, "p"),
    );
    expect(notGranted.map(({ action }) => action)).toEqual(["s3:GetObject"]);
    expect(unused[0]?.unused.some((action) => action.startsWith("iam:"))).toBe(false);
    expect(unused[0]?.unused).toContain("ec2:DescribeVpcs");
    expect(conditional).toEqual(["p, Mfa (Allow)"]);
  });

  it("names patterns that match no action", async () => {
    const { matchNothing } = await compareGrants([], parsePolicies(allow(["s3:GetObjekt", "nosuch:*"]), "p"));
    expect(matchNothing).toEqual(["p: nosuch:*", "p: s3:GetObjekt"]);
  });
});

describe("reading policies", () => {
  it("takes documents, lists, and what IAM's own commands print", () => {
    const inner = allow("s3:GetObject");
    const shapes: unknown[] = [
      inner,
      JSON.stringify(inner),
      encodeURIComponent(JSON.stringify(inner)),
      { PolicyName: "named", PolicyDocument: inner },
      { PolicyVersion: { Document: encodeURIComponent(JSON.stringify(inner)), VersionId: "v1" } },
      [inner],
    ];
    for (const shape of shapes) {
      expect(parsePolicies(shape, "file")).toMatchObject([{ statements: [{ Action: ["s3:GetObject"] }] }]);
    }
  });

  it.each([["{"], [{ Statement: [{ Effect: "Allow" }] }], [{ hello: 1 }], [7]])("refuses %j", (value) => {
    expect(() => parsePolicies(value, "my.json")).toThrow(/my\.json: no policy document of IAM/);
  });
});
