import type { DeclaredAction } from "../client/index.ts";

/**
 * The rights that a task needs of the store on S3, and no others: it reads and publishes. GBIF's buckets, which the
 * store reads unsigned, need none.
 */
export const s3TaskActions: readonly DeclaredAction[] = [
  {
    action: "s3:ListBucket",
    on: "bucket",
    why: "find objects under a prefix, and tell a missing one from a refusal",
  },
  { action: "s3:GetObject", on: "object", why: "read inputs, and outputs of earlier tasks" },
  { action: "s3:PutObject", on: "object", why: "publish outputs, in one step or in parts" },
  { action: "s3:AbortMultipartUpload", on: "object", why: "leave nothing of an upload that failed" },
];

/** The rights that a run needs of the store on S3, from its plan to its end. */
export const s3Actions: readonly DeclaredAction[] = [
  ...s3TaskActions,
  { action: "s3:DeleteObject", on: "object", why: "remove what an earlier plan left, and the lock of a run" },
  {
    action: "s3:ListBucketMultipartUploads",
    on: "bucket",
    why: "find uploads that killed tasks left half done",
  },
];
