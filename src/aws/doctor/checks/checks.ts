import type { Check } from "../check.ts";
import { batchEnvironment, batchQueue } from "./batch.ts";
import { batchRoute } from "./batch-route.ts";
import { bucketRegion } from "./bucket-region.ts";
import { catalogDrift, catalogFilled, catalogLocations } from "./catalog.ts";
import { connectionNetwork } from "./connection.ts";
import { databaseReachable, databaseRunning } from "./database.ts";
import { databaseDriver } from "./database-driver.ts";
import { policyFits } from "./policy-length.ts";
import { callerPassesRole, roleActions } from "./role-rights.ts";
import { roleTrust } from "./role-trust.ts";
import { connectionS3Route } from "./s3-route.ts";
import { selfEgress, selfIngress } from "./self-rules.ts";
import { testLogs } from "./test-logs.ts";
import { vpcDns } from "./vpc-dns.ts";

/** Every check, in the order in which AWS's own errors would come up. */
export const checks: readonly Check[] = [
  roleTrust,
  callerPassesRole,
  roleActions,
  policyFits,
  connectionNetwork,
  selfIngress,
  selfEgress,
  connectionS3Route,
  vpcDns,
  databaseRunning,
  databaseReachable,
  databaseDriver,
  testLogs,
  batchEnvironment,
  batchQueue,
  batchRoute,
  bucketRegion,
  catalogFilled,
  catalogLocations,
  catalogDrift,
];

/** What is so when a check passes, as a sentence. */
export function checkTitle(name: string): string {
  return checks.find((one) => one.name === name)?.title ?? name;
}
