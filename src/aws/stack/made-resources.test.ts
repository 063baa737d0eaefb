import { describe, expect, it } from "vitest";
import { madeResources } from "./made-resources.ts";
import { stackTemplate } from "./template.ts";

describe("what a template makes from nothing", () => {
  const existing = stackTemplate({ network: "existing", database: false });
  const names = (values: Record<string, string>): string[] =>
    madeResources(existing, values).map(({ logicalId }) => logicalId);

  it("goes by its conditions", () => {
    const bare = names({ NotificationEmail: "", MonthlyBudgetUsd: "0", EndpointRouteTableIds: "" });
    expect(bare).not.toContain("Subscription");
    expect(bare).not.toContain("Budget");
    expect(bare).not.toContain("S3Endpoint");
    const full = names({
      NotificationEmail: "a@b.org",
      MonthlyBudgetUsd: "50",
      EndpointRouteTableIds: "rtb-1,rtb-2",
    });
    expect(full).toEqual(
      [...new Set([...bare, "Subscription", "Budget", "S3Endpoint"])].sort((a, b) => at(a) - at(b)),
    );
  });

  const order = Object.keys(existing.Resources);
  const at = (name: string): number => order.indexOf(name);
});
