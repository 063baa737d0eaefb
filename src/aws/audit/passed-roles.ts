import type { Place } from "./request-arns.ts";
import type { RequestFields } from "./request-fields.ts";

/** A role that a call hands to a service. */
export interface PassedRole {
  readonly arn: string;
  readonly service: string;
}

/** Which service a role goes to, by IAM prefix and the member that names it, where it is not the service called. */
const receivers: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  batch: {
    jobrolearn: "ecs-tasks.amazonaws.com",
    executionrolearn: "ecs-tasks.amazonaws.com",
    servicerole: "batch.amazonaws.com",
    instancerole: "ec2.amazonaws.com",
    spotiamfleetrole: "spotfleet.amazonaws.com",
  },
  ecs: { taskrolearn: "ecs-tasks.amazonaws.com", executionrolearn: "ecs-tasks.amazonaws.com" },
  ec2: {
    deliverlogspermissionarn: "vpc-flow-logs.amazonaws.com",
    iaminstanceprofile: "ec2.amazonaws.com",
  },
  rds: { monitoringrolearn: "monitoring.rds.amazonaws.com" },
  eks: { noderole: "ec2.amazonaws.com", podexecutionrolearn: "eks-fargate-pods.amazonaws.com" },
  elasticmapreduce: { jobflowrole: "ec2.amazonaws.com" },
  apprunner: {
    accessrolearn: "build.apprunner.amazonaws.com",
    instancerolearn: "tasks.apprunner.amazonaws.com",
  },
  // Batch operations of S3 have a principal of their own.
  s3: { rolearn: "batchoperations.s3.amazonaws.com", role: "s3.amazonaws.com" },
};

/** These name roles without passing them: they are about the role itself, or about who may use something. */
const passNothing = new Set([
  "iam",
  "sts",
  "organizations",
  "kms",
  "secretsmanager",
  "sso",
  "ram",
  "access-analyzer",
]);
const roleMember = /role(arn)?s?$|^deliverlogspermissionarn$|^iaminstanceprofile$/;
const roleArn = /^arn:[^:]*:iam::(\d*|\*):role\//;

/**
 * The roles that a call passes to a service: whoever makes it needs iam:PassRole on them. CloudTrail logs no event
 * for that.
 */
export function passedRoles(options: {
  readonly prefix: string;
  /** IAM's access level of the call's action. */
  readonly access: string;
  readonly fields: RequestFields;
  readonly place: Place;
}): PassedRole[] {
  const { prefix, access, fields, place } = options;
  if (passNothing.has(prefix) || !access.includes("Write")) return [];
  const passed: PassedRole[] = [];
  for (const { key, arn } of fields.arns) {
    if (roleArn.test(arn) && roleMember.test(key)) passed.push({ arn, service: receiver(prefix, key) });
    // An instance profile passes the role in it, which the request does not name.
    else if (arn.includes(":instance-profile/")) passed.push(ofProfile(place));
  }
  // Glue takes a role's name as well.
  for (const name of prefix === "glue" ? fields.of("role") : []) {
    if (!name.startsWith("arn:"))
      passed.push({ arn: roleNamed(name, place), service: receiver(prefix, "role") });
  }
  if (prefix === "ec2" && fields.holds(/^iaminstanceprofile$/)) passed.push(ofProfile(place));
  return passed;
}

function receiver(prefix: string, key: string): string {
  return receivers[prefix]?.[key] ?? `${prefix}.amazonaws.com`;
}

function roleNamed(name: string, { Partition, Account = "*" }: Place): string {
  return `arn:${Partition}:iam::${Account}:role/${name.replace(/^\//, "")}`;
}

function ofProfile(place: Place): PassedRole {
  return { arn: roleNamed("*", place), service: "ec2.amazonaws.com" };
}
