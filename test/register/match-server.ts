import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach } from "vitest";
import type { MatchService } from "../../src/register/resolve-by-service.ts";
import { temporaryFolder } from "../support/paths.ts";

export const folder = temporaryFolder();
let made = 0;
const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

export type Handler = (request: IncomingMessage, response: ServerResponse, times: number) => void;

/** A server on this machine; `times` says how often the same question was asked. */
export async function serve(
  handler: Handler,
): Promise<{ baseUrl: string; asked: URL[]; most: () => number }> {
  const asked: URL[] = [];
  const times = new Map<string, number>();
  let open = 0;
  let most = 0;
  const server = createServer((request, response) => {
    const url = request.url ?? "";
    asked.push(new URL(url, "http://127.0.0.1"));
    times.set(url, (times.get(url) ?? 0) + 1);
    most = Math.max(most, ++open);
    response.on("close", () => open--);
    handler(request, response, times.get(url) ?? 1);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked, most: () => most };
}

export function service(baseUrl: string, more: Partial<MatchService> = {}): MatchService {
  return {
    baseUrl,
    version: "v1",
    cacheFolder: join(folder, String(made++)),
    patience: { minDelayMs: 5, maxDelayMs: 20, timeoutMs: 400, retries: 4 },
    ...more,
  };
}

export const exact = (name: string) =>
  JSON.stringify({ usageKey: name.length, scientificName: name, canonicalName: name, matchType: "EXACT" });
export const nameOf = (request: IncomingMessage) =>
  new URL(request.url ?? "", "http://x").searchParams.get("name") ?? "";
export const answering: Handler = (request, response) => response.end(exact(nameOf(request)));
