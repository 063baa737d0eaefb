import type { S3Client } from "@aws-sdk/client-s3";
import type { StoreTraffic } from "../../store/index.ts";

/** Adds up while requests are under way. */
export type TrafficCounter = { -readonly [K in keyof StoreTraffic]: StoreTraffic[K] };

interface Outgoing {
  readonly headers: Record<string, string>;
}

/**
 * Counts each request that a client sends, every try, and asks for the checksum of whole objects: by a header of
 * its own, since the SDK's verification, which comes with its way of asking, ends with one answer, while a stream
 * that broke off goes on in another, and passes over checksums that are made of parts'.
 */
export function countedBy(client: S3Client, traffic: TrafficCounter): void {
  client.middlewareStack.add(
    (next) => async (args) => {
      const { headers } = args.request as Outgoing;
      traffic.requests++;
      if (!/attempt=1\b/.test(headers["amz-sdk-request"] ?? "attempt=1")) traffic.retries++;
      return next(args);
    },
    { step: "deserialize", priority: "low", name: "bisonflowCount" },
  );
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const { Range } = args.input as { Range?: string };
      if (context.commandName === "GetObjectCommand" && Range === undefined) {
        (args.request as Outgoing).headers["x-amz-checksum-mode"] = "ENABLED";
      }
      return next(args);
    },
    { step: "build", name: "bisonflowAskForChecksum" },
  );
}
