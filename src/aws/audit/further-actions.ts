import type { LogEvent } from "./log-event.ts";
import type { Place } from "./request-arns.ts";
import type { RequestFields } from "./request-fields.ts";

/** An action that a call needs besides its own, and on what where that is not in the request as it stands. */
export interface FurtherAction {
  readonly action: string;
  readonly arns?: readonly string[];
  /** Only while another action is performed: `ec2:CreateAction`. */
  readonly condition?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** The action that tags need when they are given with a call that makes something. */
const tagging: Readonly<Record<string, string>> = {
  batch: "batch:TagResource",
  cloudtrail: "cloudtrail:AddTags",
  cloudwatch: "cloudwatch:TagResource",
  ecr: "ecr:TagResource",
  ecs: "ecs:TagResource",
  events: "events:TagResource",
  glue: "glue:TagResource",
  kms: "kms:TagResource",
  lambda: "lambda:TagResource",
  logs: "logs:TagResource",
  rds: "rds:AddTagsToResource",
  rolesanywhere: "rolesanywhere:TagResource",
  secretsmanager: "secretsmanager:TagResource",
  sns: "sns:TagResource",
  sqs: "sqs:TagQueue",
  ssm: "ssm:AddTagsToResource",
  states: "states:TagResource",
};
const iamTagging: Readonly<Record<string, string>> = {
  CreateRole: "iam:TagRole",
  CreateUser: "iam:TagUser",
  CreatePolicy: "iam:TagPolicy",
  CreateInstanceProfile: "iam:TagInstanceProfile",
  CreateOpenIDConnectProvider: "iam:TagOpenIDConnectProvider",
  CreateSAMLProvider: "iam:TagSAMLProvider",
};
const makes = /^(Create|Run|Register|Submit|Start|Put|Allocate|Copy|Import|Request|Restore)/;
const tags = /^(tags?|tagset|tagslist|tagspecification(set)?)$/;
const notThere = /^(NoSuchKey|NotFound|404|NoSuchVersion)$/;
const versioned: Readonly<Record<string, string>> = {
  GetObject: "s3:GetObjectVersion",
  HeadObject: "s3:GetObjectVersion",
  DeleteObject: "s3:DeleteObjectVersion",
  GetObjectTagging: "s3:GetObjectVersionTagging",
  GetObjectAcl: "s3:GetObjectVersionAcl",
};

/** What a call needs besides the action of its name, which no event of its own shows. */
export function furtherActions(options: {
  readonly prefix: string;
  readonly event: LogEvent;
  readonly fields: RequestFields;
  readonly place: Place;
}): FurtherAction[] {
  const { prefix, event, fields, place } = options;
  const further: FurtherAction[] = [];
  if (prefix === "s3") further.push(...ofObjects(event, fields, place));
  if (makes.test(event.name) && fields.holds(tags)) {
    if (prefix === "ec2") further.push(tagsOfEc2(event, place));
    const action = prefix === "iam" ? iamTagging[event.name] : tagging[prefix];
    if (action !== undefined) further.push({ action });
  }
  return further;
}

function ofObjects(event: LogEvent, fields: RequestFields, place: Place): FurtherAction[] {
  const further: FurtherAction[] = [];
  const [bucket] = fields.of("bucketname", "bucket");
  // Without the right to list, AWS answers 403 instead of 404: whoever asks for what may not be there needs it.
  const asks = event.name === "GetObject" || event.name === "HeadObject";
  if (asks && notThere.test(event.errorCode ?? "") && bucket !== undefined && !bucket.startsWith("arn:")) {
    further.push({ action: "s3:ListBucket", arns: [`arn:${place.Partition}:s3:::${bucket}`] });
  }
  const ofVersion = fields.of("versionid").length > 0 ? versioned[event.name] : undefined;
  if (ofVersion !== undefined) further.push({ action: ofVersion });
  if (/^(PutObject|CopyObject|CreateMultipartUpload)$/.test(event.name)) {
    const acl = fields.of("x-amz-acl", "acl")[0];
    if (acl !== undefined && acl !== "private") further.push({ action: "s3:PutObjectAcl" });
    if (fields.of("x-amz-tagging").length > 0) further.push({ action: "s3:PutObjectTagging" });
    if (fields.of("if-match", "ifmatch").length > 0) further.push({ action: "s3:GetObject" });
  }
  return further;
}

function tagsOfEc2(event: LogEvent, place: Place): FurtherAction {
  // Lower case are kinds of resource; `VPC` is what a flow log watches.
  const named = JSON.stringify(event.parameters).matchAll(/"resourceType":"([a-z-]+)"/gi);
  const types = [...new Set([...named].map(([, type = ""]) => type))].filter(
    (type) => type === type.toLowerCase(),
  );
  const front = `arn:${place.Partition}:ec2:${place.Region ?? "*"}:${place.Account ?? "*"}`;
  return {
    action: "ec2:CreateTags",
    arns: (types.length === 0 ? ["*"] : types).map((type) =>
      type === "*" ? `${front}:*/*` : `${front}:${type}/*`,
    ),
    condition: { StringEquals: { "ec2:CreateAction": event.name } },
  };
}

/** The object that is copied from, of a `CopyObject` or `UploadPartCopy`. */
export function copySource(fields: RequestFields, place: Place): string | undefined {
  const [source] = fields.of("x-amz-copy-source", "copysource");
  if (source === undefined) return undefined;
  const plain = source.replace(/\?versionId=.*$/, "").replace(/^\//, "");
  let name = plain;
  try {
    name = decodeURIComponent(plain);
  } catch {
    // Not encoded after all.
  }
  return name.includes("/") ? `arn:${place.Partition}:s3:::${name}` : undefined;
}
