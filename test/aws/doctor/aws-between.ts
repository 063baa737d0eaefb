import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A call as it comes over the wire. */
export interface WireCall {
  /** `glue.UpdateConnection`, `iam.SimulatePrincipalPolicy`; `s3 GET /bucket` for S3 and REST services. */
  readonly name: string;
  readonly body: string;
  /** The body of a JSON call, parsed. */
  readonly json: Record<string, unknown>;
}

/** What is answered in place of the emulator; undefined leaves the call to it. */
export type Answer =
  | { readonly status?: number; readonly json: unknown }
  | { readonly status?: number; readonly xml: string }
  | { readonly status?: number; readonly html: string }
  | "hang up"
  | undefined;

/** An endpoint between the doctor and the emulator: calls that the emulator lacks, and faults, are answered here. */
export interface Between {
  readonly endpoint: string;
  /** Every call that came, in order. */
  readonly calls: readonly WireCall[];
  /** Answers from now on. */
  answer(how: (call: WireCall) => Answer | Promise<Answer>): void;
  stop(): Promise<void>;
}

/** Starts it on a free port of 127.0.0.1. */
export async function startBetween(emulatorEndpoint: string): Promise<Between> {
  const calls: WireCall[] = [];
  let how: (call: WireCall) => Answer | Promise<Answer> = () => undefined;
  const server = createServer(async (incoming, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const bytes = Buffer.concat(chunks);
    const call = wireCall(incoming, bytes.toString("utf8"));
    calls.push(call);
    const answer = await how(call);
    if (answer === undefined) forward(emulatorEndpoint, { incoming, response, bytes });
    else if (answer === "hang up") incoming.socket.destroy();
    else write(response, answer);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    answer: (next) => {
      how = next;
    },
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

function wireCall(incoming: IncomingMessage, body: string): WireCall {
  const target = incoming.headers["x-amz-target"];
  const service =
    /\/\d{8}\/[^/]+\/([^/]+)\/aws4_request/.exec(incoming.headers.authorization ?? "")?.[1] ?? "";
  const action = /(?:^|&)Action=([A-Za-z]+)/.exec(body)?.[1];
  const operation = typeof target === "string" ? target.split(".").at(-1) : action;
  const name =
    operation === undefined ? `${service} ${incoming.method} ${incoming.url}` : `${service}.${operation}`;
  let json: Record<string, unknown> = {};
  if (body.startsWith("{")) json = JSON.parse(body) as Record<string, unknown>;
  return { name, body, json };
}

function write(response: ServerResponse, answer: Exclude<Answer, "hang up" | undefined>): void {
  const [type, text] =
    "json" in answer
      ? ["application/x-amz-json-1.1", JSON.stringify(answer.json)]
      : "xml" in answer
        ? ["text/xml", answer.xml]
        : ["text/html", answer.html];
  response.writeHead(answer.status ?? 200, { "content-type": type }).end(text);
}

function forward(
  endpoint: string,
  { incoming, response, bytes }: { incoming: IncomingMessage; response: ServerResponse; bytes: Buffer },
): void {
  const { hostname, port } = new URL(endpoint);
  const onward = request(
    { hostname, port, method: incoming.method, path: incoming.url, headers: incoming.headers },
    (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    },
  );
  onward.on("error", () => incoming.socket.destroy());
  onward.end(bytes);
}

/** The answer of IAM's simulator. */
export function simulated(decision: "allowed" | "implicitDeny" | "explicitDeny"): Answer {
  return {
    xml: `<SimulatePrincipalPolicyResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><SimulatePrincipalPolicyResult><IsTruncated>false</IsTruncated><EvaluationResults><member><EvalActionName>iam:PassRole</EvalActionName><EvalResourceName>*</EvalResourceName><EvalDecision>${decision}</EvalDecision></member></EvaluationResults></SimulatePrincipalPolicyResult><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></SimulatePrincipalPolicyResponse>`,
  };
}

/** RDS's list of parameters, those without a value as RDS lists them. */
export function dbParameters(values: Readonly<Record<string, string | null>>): Answer {
  const members = Object.entries(values).map(
    ([name, value]) =>
      `<Parameter><ParameterName>${name}</ParameterName>${value === null ? "" : `<ParameterValue>${value}</ParameterValue>`}<Source>engine-default</Source><ApplyType>dynamic</ApplyType></Parameter>`,
  );
  return {
    xml: `<DescribeDBParametersResponse xmlns="http://rds.amazonaws.com/doc/2014-10-31/"><DescribeDBParametersResult><Parameters>${members.join("")}</Parameters></DescribeDBParametersResult><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></DescribeDBParametersResponse>`,
  };
}

/** An error of a service that speaks XML. */
export function xmlError(code: string, message: string, status = 400): Answer {
  return {
    status,
    xml: `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>1</RequestId></ErrorResponse>`,
  };
}
