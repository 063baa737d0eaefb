import type { ResourceChange } from "@aws-sdk/client-cloudformation";

/** What happens to a resource when a change set is applied. */
export type Fate = "made" | "changed" | "replaced" | "perhaps replaced" | "removed" | "kept";

/** One change, in words. */
export interface ChangeInWords {
  readonly fate: Fate;
  readonly logicalId: string;
  /** `S3 bucket`. */
  readonly what: string;
  readonly type: string;
  /** Name or id of what stands. */
  readonly physicalId: string | undefined;
  /** Properties that change, with their values where CloudFormation says them. */
  readonly properties: readonly string[];
  /** What becomes of the old one, when it is not simply deleted. */
  readonly note: string | undefined;
}

const names: Readonly<Record<string, string>> = {
  "AWS::Batch::ComputeEnvironment": "Batch compute environment: the machines, none while nothing runs",
  "AWS::Batch::JobDefinition": "Batch job definition",
  "AWS::Batch::JobQueue": "Batch job queue",
  "AWS::Budgets::Budget": "budget with an alarm",
  "AWS::EC2::InternetGateway": "internet gateway",
  "AWS::EC2::LaunchTemplate": "launch template of machines",
  "AWS::EC2::Route": "route",
  "AWS::EC2::RouteTable": "route table",
  "AWS::EC2::SecurityGroup": "security group",
  "AWS::EC2::SecurityGroupEgress": "rule of the security group, outbound",
  "AWS::EC2::SecurityGroupIngress": "rule of the security group, inbound",
  "AWS::EC2::Subnet": "subnet",
  "AWS::EC2::SubnetRouteTableAssociation": "route table of a subnet",
  "AWS::EC2::VPC": "network (VPC)",
  "AWS::EC2::VPCEndpoint": "gateway endpoint to S3, free",
  "AWS::EC2::VPCGatewayAttachment": "internet gateway of the VPC",
  "AWS::ECR::Repository": "repository of container images",
  "AWS::Glue::Connection": "Glue connection",
  "AWS::Glue::Crawler": "Glue crawler, started only when asked",
  "AWS::Glue::Database": "Glue database",
  "AWS::IAM::InstanceProfile": "instance profile of machines",
  "AWS::IAM::ManagedPolicy": "policy for people",
  "AWS::IAM::Role": "role",
  "AWS::Logs::LogGroup": "log group",
  "AWS::RDS::DBInstance": "PostgreSQL database",
  "AWS::RDS::DBSubnetGroup": "subnets of the database",
  "AWS::S3::Bucket": "S3 bucket, private",
  "AWS::S3::BucketPolicy": "policy of the bucket: TLS only",
  "AWS::SNS::Subscription": "e-mail subscription",
  "AWS::SNS::Topic": "topic of notifications",
  "AWS::SNS::TopicPolicy": "policy of the topic",
  "AWS::Scheduler::Schedule": "monthly schedule",
  "AWS::StepFunctions::StateMachine": "state machine of the monthly run",
};

/** A kind of resource in words; its type where it has none here. */
export function kindInWords(type: string): string {
  return names[type] ?? type;
}

/** Puts what CloudFormation would do to a resource into words. */
export function changeInWords(change: ResourceChange): ChangeInWords {
  const { LogicalResourceId = "", ResourceType = "", PhysicalResourceId, PolicyAction } = change;
  return {
    fate: fateOf(change),
    logicalId: LogicalResourceId,
    what: kindInWords(ResourceType),
    type: ResourceType,
    physicalId: PhysicalResourceId,
    properties: propertiesOf(change),
    note:
      PolicyAction === "Snapshot" || PolicyAction === "ReplaceAndSnapshot"
        ? "a snapshot of it is kept"
        : PolicyAction === "Retain" || PolicyAction === "ReplaceAndRetain"
          ? "the old one is kept outside the stack"
          : undefined,
  };
}

function fateOf({ Action, Replacement, PolicyAction }: ResourceChange): Fate {
  switch (Action) {
    case "Add":
      return "made";
    case "Remove":
      return PolicyAction === "Retain" ? "kept" : "removed";
    default:
      if (Replacement === "True") return "replaced";
      return Replacement === "Conditional" ? "perhaps replaced" : "changed";
  }
}

function propertiesOf({ Action, Details = [] }: ResourceChange): string[] {
  if (Action !== "Modify") return [];
  const seen = new Map<string, string>();
  for (const { Target } of Details) {
    const { Attribute, Name, BeforeValue, AfterValue, RequiresRecreation } = Target ?? {};
    const name = Attribute === "Properties" ? (Name ?? "") : (Attribute ?? "").toLowerCase();
    const values =
      BeforeValue === undefined && AfterValue === undefined
        ? ""
        : `: ${cut(BeforeValue ?? "nothing")} becomes ${cut(AfterValue ?? "nothing")}`;
    const why = RequiresRecreation === "Always" ? ", which makes a new one" : "";
    const text = `${name}${values}${why}`;
    // The same property is listed once for each parameter that it hangs on.
    if (!seen.has(name) || text.length > (seen.get(name) ?? "").length) seen.set(name, text);
  }
  return [...seen.values()];
}

function cut(text: string): string {
  return text.length > 120 ? `${text.slice(0, 117)}…` : text;
}
