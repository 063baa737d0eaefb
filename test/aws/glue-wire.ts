import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { AwsAccess } from "../../src/aws/index.ts";

/** What Glue (or CloudWatch Logs, for a crawler's log) answers to an operation: a body, or an error by its name. */
export type GlueAnswer = Record<string, unknown> | { readonly error: string; readonly message?: string };

/** A Glue of answers made for a test, in the service's own wire format; keeps what it was asked. */
export interface GlueWire {
  readonly access: AwsAccess;
  readonly calls: { readonly operation: string; readonly body: Record<string, unknown> }[];
  stop(): Promise<void>;
}

/**
 * Starts it on 127.0.0.1, for what the emulator has not: pages, partly refused batches, crawlers that end. An
 * operation without an answer fails the test that asks for it.
 */
export async function startGlueWire(
  answers: Readonly<Record<string, (body: Record<string, unknown>, call: number) => GlueAnswer>>,
): Promise<GlueWire> {
  const calls: { operation: string; body: Record<string, unknown> }[] = [];
  const server = createServer((request, response) => {
    let text = "";
    request.setEncoding("utf8").on("data", (more: string) => {
      text += more;
    });
    request.on("end", () => {
      const operation = String(request.headers["x-amz-target"]).replace(/^(AWSGlue|Logs_20140328)\./, "");
      const body = JSON.parse(text) as Record<string, unknown>;
      const call = calls.filter((one) => one.operation === operation).length;
      calls.push({ operation, body });
      const answer = answers[operation]?.(body, call) ?? {
        error: "InternalServiceException",
        message: `the test has no answer to ${operation}`,
      };
      const isError = typeof answer.error === "string";
      response.writeHead(isError ? 400 : 200, { "content-type": "application/x-amz-json-1.1" });
      response.end(
        JSON.stringify(isError ? { __type: answer.error, message: answer.message ?? "" } : answer),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const credentials = async () => ({ accessKeyId: "test", secretAccessKey: "test" });
  return {
    access: { region: "us-east-1", endpoint: `http://127.0.0.1:${port}`, credentials },
    calls,
    stop: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
