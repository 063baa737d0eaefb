import {
  AbortMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectsCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { UserError } from "../../trouble/index.ts";
import { type AwsAccess, connect } from "../client/index.ts";

/**
 * Deletes everything in a bucket (every version, and halves of uploads), then the bucket. `onProgress` hears how many
 * objects are gone. Interrupted or refused half-way, it can be called again.
 */
export async function deleteData(
  access: AwsAccess,
  bucket: string,
  onProgress: (deleted: number) => void = () => undefined,
): Promise<number> {
  const s3 = connect(S3Client, access, { forcePathStyle: access.endpoint !== undefined });
  let deleted = 0;
  for (;;) {
    // Always the first page: what it lists is gone when it is asked for again.
    const { Versions = [], DeleteMarkers = [] } = await s3.send(
      new ListObjectVersionsCommand({ Bucket: bucket, MaxKeys: 1000 }),
    );
    const objects = [...Versions, ...DeleteMarkers].map(({ Key = "", VersionId }) => ({
      Key,
      ...(VersionId === undefined || VersionId === "null" ? {} : { VersionId }),
    }));
    if (objects.length === 0) break;
    const { Errors = [] } = await s3.send(
      new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects: objects, Quiet: true } }),
    );
    const [first] = Errors;
    if (first !== undefined) {
      throw new UserError({
        code: "data-not-deleted",
        message: `s3://${bucket}/${first.Key}: not deleted (${first.Code}: ${first.Message}); ${deleted} objects are gone.`,
        hint: "Mend the cause, then run the same command again: it goes on from here.",
      });
    }
    deleted += objects.length;
    onProgress(deleted);
  }
  const { Uploads = [] } = await s3.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
  for (const { Key, UploadId } of Uploads)
    await s3.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key, UploadId }));
  await s3.send(new DeleteBucketCommand({ Bucket: bucket }));
  return deleted;
}
