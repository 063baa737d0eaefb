import { DescribeDBInstancesCommand, RDSClient } from "@aws-sdk/client-rds";
import { UserError } from "../../trouble/index.ts";
import { type AwsAccess, connect, type DeclaredAction } from "../client/index.ts";

/** What finding an RDS instance needs. */
export const rdsActions: readonly DeclaredAction[] = [
  { action: "rds:DescribeDBInstances", on: "any", why: "find the address of a database" },
];

/** Where an RDS instance is, as far as a connection needs it. */
export interface RdsInstance {
  readonly host: string;
  readonly port: number;
  readonly database?: string | undefined;
  readonly user?: string | undefined;
  /** The secret of its master user, where RDS keeps it. */
  readonly secretArn?: string | undefined;
  /** Whether its name has an address outside its VPC. */
  readonly isPublic: boolean;
  readonly network: {
    readonly vpc?: string | undefined;
    readonly subnets: readonly { readonly id: string; readonly zone: string }[];
    readonly securityGroups: readonly string[];
  };
}

/** Asks RDS for an instance; one that is not there, not PostgreSQL or without an address yet is a UserError. */
export async function findRdsInstance(access: AwsAccess, identifier: string): Promise<RdsInstance> {
  const client = connect(RDSClient, access);
  try {
    const { DBInstances: [instance] = [] } = await client.send(
      new DescribeDBInstancesCommand({ DBInstanceIdentifier: identifier }),
    );
    if (instance === undefined) throw notThere(identifier, access.region);
    const { Engine: engine = "", Endpoint: endpoint, DBInstanceStatus: status = "unknown" } = instance;
    if (!/postgres/.test(engine)) {
      throw new UserError({
        code: "rds-instance-other-engine",
        message: `RDS ${identifier}: its engine is ${engine}; postgres or aurora-postgresql was expected.`,
        hint: "bisonflow speaks PostgreSQL alone.",
      });
    }
    if (endpoint?.Address === undefined) {
      throw new UserError({
        code: "rds-instance-without-address",
        message: `RDS ${identifier}: it has no address yet; its status is ${status}.`,
        hint: "Wait until it is available, then try again.",
      });
    }
    return {
      host: endpoint.Address,
      port: endpoint.Port ?? 5432,
      database: instance.DBName,
      user: instance.MasterUsername,
      secretArn: instance.MasterUserSecret?.SecretArn,
      isPublic: instance.PubliclyAccessible ?? false,
      network: {
        vpc: instance.DBSubnetGroup?.VpcId,
        subnets: (instance.DBSubnetGroup?.Subnets ?? []).flatMap(
          ({ SubnetIdentifier: id, SubnetAvailabilityZone: zone }) =>
            id === undefined ? [] : [{ id, zone: zone?.Name ?? "" }],
        ),
        securityGroups: (instance.VpcSecurityGroups ?? []).flatMap(({ VpcSecurityGroupId: id }) =>
          id === undefined ? [] : [id],
        ),
      },
    };
  } catch (error) {
    const { name } = error as Error;
    if (name === "DBInstanceNotFoundFault" || name === "DBInstanceNotFound")
      throw notThere(identifier, access.region);
    throw error;
  } finally {
    client.destroy();
  }
}

function notThere(identifier: string, region: string): UserError {
  return new UserError({
    code: "rds-instance-not-found",
    message: `RDS ${identifier}: no instance of this name in ${region}.`,
    hint: "Check the name and the region (--region, AWS_REGION): aws rds describe-db-instances lists them.",
  });
}
