import { Command, Option } from "commander";
import {
  type DatabaseTest,
  nameOfTarget,
  parseDatabaseUrl,
  type SavedConnection,
  type StepReport,
  testDatabase,
} from "../../database/index.ts";
import { UserError } from "../../trouble/index.ts";
import { databaseHere } from "../database-here.ts";
import { wrapped } from "../table.ts";
import { bold, type Terminal } from "../terminal.ts";
import { type GlueSide, glueSideOf, glueText, isSound } from "./glue.ts";
import { addTlsOptions, type TlsOptions, tlsChanges } from "./tls-options.ts";

interface Options extends TlsOptions {
  readonly needs: "read" | "publish";
  readonly schema: string;
  readonly glue?: true | string;
  readonly region?: string;
  readonly json?: true;
}

/** `bisonflow connection test`. */
export function testCommand(terminal: Terminal): Command {
  return addTlsOptions(new Command("test"))
    .description(
      "Try a connection step by step (name, TCP, TLS, authentication, query, rights), say where it stops, why, and what to do.",
    )
    .argument("<connection>", "name of a stored connection, or postgres://USER@HOST/DATABASE")
    .addOption(
      new Option("--needs <rights>", "what it must be able to do")
        .choices(["read", "publish"])
        .default("read"),
    )
    .option("--schema <name>", "schema that would be published into", "bison")
    .option(
      "--glue [name]",
      "also compare it with the connection in Glue, and say what Glue's own test would say",
    )
    .option("--region <name>", "region of the Glue connection")
    .option("--json", "print JSON")
    .action(async (nameOrUrl: string, options: Options) => {
      const { target, credentials, saved } = await databaseHere(nameOrUrl, tlsChanges(options));
      const where = nameOfTarget({ ...target, user: credentials.user });
      if (!options.json) await terminal.write(`${bold(terminal, where)}\n`);
      const test = await testDatabase(target, credentials, {
        purpose: options.needs,
        schema: options.schema,
        observe: options.json ? undefined : (report) => void terminal.write(stepText(terminal, report)),
      });
      const glue =
        options.glue === undefined
          ? undefined
          : await glueSideOf({
              name: options.glue === true ? glueName(nameOrUrl, saved) : options.glue,
              region: options.region,
              target,
              saved,
              test,
            });
      const json = () => `${JSON.stringify({ ...asJson(where, test), glue }, null, 2)}\n`;
      if (options.json) await terminal.write(json());
      else if (glue !== undefined) await terminal.write(glueText(terminal, glue));
      // Once more on standard error, with its exit code, as every error is.
      if (test.trouble !== undefined) throw test.trouble;
      if (glue !== undefined && !isSound(glue)) throw unsound(glue);
    });
}

function asJson(connection: string, { ok, steps, method, isEncrypted, server }: DatabaseTest) {
  return { connection, ok, steps, method, isEncrypted, server };
}

function stepText(terminal: Terminal, { step, status, milliseconds, seen, hint }: StepReport): string {
  const mark = { passed: "ok", failed: "FAILED", skipped: "-" }[status];
  const time = status === "skipped" ? "" : `${milliseconds.toFixed(milliseconds < 10 ? 1 : 0)} ms`;
  const front = `${step.padEnd(15)}${mark.padEnd(7)}${time.padStart(9)}  `;
  // What went wrong, and what to do, stands below in full.
  if (status === "failed") return `${front.trimEnd()}\n`;
  const advice = hint === undefined ? "" : wrapped(terminal, `${" ".repeat(33)}${hint}`, " ".repeat(33));
  return wrapped(terminal, `${front}${seen}`, " ".repeat(33)) + advice;
}

function glueName(nameOrUrl: string, saved: SavedConnection | undefined): string {
  if (saved !== undefined) return saved.glue?.name ?? saved.name;
  throw new UserError({
    code: "glue-connection-unnamed",
    message: `${nameOfTarget(parseDatabaseUrl(nameOrUrl).target)}: which connection in Glue is meant was not said.`,
    hint: "Give its name: --glue NAME.",
  });
}

function unsound({ name, region }: GlueSide): UserError {
  return new UserError({
    code: "glue-connection-unsound",
    message: `Glue ${region}, connection ${name}: its test would not go through, or it is not as it should be.`,
    hint: "See above what to mend; `bisonflow aws doctor --connection` shows all that was looked at.",
  });
}
