import { AbortMultipartUploadCommand, ListMultipartUploadsCommand } from "@aws-sdk/client-s3";
import type { AwsAccess } from "../client/index.ts";
import { openSession } from "./s3-session.ts";
import { s3Trouble } from "./s3-trouble.ts";

/**
 * Gives up the uploads below a prefix that were begun and not ended, as killed writers leave them: nobody sees
 * their parts, and they cost as much as objects. To be called while nobody writes there. Returns how many.
 */
export async function abortUploads(access: AwsAccess, prefix: string): Promise<number> {
  const { client, Bucket, Key: Prefix } = openSession(access).target(`${prefix.replace(/\/+$/, "")}/`);
  let aborted = 0;
  let after: { KeyMarker?: string; UploadIdMarker?: string } = {};
  for (;;) {
    const page = await client
      .send(new ListMultipartUploadsCommand({ Bucket, Prefix, ...after }))
      .catch((error: unknown) => {
        throw s3Trouble(error, prefix);
      });
    for (const { Key, UploadId } of page.Uploads ?? []) {
      await client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
      aborted++;
    }
    if (page.IsTruncated !== true) return aborted;
    const { NextKeyMarker, NextUploadIdMarker } = page;
    after = {
      ...(NextKeyMarker === undefined ? {} : { KeyMarker: NextKeyMarker }),
      ...(NextUploadIdMarker === undefined ? {} : { UploadIdMarker: NextUploadIdMarker }),
    };
  }
}
