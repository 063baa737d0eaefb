import { resolve } from "node:path";
import { type Command, InvalidArgumentError, Option } from "commander";
import { type SslMode, sslModes } from "../../database/index.ts";
import type { TargetChanges } from "../database-here.ts";

/** The options that say how a server is reached. */
export interface TlsOptions {
  readonly sslmode?: SslMode;
  readonly ca?: string;
  readonly timeout?: number;
}

/** Adds them to a command. */
export function addTlsOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        "--sslmode <mode>",
        "how much TLS, in libpq's words (default: verify-full; prefer for this machine)",
      ).choices([...sslModes]),
    )
    .option("--ca <file>", "PEM file of the authorities to trust")
    .addOption(
      new Option("--timeout <seconds>", "for each step of connecting (default: 10)").argParser(wholeNumber),
    );
}

/** What they change in a target; those not given change nothing. */
export function tlsChanges({ sslmode, ca, timeout }: TlsOptions): TargetChanges {
  return {
    ...(sslmode === undefined ? {} : { sslMode: sslmode }),
    ...(ca === undefined ? {} : { caFile: resolve(ca) }),
    ...(timeout === undefined ? {} : { timeoutSeconds: timeout }),
  };
}

/** A whole number given on the command line. */
export function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError("a whole number was expected.");
  return Number(text);
}
