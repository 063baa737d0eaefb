import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  UploadPartCopyCommand,
} from "@aws-sdk/client-s3";
import { headObject } from "./get-object.ts";
import type { S3Session } from "./s3-session.ts";
import { objectMissing, s3Trouble } from "./s3-trouble.ts";

/** S3 would copy five times as much by one request, and be silent for long. */
const mostBytes = 1024 ** 3;
const partBytes = 256 * 1024 ** 2;

/** Makes one object the content of another within S3: the bytes do not come here. */
export async function copyObject(session: S3Session, from: string, to: string): Promise<void> {
  const source = session.target(from);
  const { client, ...target } = session.target(to);
  const CopySource = `${source.Bucket}/${source.Key.split("/").map(encodeURIComponent).join("/")}`;
  const found = await headObject(session, from);
  if (found === undefined) throw objectMissing(from);
  // The source as it was seen, or nothing.
  const copied = { CopySource, CopySourceIfMatch: found.etag };
  try {
    if (found.bytes <= mostBytes) {
      await session.lane(() =>
        // The tags of the source are not ours to read.
        client.send(new CopyObjectCommand({ ...target, ...copied, TaggingDirective: "REPLACE" })),
      );
    } else await copyInParts(session, to, { ...copied, bytes: found.bytes });
  } catch (error) {
    throw s3Trouble(error, from);
  }
}

async function copyInParts(
  session: S3Session,
  to: string,
  options: { readonly CopySource: string; readonly CopySourceIfMatch: string; readonly bytes: number },
): Promise<void> {
  const { bytes, ...copied } = options;
  const { client, ...target } = session.target(to);
  const { UploadId } = await client.send(new CreateMultipartUploadCommand(target));
  const upload = { ...target, UploadId };
  try {
    const parts = Array.from({ length: Math.ceil(bytes / partBytes) }, async (_, part) => {
      const range = `bytes=${part * partBytes}-${Math.min(bytes, (part + 1) * partBytes) - 1}`;
      const { CopyPartResult } = await session.lane(() =>
        client.send(
          new UploadPartCopyCommand({ ...upload, ...copied, PartNumber: part + 1, CopySourceRange: range }),
        ),
      );
      return { ETag: CopyPartResult?.ETag, PartNumber: part + 1 };
    });
    const ended = await Promise.allSettled(parts);
    const failed = ended.find((outcome) => outcome.status === "rejected");
    if (failed !== undefined) throw failed.reason;
    await client.send(
      new CompleteMultipartUploadCommand({
        ...upload,
        MultipartUpload: {
          Parts: ended.flatMap((outcome) => (outcome.status === "fulfilled" ? outcome.value : [])),
        },
      }),
    );
  } catch (error) {
    await client.send(new AbortMultipartUploadCommand(upload)).catch(() => undefined);
    throw error;
  }
}
