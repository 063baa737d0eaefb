import type { PoliciesFact, RolePurpose, RoleUseFact } from "../facts/account-facts.ts";
import { statementsOf } from "./document.ts";
import { deniedResources, exampleOf, type Question, somewhere } from "./evaluate.ts";

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
  // What its template declares.
  stack: [],
  named: [],
};

/**
 * The questions whose answer must be yes for a use of a role. Where a policy of the role denies something that is
 * declared in part, that part is a question of its own.
 */
export function neededActions(use: RoleUseFact, policies: PoliciesFact | undefined): Question[] {
  const questions: Question[] = needed[use.purpose].map((action) => ({ action, resource: somewhere }));
  for (const location of use.locations) {
    const [, bucket = "", prefix = ""] = /^s3a?:\/\/([^/]+)\/?(.*)$/.exec(location) ?? [];
    if (bucket === "") continue;
    questions.push({ action: "s3:ListBucket", resource: `arn:aws:s3:::${bucket}` });
    questions.push({
      action: "s3:GetObject",
      resource: `arn:aws:s3:::${bucket}/${prefix.replace(/\/?$/, "/")}x`,
    });
  }
  for (const { action, resource } of use.declared === undefined ? [] : rightsIn(use.declared.policies)) {
    questions.push({ action, resource: exampleOf(resource), pattern: resource });
    for (const denied of deniedResources(policies, { action, resource }))
      questions.push({ action, ...denied });
  }
  return questions;
}

/** What policies allow without a condition: each action on each pattern of resources. */
function rightsIn({ inline, attached }: PoliciesFact): Question[] {
  return [...inline, ...attached]
    .flatMap(({ document }) => statementsOf(document))
    .filter(({ effect, conditions }) => effect === "Allow" && Object.keys(conditions).length === 0)
    .flatMap(({ actions, resources }) =>
      actions.patterns.flatMap((action) =>
        (resources?.patterns ?? []).map((pattern) => ({
          action,
          resource: pattern.includes(somewhere) ? somewhere : pattern,
        })),
      ),
    );
}
