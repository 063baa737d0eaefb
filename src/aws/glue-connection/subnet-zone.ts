import { DescribeSubnetsCommand, EC2Client } from "@aws-sdk/client-ec2";
import { UserError } from "../../trouble/index.ts";
import { type AwsAccess, connect, type DeclaredAction } from "../client/index.ts";

/** What looking a subnet up needs. */
export const zoneActions: readonly DeclaredAction[] = [
  { action: "ec2:DescribeSubnets", on: "any", why: "find the zone of a subnet that a connection uses" },
];

/** The availability zone of a subnet: Glue wants both, and refuses a pair that does not fit. */
export async function subnetZone(access: AwsAccess, subnet: string): Promise<string> {
  const client = connect(EC2Client, access);
  try {
    const { Subnets: [found] = [] } = await client.send(new DescribeSubnetsCommand({ SubnetIds: [subnet] }));
    if (found?.AvailabilityZone !== undefined) return found.AvailabilityZone;
    throw notThere(subnet, access.region);
  } catch (error) {
    if (/^InvalidSubnet/.test((error as Error).name)) throw notThere(subnet, access.region);
    throw error;
  } finally {
    client.destroy();
  }
}

function notThere(subnet: string, region: string): UserError {
  return new UserError({
    code: "subnet-not-found",
    message: `${subnet}: no such subnet in ${region}.`,
    hint: "Check the id given with --subnet, and the region (--region, AWS_REGION).",
  });
}
