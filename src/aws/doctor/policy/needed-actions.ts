import type { RolePurpose, RoleUseFact } from "../facts/account-facts.ts";
import { type Question, somewhere } from "./evaluate.ts";

/**
 * What a service does under a role, by what the role is for. Asked is whether the role may do it anywhere: roles
 * are rightly narrowed to clusters, groups and databases that are not known here.
 */
const needed: Readonly<Record<RolePurpose, readonly string[]>> = {
  // What Glue calls to place its network interfaces in the subnet, and to write the log of a test.
  "glue-connection": [
    "ec2:DescribeSubnets",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeVpcEndpoints",
    "ec2:DescribeRouteTables",
    "ec2:DescribeVpcAttribute",
    "ec2:DescribeNetworkInterfaces",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "glue:GetConnection",
    "logs:CreateLogGroup",
    "logs:CreateLogStream",
    "logs:PutLogEvents",
  ],
  "glue-crawler": [
    "glue:GetDatabase",
    "glue:GetTable",
    "glue:CreateTable",
    "glue:UpdateTable",
    "glue:BatchCreatePartition",
    "logs:CreateLogStream",
    "logs:PutLogEvents",
  ],
  "batch-instance": [
    "ecs:DiscoverPollEndpoint",
    "ecs:RegisterContainerInstance",
    "ecs:Poll",
    "ecs:SubmitContainerStateChange",
    "ecs:SubmitTaskStateChange",
  ],
  "batch-execution": ["logs:CreateLogStream", "logs:PutLogEvents"],
  // AWS's own managed policy sees to the first; what a job reads is its own business.
  "batch-service": [],
  "batch-job": [],
  named: [],
};

/** The questions whose answer must be yes for a use of a role. */
export function neededActions(use: RoleUseFact): Question[] {
  const questions = needed[use.purpose].map((action) => ({ action, resource: somewhere }));
  for (const location of use.locations) {
    const [, bucket = "", prefix = ""] = /^s3a?:\/\/([^/]+)\/?(.*)$/.exec(location) ?? [];
    if (bucket === "") continue;
    questions.push({ action: "s3:ListBucket", resource: `arn:aws:s3:::${bucket}` });
    questions.push({
      action: "s3:GetObject",
      resource: `arn:aws:s3:::${bucket}/${prefix.replace(/\/?$/, "/")}x`,
    });
  }
  return questions;
}
