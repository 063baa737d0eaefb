/** IAM's prefix where it is not the service's name in lower case. */
const prefixes: Readonly<Record<string, string>> = {
  "CloudWatch Logs": "logs",
  SFN: "states",
  "Secrets Manager": "secretsmanager",
};

/** Operations whose right has another name, or that need several. */
const exceptions: Readonly<Record<string, readonly string[]>> = {
  "s3:ListObjects": ["s3:ListBucket"],
  "s3:ListObjectsV2": ["s3:ListBucket"],
  "s3:HeadBucket": ["s3:ListBucket"],
  "s3:ListBuckets": ["s3:ListAllMyBuckets"],
  "s3:HeadObject": ["s3:GetObject"],
  "s3:CreateMultipartUpload": ["s3:PutObject"],
  "s3:UploadPart": ["s3:PutObject"],
  "s3:UploadPartCopy": ["s3:PutObject", "s3:GetObject"],
  "s3:CompleteMultipartUpload": ["s3:PutObject"],
  "s3:CopyObject": ["s3:PutObject", "s3:GetObject"],
  "s3:ListParts": ["s3:ListMultipartUploadParts"],
  "s3:ListMultipartUploads": ["s3:ListBucketMultipartUploads"],
  "s3:DeleteObjects": ["s3:DeleteObject"],
  "s3:GetBucketEncryption": ["s3:GetEncryptionConfiguration"],
  "s3:GetBucketLifecycleConfiguration": ["s3:GetLifecycleConfiguration"],
  "s3:GetPublicAccessBlock": ["s3:GetBucketPublicAccessBlock"],
  "sts:GetCallerIdentity": [],
};

/**
 * The IAM actions that an operation needs, the first the one that a refusal is about. Empty for those that
 * everybody may call.
 *
 * @example
 * ```ts
 * import { iamActions } from "bisonflow/aws";
 * console.log(iamActions("S3", "UploadPart")); // [ 's3:PutObject' ]
 * ```
 */
export function iamActions(service: string, operation: string): readonly string[] {
  const name = `${prefixes[service] ?? service.toLowerCase().replaceAll(" ", "")}:${operation}`;
  return exceptions[name] ?? [name];
}
