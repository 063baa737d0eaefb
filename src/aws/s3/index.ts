export { abortUploads } from "./abort-uploads.ts";
export { bucketClients, type S3Settings } from "./bucket-clients.ts";
export { findSnapshot, type GbifSnapshot } from "./gbif-snapshot.ts";
export { s3Actions, s3TaskActions } from "./s3-actions.ts";
export { type S3LockSettings, takeS3Lock } from "./s3-lock.ts";
export { type S3StoreOptions, s3Store } from "./s3-store.ts";
export { parseS3Uri, type S3Location } from "./s3-uri.ts";
