import { describe, expect, it } from "vitest";
import { fillValue } from "./fill-value.ts";

const places = {
  ref: (name: string) => `<${name}>`,
  attribute: (resource: string, attribute: string) => `<${resource}'s ${attribute}>`,
};
/** What CloudFormation puts a name for. */
const variable = (name: string): string => ["$", `{${name}}`].join("");

describe("a value of a template, filled", () => {
  it.each([
    ["a text stays, whatever is in it", variable("AWS::Region"), variable("AWS::Region")],
    ["numbers and truths stay", [1, true, null], [1, true, null]],
    ["a reference", { Ref: "Topic" }, "<Topic>"],
    ["an attribute", { "Fn::GetAtt": ["Bucket", "Arn"] }, "<Bucket's Arn>"],
    ["an attribute of an attribute", { "Fn::GetAtt": ["Db", "Secret.Arn"] }, "<Db's Secret.Arn>"],
    ["an attribute as a text", { "Fn::GetAtt": "Db.Secret.Arn" }, "<Db's Secret.Arn>"],
    [
      "names in a text",
      { "Fn::Sub": `arn:${variable("AWS::Region")}:${variable("Db.Secret.Arn")}/*` },
      "arn:<AWS::Region>:<Db's Secret.Arn>/*",
    ],
    [
      "parts joined",
      { "Fn::Join": ["/", [{ Ref: "A" }, "b", { "Fn::GetAtt": ["C", "D"] }]] },
      "<A>/b/<C's D>",
    ],
    [
      "what is inside others",
      { Statement: [{ Resource: { Ref: "A" } }] },
      { Statement: [{ Resource: "<A>" }] },
    ],
    ["another function stays", { "Fn::If": ["Is", { Ref: "A" }, 1] }, { "Fn::If": ["Is", "<A>", 1] }],
  ])("%s", (_, value, filled) => {
    expect(fillValue(value, places)).toEqual(filled);
  });
});
