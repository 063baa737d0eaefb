const solutions = (rule: string): string => `AwsSolutions::AwsSolutions-${rule}`;
const wildcard = (resource: string): string => solutions(`IAM5[Resource::${resource}]`);
const ours = (rest: string): string => `arn:<AWS::Partition>:${rest}`;
const here = "<AWS::Region>:<AWS::AccountId>";

/** Rules of cdk-nag that this stack does not follow, each with its reason. Anything else fails the synthesis. */
export const exceptions: Readonly<Record<string, string>> = {
  [solutions("S1")]:
    "Access logs of one bucket need another bucket and cost by the request; CloudTrail's data events say the same where an account wants them.",
  [solutions("SF2")]:
    "X-Ray would trace calls between services, and the steps are jobs: the execution's history and log show each of them.",
  [solutions("VPC7")]:
    "Flow logs cost by the gigabyte, and this VPC reads many: no inbound connection is allowed, and outbound HTTPS alone.",
  [solutions("GL1")]:
    "The crawler's log holds names of tables and paths; encrypting it needs a key of one's own at a dollar a month.",
  [solutions("RDS3")]:
    "A database for tests and published tables, which a run writes again: one zone is enough.",
  [solutions("RDS10")]:
    "`bisonflow aws down` must be able to remove it; it leaves a final snapshot, so nothing is lost.",
  [solutions("RDS11")]: "It is private: another port would hide it from nobody who can reach it.",
  [solutions(`IAM4[Policy::${ours("iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role")}]`)]:
    "The agent of ECS on Batch's machines changes with AWS's own image; its policy is kept by AWS beside it.",
  [wildcard("<Bucket.Arn>/*")]: "The objects of the stack's own bucket: their names are made by runs.",
  [wildcard(ours("s3:::gbif-open-data-*"))]: "GBIF's public buckets, one a region; reading alone.",
  [wildcard(ours("s3:::gbif-open-data-*/*"))]: "The objects of GBIF's public buckets; reading alone.",
  [wildcard(ours(`glue:${here}:database/bison*`))]: "Databases of results, which are named after runs.",
  [wildcard(ours(`glue:${here}:table/bison*/*`))]:
    "Tables of results, whose names are found when they are made.",
  [wildcard(ours(`glue:${here}:table/<CatalogDatabase>/*`))]: "Tables of the stack's own database.",
  [wildcard(ours(`batch:${here}:job-definition/<AWS::StackName>-*`))]:
    "The stack's own definitions, in whatever revision is current.",
  [wildcard(ours(`cloudformation:${here}:stack/<AWS::StackName>/*`))]:
    "This stack alone: what follows its name in its ARN is made by CloudFormation.",
  [wildcard(ours(`batch:${here}:job/*`))]: "Jobs are named by Batch when they are submitted.",
  [wildcard(ours(`logs:${here}:log-group:/bisonflow/<AWS::StackName>:*`))]:
    "The streams of the stack's own log group, one a job.",
  [wildcard(ours(`logs:${here}:log-group:/aws-glue/crawlers*`))]:
    "Glue writes all crawlers of an account to one group, whose name it chooses.",
  [wildcard("*")]:
    "Actions that take no resource (signing in to ECR, describing jobs and networks, log delivery): IAM knows no narrower one.",
};
