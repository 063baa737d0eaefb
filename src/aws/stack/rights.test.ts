import { describe, expect, it } from "vitest";
import { holdersOf, rightsDifference, rightsOf } from "./rights.ts";
import { operatorActions, roles } from "./roles.ts";
import { stackTemplate, type Template } from "./template.ts";
import { variants } from "./variant.ts";

describe("the rights that a stack grants", () => {
  it.each(variants)("are exactly those that code declares: %j", (variant) => {
    const rights = rightsOf(stackTemplate(variant));
    const actionsOf = (holder: string): string[] =>
      [...new Set(rights.filter((right) => right.holder === holder).map(({ action }) => action))].sort();
    for (const [name, { actions }] of [
      ...Object.entries(roles),
      ["OperatorPolicy", { actions: operatorActions }] as const,
    ]) {
      // A secret is there with a database alone.
      const declared = actions.filter(({ on }) => variant.database || on !== "secret");
      expect(actionsOf(name)).toEqual([...new Set(declared.map(({ action }) => action))].sort());
    }
    const declared = new Set([...Object.keys(roles), "OperatorPolicy"]);
    expect([
      ...new Set(rights.filter(({ holder }) => !declared.has(holder)).map(({ holder }) => holder)),
    ]).toEqual(["InstanceRole"]);
  });

  it.each(variants)("give no action a wider place than its kind: %j", (variant) => {
    for (const { action, on } of rightsOf(stackTemplate(variant))) {
      if (on !== "anything") continue;
      // Of these IAM knows no narrower place (docs/adr/20261124-stack-templates.md).
      expect(action).toMatch(
        /^(batch:(Describe|List)\w+|batch:TerminateJob|ec2:\w+|ecr:GetAuthorizationToken|logs:\w*(Delivery|Deliveries|ResourcePolic\w+|LogGroups)|all of AWS's own policy \w+)$/,
      );
    }
  });

  it.each(variants)("are for GBIF's buckets the crawler's alone, which reads them signed: %j", (variant) => {
    const ofGbif = rightsOf(stackTemplate(variant)).filter(({ on }) => on.startsWith("gbif-open-data"));
    expect([...new Set(ofGbif.map(({ holder }) => holder))]).toEqual(["CrawlerRole"]);
  });

  it("say what each is for, by the kind of thing it is done to", () => {
    const rights = rightsOf(stackTemplate({ network: "new", database: false }), {
      CatalogDatabase: "bison_x",
    });
    expect(rights).toContainEqual({
      holder: "TaskRole",
      action: "s3:PutObject",
      on: "Bucket/*",
      why: "publish outputs, in one step or in parts",
    });
    expect(rights).toContainEqual(
      expect.objectContaining({
        holder: "CrawlerRole",
        action: "s3:GetObject",
        on: "gbif-open-data-*/*",
        why: "read GBIF's files, when those are crawled",
      }),
    );
    expect(rights).toContainEqual(expect.objectContaining({ holder: "StepRole", on: "table/bison_x/*" }));
    expect(rights).toContainEqual(
      expect.objectContaining({
        holder: "StateMachineRole",
        action: "batch:SubmitJob",
        on: "job-queue/NAME",
      }),
    );
    for (const { holder, why } of rights) if (holder !== "InstanceRole") expect(why).toMatch(/./);
  });

  it("are compared right by right", () => {
    const before: Template = {
      Resources: { TaskRole: role(["s3:GetObject", "s3:DeleteObject"], "arn:aws:s3:::a/*") },
    };
    const after: Template = {
      Resources: { TaskRole: role(["s3:GetObject", "s3:PutObject"], "arn:aws:s3:::a/*") },
    };
    const { granted, withdrawn } = rightsDifference(rightsOf(before), rightsOf(after));
    expect(granted.map(({ action, on }) => `${action} ${on}`)).toEqual(["s3:PutObject a/*"]);
    expect(withdrawn.map(({ action, on }) => `${action} ${on}`)).toEqual(["s3:DeleteObject a/*"]);
    // The same action on other things is another right.
    const elsewhere: Template = { Resources: { TaskRole: role(["s3:GetObject"], "arn:aws:s3:::b/*") } };
    expect(rightsDifference(rightsOf(after), rightsOf(elsewhere)).granted).toHaveLength(1);
  });

  it("have a holder in words", () => {
    const holders = holdersOf(stackTemplate({ network: "existing", database: true }));
    expect(holders.map(({ name }) => name).sort()).toEqual(
      [...Object.keys(roles), "InstanceRole", "OperatorPolicy"].sort(),
    );
    for (const { who } of holders) expect(who).toMatch(/^[a-zE-G]/);
  });
});

function role(actions: string[], resource: string): Template["Resources"][string] {
  return {
    Type: "AWS::IAM::Role",
    Properties: {
      Policies: [
        { PolicyDocument: { Statement: [{ Effect: "Allow", Action: actions, Resource: resource }] } },
      ],
    },
  };
}
