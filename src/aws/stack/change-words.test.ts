import type { ResourceChange } from "@aws-sdk/client-cloudformation";
import { describe, expect, it } from "vitest";
import { changeInWords } from "./change-words.ts";

// As CloudFormation answers DescribeChangeSet with IncludePropertyValues.
const modified: ResourceChange = {
  Action: "Modify",
  LogicalResourceId: "ComputeEnvironment",
  PhysicalResourceId: "arn:aws:batch:us-east-1:111122223333:compute-environment/bison",
  ResourceType: "AWS::Batch::ComputeEnvironment",
  Replacement: "False",
  Scope: ["Properties"],
  Details: [
    {
      Target: { Attribute: "Properties", Name: "ComputeResources", RequiresRecreation: "Never" },
      Evaluation: "Dynamic",
      ChangeSource: "ParameterReference",
      CausingEntity: "MaxVcpus",
    },
    {
      Target: {
        Attribute: "Properties",
        Name: "ComputeResources",
        RequiresRecreation: "Never",
        Path: "/Properties/ComputeResources/MaxvCpus",
        BeforeValue: "64",
        AfterValue: "128",
        AttributeChangeType: "Modify",
      },
      Evaluation: "Static",
      ChangeSource: "DirectModification",
    },
    { Target: { Attribute: "Tags", RequiresRecreation: "Never" }, Evaluation: "Static" },
  ],
};

describe("changes in words", () => {
  it("say which property changes from what to what, each once", () => {
    expect(changeInWords(modified)).toMatchObject({
      fate: "changed",
      logicalId: "ComputeEnvironment",
      what: "Batch compute environment: the machines, none while nothing runs",
      physicalId: "arn:aws:batch:us-east-1:111122223333:compute-environment/bison",
      properties: ["ComputeResources: 64 becomes 128", "tags"],
      note: undefined,
    });
  });

  it("tell what is replaced from what may be", () => {
    const replaced: ResourceChange = {
      ...modified,
      Replacement: "True",
      PolicyAction: "ReplaceAndSnapshot",
      ResourceType: "AWS::RDS::DBInstance",
      Details: [{ Target: { Attribute: "Properties", Name: "DBName", RequiresRecreation: "Always" } }],
    };
    expect(changeInWords(replaced)).toMatchObject({
      fate: "replaced",
      properties: ["DBName, which makes a new one"],
      note: "a snapshot of it is kept",
    });
    expect(changeInWords({ ...modified, Replacement: "Conditional" }).fate).toBe("perhaps replaced");
  });

  it("tell what is removed from what is kept", () => {
    const removed: ResourceChange = {
      Action: "Remove",
      LogicalResourceId: "Bucket",
      ResourceType: "AWS::S3::Bucket",
    };
    expect(changeInWords({ ...removed, PolicyAction: "Delete" }).fate).toBe("removed");
    expect(changeInWords({ ...removed, PolicyAction: "Retain" })).toMatchObject({
      fate: "kept",
      note: "the old one is kept outside the stack",
    });
    expect(changeInWords({ ...removed, PolicyAction: "Snapshot" })).toMatchObject({
      fate: "removed",
      note: "a snapshot of it is kept",
    });
  });

  it("name a kind that has no words by its type", () => {
    expect(changeInWords({ Action: "Add", ResourceType: "AWS::New::Thing" })).toMatchObject({
      fate: "made",
      what: "AWS::New::Thing",
    });
  });
});
