import { CfnDeletionPolicy, type Stack } from "aws-cdk-lib";
import { PolicyDocument } from "aws-cdk-lib/aws-iam";
import { CfnBucket, CfnBucketPolicy } from "aws-cdk-lib/aws-s3";
import { deny } from "./statement.ts";

/**
 * Private, encrypted, TLS 1.2 or newer only. What a run leaves stays; its working files go after a month, halves
 * of uploads after a week. The bucket outlives the stack: `bisonflow aws down --delete-data NAME` empties it.
 */
export function bucketOf(stack: Stack): CfnBucket {
  const bucket = new CfnBucket(stack, "Bucket", {
    bucketEncryption: {
      serverSideEncryptionConfiguration: [{ serverSideEncryptionByDefault: { sseAlgorithm: "AES256" } }],
    },
    publicAccessBlockConfiguration: {
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    },
    ownershipControls: { rules: [{ objectOwnership: "BucketOwnerEnforced" }] },
    lifecycleConfiguration: {
      rules: [
        {
          id: "halves-of-uploads",
          status: "Enabled",
          abortIncompleteMultipartUpload: { daysAfterInitiation: 7 },
        },
        { id: "working-files", status: "Enabled", prefix: "work/", expirationInDays: 30 },
      ],
    },
  });
  bucket.cfnOptions.deletionPolicy = CfnDeletionPolicy.RETAIN_EXCEPT_ON_CREATE;
  bucket.cfnOptions.updateReplacePolicy = CfnDeletionPolicy.RETAIN;
  const everything = [bucket.attrArn, `${bucket.attrArn}/*`];
  new CfnBucketPolicy(stack, "BucketPolicy", {
    bucket: bucket.ref,
    policyDocument: new PolicyDocument({
      statements: [
        deny("PlainText", "s3:*", everything, { Bool: { "aws:SecureTransport": "false" } }),
        deny("OldTls", "s3:*", everything, { NumericLessThan: { "s3:TlsVersion": "1.2" } }),
      ],
    }),
  });
  return bucket;
}
