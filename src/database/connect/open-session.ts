import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import type pg from "pg";
import type { Credentials } from "../secret/find-credentials.ts";
import type { DatabaseTarget } from "../target/target.ts";
import { authenticate, type LoginMethod } from "./authenticate.ts";
import { dial } from "./dial.ts";
import { resolveName } from "./resolve-name.ts";
import { secure } from "./secure.ts";
import { type Observe, step } from "./step.ts";

/** A session with a database; close it when done. */
export interface Session {
  readonly client: pg.Client;
  readonly target: DatabaseTarget & { readonly user: string };
  readonly method: LoginMethod;
  readonly isEncrypted: boolean;
  /** Says goodbye; the socket is cut when the server does not take it. */
  close(): Promise<void>;
}

/**
 * Reaches a database in separable steps (name, TCP, TLS, authentication), each a UserError of its own when it fails.
 * An aborted signal cuts the connection, at any time until it is closed.
 */
export async function openSession(
  target: DatabaseTarget,
  credentials: Credentials,
  options: { observe?: Observe | undefined; signal?: AbortSignal | undefined } = {},
): Promise<Session> {
  const { observe, signal } = options;
  signal?.throwIfAborted();
  const addresses = await step("name", observe, () => resolveName(target));
  const plain = await step("tcp", observe, () => dial(target, addresses, signal));
  // Between the steps nobody listens; the next one learns of an error by the closed socket.
  plain.on("error", () => undefined);
  const abort = (): void => void plain.destroy();
  signal?.addEventListener("abort", abort, { once: true });
  const socket = await step("tls", observe, () => secure(target, plain)).catch((error) => {
    signal?.removeEventListener("abort", abort);
    plain.destroy();
    throw error;
  });
  socket.on("error", () => undefined);
  const { client, method } = await step("authentication", observe, () =>
    authenticate(target, socket, credentials),
  );
  return {
    client,
    target: { ...target, user: credentials.user },
    method,
    isEncrypted: socket instanceof TLSSocket,
    close: async () => {
      signal?.removeEventListener("abort", abort);
      await ended(client, socket);
    },
  };
}

async function ended(client: pg.Client, socket: Socket): Promise<void> {
  if (socket.destroyed) return;
  const timer = setTimeout(() => socket.destroy(), 2000);
  await client.end().catch(() => undefined);
  clearTimeout(timer);
}
