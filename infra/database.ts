import { CfnDeletionPolicy, type Stack } from "aws-cdk-lib";
import { CfnDBInstance, CfnDBSubnetGroup } from "aws-cdk-lib/aws-rds";
import type { Network } from "./network.ts";
import type { Parameters } from "./parameters.ts";

/** What others need to reach the database. */
export interface Database {
  readonly host: string;
  readonly port: string;
  readonly name: string;
  /** RDS makes the password and keeps it in Secrets Manager; nobody sees it here. */
  readonly secretArn: string;
}

/** PostgreSQL 16, private, encrypted, TLS forced (its own default), reachable from the stack's group alone. */
export function databaseOf(
  stack: Stack,
  { network, parameters }: { network: Network; parameters: Parameters },
): Database | undefined {
  if (parameters.database === undefined) return undefined;
  const subnets = new CfnDBSubnetGroup(stack, "DatabaseSubnets", {
    dbSubnetGroupDescription: "bisonflow: subnets of the database",
    subnetIds: network.databaseSubnetIds,
  });
  const name = "bison";
  const instance = new CfnDBInstance(stack, "Database", {
    dbInstanceIdentifier: "bison-db-test",
    engine: "postgres",
    engineVersion: "16",
    dbInstanceClass: parameters.database.instanceClass.valueAsString,
    allocatedStorage: parameters.database.storage.valueAsString,
    storageType: "gp3",
    storageEncrypted: true,
    dbName: name,
    masterUsername: "bison",
    manageMasterUserPassword: true,
    enableIamDatabaseAuthentication: true,
    publiclyAccessible: false,
    dbSubnetGroupName: subnets.ref,
    vpcSecurityGroups: [network.securityGroupId],
    backupRetentionPeriod: 7,
    copyTagsToSnapshot: true,
    autoMinorVersionUpgrade: true,
    enableCloudwatchLogsExports: ["postgresql"],
  });
  // When the stack goes, the data stays as a snapshot.
  instance.cfnOptions.deletionPolicy = CfnDeletionPolicy.SNAPSHOT;
  instance.cfnOptions.updateReplacePolicy = CfnDeletionPolicy.SNAPSHOT;
  return {
    host: instance.attrEndpointAddress,
    port: instance.attrEndpointPort,
    name,
    secretArn: instance.attrMasterUserSecretSecretArn,
  };
}
