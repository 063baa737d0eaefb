import type { DeclaredAction } from "../../client/index.ts";
import type { FactKind } from "./snapshot.ts";

/** The actions that reading a kind of fact takes, the first the one without which nothing of it is known. */
export const reads: Readonly<Record<FactKind, readonly DeclaredAction["action"][]>> = {
  // Everybody may ask who they are.
  caller: [],
  vpcs: ["ec2:DescribeVpcs"],
  vpcDns: ["ec2:DescribeVpcAttribute"],
  subnets: ["ec2:DescribeSubnets"],
  routeTables: ["ec2:DescribeRouteTables"],
  endpoints: ["ec2:DescribeVpcEndpoints"],
  natGateways: ["ec2:DescribeNatGateways"],
  securityGroups: ["ec2:DescribeSecurityGroups"],
  networkAcls: ["ec2:DescribeNetworkAcls"],
  databases: ["rds:DescribeDBInstances"],
  parameterGroups: ["rds:DescribeDBParameters"],
  connections: ["glue:GetConnections", "glue:GetConnection"],
  crawlers: ["glue:GetCrawlers"],
  glueJobs: ["glue:GetJobs"],
  roles: ["iam:GetRole", "iam:ListRoles"],
  policies: [
    "iam:ListAttachedRolePolicies",
    "iam:ListRolePolicies",
    "iam:GetRolePolicy",
    "iam:GetPolicy",
    "iam:GetPolicyVersion",
    "iam:ListAttachedUserPolicies",
    "iam:ListUserPolicies",
    "iam:GetUserPolicy",
    "iam:GetUser",
    "iam:ListGroupsForUser",
    "iam:ListAttachedGroupPolicies",
    "iam:ListGroupPolicies",
    "iam:GetGroupPolicy",
  ],
  roleUses: [
    "glue:GetCrawlers",
    "glue:GetJobs",
    "batch:DescribeJobDefinitions",
    "cloudformation:DescribeStacks",
    "cloudformation:GetTemplate",
  ],
  simulations: ["iam:SimulatePrincipalPolicy"],
  policyFiles: [],
  environments: ["batch:DescribeComputeEnvironments"],
  instanceProfiles: ["iam:GetInstanceProfile"],
  launchTemplates: ["ec2:DescribeLaunchTemplateVersions"],
  queues: ["batch:DescribeJobQueues"],
  jobDefinitions: ["batch:DescribeJobDefinitions"],
  waitingJobs: ["batch:ListJobs", "batch:DescribeJobs"],
  queueMoves: ["batch:ListJobs"],
  buckets: ["s3:ListBucket"],
  logGroups: ["logs:DescribeLogGroups"],
  catalogDatabases: ["glue:GetDatabases", "glue:GetDatabase"],
  catalogTables: ["glue:GetTables"],
  partitions: ["glue:GetPartitions"],
  locations: ["s3:ListBucket"],
  footers: ["s3:GetObject"],
};

/** What the doctor may be allowed: reads alone. `--mend` needs the actions that it shows. */
export const doctorActions: readonly DeclaredAction[] = [
  ...new Set(Object.values(reads).flat()),
  "cloudformation:ListStackResources" as const,
].map((action) => ({ action, on: "any", why: "look at what the account has (aws doctor)" }));
