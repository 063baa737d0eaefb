import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { buffer } from "node:stream/consumers";

/** What the proxy does with a request instead of handing it on and the answer back. */
export type Fault =
  /** 503, as S3 asks to slow down; the server behind never sees the request. */
  | { readonly kind: "slow-down" }
  /** The connection is reset, before the server sees anything. */
  | { readonly kind: "reset" }
  /** The server does what it is asked, and the answer is lost. */
  | { readonly kind: "lost-answer" }
  /** Half of the answer's body, then the connection ends, or is reset, or stands still. */
  | { readonly kind: "half"; readonly after: "end" | "reset" | "stall" }
  /** Half of the answer's body, as if that were all of it. */
  | { readonly kind: "shortened" }
  /** One byte of the answer's body is another. */
  | { readonly kind: "flipped-byte" }
  /** One byte of the request's body is another when it reaches the server. */
  | { readonly kind: "flipped-upload" }
  /** The answer's checksums are those of other bytes. */
  | { readonly kind: "wrong-checksum" }
  /** Another error of S3. */
  | {
      readonly kind: "error";
      readonly status: number;
      readonly code: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** Something happens first; then the request goes its way. */
  | { readonly kind: "meanwhile"; readonly happens: () => Promise<void> };

export interface SeenRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly range: string | undefined;
  readonly headers: IncomingMessage["headers"];
  /** When it came, as Date.now(). */
  readonly at: number;
  /** Bytes of the answer's body as the server gave it. */
  answeredBytes: number;
}

/** A real HTTP proxy before an S3 server, which fails as networks and services do. */
export interface FaultProxy {
  readonly endpoint: string;
  /** All requests since the last `forget`. */
  readonly seen: readonly SeenRequest[];
  /** From now on: the fault for a request, or undefined to let it pass. */
  onRequest(decide: (seen: SeenRequest) => Fault | undefined): void;
  forget(): void;
  stop(): Promise<void>;
}

/** A rule for the first so many requests that match. */
export function first(
  times: number,
  matches: (seen: SeenRequest) => boolean,
  fault: Fault,
): (seen: SeenRequest) => Fault | undefined {
  let left = times;
  return (seen) => {
    if (left === 0 || !matches(seen)) return undefined;
    left--;
    return fault;
  };
}

/** Starts a proxy on a free port. The Host header goes through, so that signatures stay right. */
export async function startFaultProxy(upstream: string): Promise<FaultProxy> {
  const seen: SeenRequest[] = [];
  const sockets = new Set<Socket>();
  let decide: (one: SeenRequest) => Fault | undefined = () => undefined;
  const server = createServer((incoming, outgoing) => {
    const one: SeenRequest = {
      method: incoming.method ?? "",
      path: incoming.url ?? "",
      range: incoming.headers.range,
      headers: incoming.headers,
      at: Date.now(),
      answeredBytes: 0,
    };
    seen.push(one);
    handle({ incoming, outgoing, upstream, one, fault: decide(one) }).catch(() =>
      incoming.socket.resetAndDestroy(),
    );
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket)).on("error", () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    seen,
    onRequest: (decision) => {
      decide = decision;
    },
    forget: () => {
      seen.length = 0;
    },
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

interface Exchange {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
  readonly upstream: string;
  readonly one: SeenRequest;
  readonly fault: Fault | undefined;
}

async function handle({ incoming, outgoing, upstream, one, fault }: Exchange): Promise<void> {
  const sent = await buffer(incoming);
  switch (fault?.kind) {
    case "slow-down":
      return refuse(outgoing, { status: 503, code: "SlowDown" });
    case "error":
      return refuse(outgoing, fault);
    case "reset":
      incoming.socket.resetAndDestroy();
      return;
    case "meanwhile":
      await fault.happens();
      break;
    default:
  }
  const body = fault?.kind === "flipped-upload" ? flipped(sent) : sent;
  const answer = await forward(incoming, upstream, body);
  one.answeredBytes = answer.body.length;
  if (fault?.kind === "lost-answer") {
    incoming.socket.resetAndDestroy();
    return;
  }
  const headers = { ...answer.headers };
  if (fault?.kind === "wrong-checksum") {
    for (const name of Object.keys(headers)) {
      if (name.startsWith("x-amz-checksum-") && name !== "x-amz-checksum-type") headers[name] = "AAAAAA==";
    }
  }
  if (incoming.method === "HEAD") {
    outgoing.writeHead(answer.status, headers);
    outgoing.end();
    return;
  }
  delete headers["transfer-encoding"];
  if (fault?.kind === "shortened") answer.body = answer.body.subarray(0, Math.floor(answer.body.length / 2));
  outgoing.writeHead(answer.status, { ...headers, "content-length": answer.body.length });
  if (fault?.kind !== "half") {
    outgoing.end(fault?.kind === "flipped-byte" ? flipped(answer.body) : answer.body);
    return;
  }
  outgoing.write(answer.body.subarray(0, Math.floor(answer.body.length / 2)));
  await new Promise((resume) => setTimeout(resume, 20));
  if (fault.after === "end") incoming.socket.end();
  if (fault.after === "reset") incoming.socket.resetAndDestroy();
}

function refuse(
  outgoing: ServerResponse,
  error: { status: number; code: string; headers?: Readonly<Record<string, string>> },
): void {
  const { status, code, headers } = error;
  outgoing.writeHead(status, { "content-type": "application/xml", ...headers });
  outgoing.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>${code}.</Message></Error>`);
}

function flipped(bytes: Buffer): Buffer {
  const other = Buffer.from(bytes);
  const at = Math.floor(other.length / 2);
  if (other.length > 0) other.writeUInt8(other.readUInt8(at) ^ 1, at);
  return other;
}

async function forward(
  incoming: IncomingMessage,
  upstream: string,
  body: Buffer,
): Promise<{ status: number; headers: Record<string, string | string[] | undefined>; body: Buffer }> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(upstream);
    const headers = { ...incoming.headers, connection: "close" };
    const options = { hostname, port, method: incoming.method, path: incoming.url, headers };
    const onward = request(options, (answer) => {
      buffer(answer).then(
        (bytes) => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: bytes }),
        reject,
      );
    });
    onward.on("error", reject);
    onward.end(body);
  });
}
