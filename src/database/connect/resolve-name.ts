import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import type { DatabaseTarget } from "../target/target.ts";
import { type Found, outside } from "./step.ts";
import { within } from "./within.ts";

/** The addresses of the target's host, in the system's order; a Unix socket has none. */
export async function resolveName({ host, timeoutSeconds }: DatabaseTarget): Promise<Found<string[]>> {
  if (host.startsWith("/"))
    return { value: [], seen: `${host} is a folder with a Unix socket`, skipped: true };
  if (isIP(host) !== 0) return { value: [host], seen: `${host} is an address`, skipped: true };
  try {
    const found = await within(timeoutSeconds, lookup(host, { all: true, verbatim: true }), () =>
      outside({
        code: "database-name-unanswered",
        message: `${host}: the name service has not answered in ${timeoutSeconds} s.`,
        hint: "Check the network and its name servers; in AWS, that the VPC's enableDnsSupport is on.",
      }),
    );
    const addresses = [...new Set(found.map(({ address }) => address))];
    return { value: addresses, seen: `${host} is ${addresses.join(", ")}` };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOTFOUND" || code === "ENODATA") {
      throw outside({
        code: "database-name-not-found",
        message: `${host}: no address has this name.`,
        hint: "Check the spelling. A database inside a VPC has a name that only its own network answers: connect from there, or through a tunnel.",
        cause: error,
      });
    }
    if (code === "EAI_AGAIN" || code === "ETIMEOUT") {
      throw outside({
        code: "database-name-unanswered",
        message: `${host}: the name service does not answer (${code}).`,
        hint: "Check the network and its name servers; in AWS, that the VPC's enableDnsSupport is on.",
        cause: error,
      });
    }
    throw error;
  }
}
