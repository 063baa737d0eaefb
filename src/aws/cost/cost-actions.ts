import type { DeclaredAction } from "../client/declared-action.ts";

/** The rights that `bisonflow aws cost` needs, when it asks AWS for spot prices. */
export const costActions: readonly DeclaredAction[] = [
  { action: "ec2:DescribeSpotPriceHistory", on: "any", why: "ask what spot machines cost now" },
];
