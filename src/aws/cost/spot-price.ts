import { DescribeSpotPriceHistoryCommand, EC2Client } from "@aws-sdk/client-ec2";
import { type AwsAccess, connect } from "../client/index.ts";

/** What an hour of a kind of machine costs now on the spot market. */
export interface SpotPrice {
  readonly machine: string;
  readonly hourUsd: number;
  readonly zone: string;
  readonly time: Date;
}

/**
 * Asks what spot machines cost now: the newest price of each kind in each zone, and of those the lowest of each kind,
 * which is what SPOT_PRICE_CAPACITY_OPTIMIZED leans to. Kinds that are not sold here are left out.
 */
export async function askSpotPrices(access: AwsAccess, machines: readonly string[]): Promise<SpotPrice[]> {
  const ec2 = connect(EC2Client, access);
  const newest = new Map<string, SpotPrice>();
  let token: string | undefined;
  do {
    const page = await ec2.send(
      new DescribeSpotPriceHistoryCommand({
        InstanceTypes: [...machines] as never,
        ProductDescriptions: ["Linux/UNIX"],
        // From now on: AWS then answers with the price that holds.
        StartTime: new Date(),
        NextToken: token,
      }),
    );
    for (const one of page.SpotPriceHistory ?? []) {
      const price = {
        machine: one.InstanceType ?? "",
        hourUsd: Number(one.SpotPrice),
        zone: one.AvailabilityZone ?? "",
        time: one.Timestamp ?? new Date(0),
      };
      const key = `${price.machine} ${price.zone}`;
      const known = newest.get(key);
      if (Number.isFinite(price.hourUsd) && (known === undefined || known.time < price.time))
        newest.set(key, price);
    }
    token = page.NextToken === "" ? undefined : page.NextToken;
  } while (token !== undefined);
  const lowest = new Map<string, SpotPrice>();
  for (const price of newest.values()) {
    const known = lowest.get(price.machine);
    if (known === undefined || price.hourUsd < known.hourUsd) lowest.set(price.machine, price);
  }
  return machines.flatMap((machine) => lowest.get(machine) ?? []);
}
