import { createConnection, type Socket } from "node:net";
import type { DatabaseTarget } from "../target/target.ts";
import { cut } from "./secure.ts";
import { type Found, outside } from "./step.ts";

/** A TCP connection (or a Unix socket) to the first of the addresses that takes one. */
export async function dial(
  target: DatabaseTarget,
  addresses: readonly string[],
  signal?: AbortSignal,
): Promise<Found<Socket>> {
  const { host, port, timeoutSeconds } = target;
  if (host.startsWith("/")) {
    const path = `${host}/.s.PGSQL.${port}`;
    const outcome = await connect({ path }, timeoutSeconds, signal);
    if (!(outcome instanceof Error)) return { value: outcome, seen: path };
    throw refusal(target, [`${path}: ${outcome.code ?? outcome.message}`], outcome);
  }
  const seen: string[] = [];
  let last: NodeJS.ErrnoException | undefined;
  for (const address of addresses) {
    const outcome = await connect({ host: address, port }, timeoutSeconds, signal);
    if (!(outcome instanceof Error)) {
      const before = seen.length === 0 ? "" : ` (before it ${seen.join(", ")})`;
      return { value: outcome, seen: `connected to ${address}:${port}${before}` };
    }
    last = outcome;
    seen.push(`${address}: ${outcome.code ?? outcome.message}`);
  }
  throw refusal(target, seen, last);
}

function connect(
  to: { path: string } | { host: string; port: number },
  seconds: number,
  signal: AbortSignal | undefined,
): Promise<Socket | NodeJS.ErrnoException> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ ...to, ...(signal === undefined ? {} : { signal }) });
    const timer = setTimeout(() => {
      socket.destroy();
      resolve(Object.assign(new Error("no answer"), { code: "ETIMEDOUT" }));
    }, seconds * 1000);
    socket.once("connect", () => {
      clearTimeout(timer);
      socket.removeAllListeners("error");
      resolve(socket);
    });
    socket.once("error", (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      if (signal?.aborted === true) reject(signal.reason);
      else resolve(error);
    });
  });
}

function refusal(target: DatabaseTarget, seen: readonly string[], cause: NodeJS.ErrnoException | undefined) {
  const { host, port, timeoutSeconds } = target;
  const where = host.startsWith("/") ? `${host}/.s.PGSQL.${port}` : `${host}:${port}`;
  const tried = seen.join(", ");
  switch (cause?.code) {
    case "ECONNREFUSED":
    case "ENOENT":
      return outside({
        code: "database-refused",
        message: `${where}: the machine is there, and nothing listens on that port (${tried}).`,
        hint: "Check the port and that PostgreSQL runs; its listen_addresses must name more than localhost for others to reach it.",
        cause,
      });
    case "ECONNRESET":
      return cut(where, cause);
    case "ETIMEDOUT":
      return outside({
        code: "database-tcp-timeout",
        message: `${where}: no answer in ${timeoutSeconds} s (${tried}).`,
        hint: `A firewall drops silently. In AWS: the database's security group must let in port ${port} from you, and "publicly accessible" be on or you inside its VPC (\`bisonflow aws doctor --database …\` looks).`,
        cause,
      });
    default:
      return outside({
        code: "database-unreachable",
        message: `${where}: no way there (${tried === "" ? "it has no address" : tried}).`,
        hint: "Check the network between here and there: route, VPN, tunnel.",
        cause,
      });
  }
}
