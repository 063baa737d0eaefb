import { readFile, writeFile } from "node:fs/promises";
import { extname, resolve } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import {
  Audit,
  type AuditReport,
  auditReport,
  type Grant,
  lookupEvents,
  type Principal,
  type PrincipalReport,
  parsePolicies,
  plain,
  readGrants,
  readSources,
  reportJson,
} from "../../aws/audit/index.ts";
import type { Store } from "../../store/index.ts";
import { UserError } from "../../trouble/index.ts";
import { compose } from "../../workflow/compose.ts";
import { awsAccessHere } from "../aws-access.ts";
import { standardOutput, type Terminal } from "../terminal.ts";
import { auditText } from "./audit-text.ts";

interface Options {
  readonly lookup?: true;
  readonly since?: string;
  readonly until?: string;
  readonly principal?: string;
  readonly role?: string;
  readonly has?: readonly string[];
  readonly onBehalf?: true;
  readonly policy?: string;
  readonly region?: string;
  readonly profile?: string;
  readonly json?: true;
}

/** `bisonflow aws audit`: what each role really used, as a policy, and what it has besides. */
export function auditCommand(terminal: Terminal = standardOutput()): Command {
  return new Command("audit")
    .description("Find what each role really used in logs of CloudTrail, as a policy of just that.")
    .argument(
      "[logs...]",
      "logs of CloudTrail: files, folders (AWSLogs/…) or s3://bucket/prefix/; or calls recorded with BISONFLOW_RECORD_CALLS",
    )
    .option("--lookup", "ask CloudTrail's event history: management events of one region, 90 days at most")
    .option("--since <time>", "leave out what was before: 2026-11-01 or 2026-11-01T08:00:00Z", time)
    .option("--until <time>", "leave out what was at this time or later", time)
    .option("--principal <name>", "show this role or user alone: its name or ARN")
    .option("--role <arn>", "the same, and compare with the policies that it has, read from IAM")
    .option("--has <files...>", "compare with the policies in these files instead")
    .option("--on-behalf", "count what services did in a principal's name as its own, too")
    .option("--policy <file>", "write the policy of the one principal; FILE-2.json, … where one is too short")
    .option("--region <name>", "region to ask; AWS_REGION when absent")
    .option("--profile <name>", "profile of ~/.aws/config")
    .option("--json", "print JSON")
    .action(async (logs: readonly string[], options: Options) => {
      const wanted = options.role ?? options.principal;
      const held = await heldBy(options);
      const audited = await audit({ logs, options, wanted });
      const isWanted = (arn: string): boolean => wanted === undefined || isNamed(arn, wanted);
      const report = await auditReport({
        ...audited,
        ...(held === undefined ? {} : { grantsOf: (arn) => (isWanted(arn) ? held : undefined) }),
      });
      const shown = { ...report, principals: report.principals.filter((one) => isWanted(one.principal.arn)) };
      if (wanted !== undefined && shown.principals.length === 0) throw notSeen(wanted, report);
      if (options.policy !== undefined) await writePolicy(options.policy, shown);
      await terminal.write(
        options.json === true
          ? `${JSON.stringify(reportJson(shown), null, 2)}\n`
          : auditText(terminal, shown),
      );
    });
}

async function audit(asked: { logs: readonly string[]; options: Options; wanted: string | undefined }) {
  const { logs, options, wanted } = asked;
  if (logs.length === 0 && options.lookup !== true) {
    throw new UserError({
      code: "audit-of-nothing",
      message: "bisonflow aws audit: no logs are named.",
      hint: "Give a folder with logs of CloudTrail (AWSLogs/…), s3://bucket/prefix/, or --lookup.",
    });
  }
  const { since, until, onBehalf } = options;
  const all = new Audit({ since, until, onBehalf: onBehalf === true, recordedBy: recordedBy(wanted) });
  const { region, profile } = options;
  const store: Store = compose({ awsAccess: (spec) => awsAccessHere({ region, profile, ...spec }) }).store;
  const places = logs.map((log) => (/^[a-z0-9]+:\/\//.test(log) ? log : resolve(log)));
  const sources = await readSources({ logs: places, store, audit: all });
  if (options.lookup === true) {
    const access = await awsAccessHere({ region, profile });
    await lookupEvents({ access, since, until, take: (record, place) => all.add(record, place) });
    await all.settle();
  }
  return { sources, result: all.result() };
}

/** What the principal asked for has; undefined where nobody says. */
async function heldBy({ role, has, region, profile }: Options): Promise<readonly Grant[] | undefined> {
  const grants: Grant[] = [];
  for (const file of has ?? []) grants.push(...parsePolicies(await contents(file), file));
  if (role !== undefined) {
    if (!role.startsWith("arn:")) {
      throw new UserError({
        code: "role-not-an-arn",
        message: `--role ${role}: expected the ARN of a role or user.`,
        hint: `Give arn:aws:iam::ACCOUNT:role/${role}; with --principal ${role} nothing is read from IAM.`,
      });
    }
    grants.push(...(await readGrants(await awsAccessHere({ region, profile }), role)).grants);
  }
  return has === undefined && role === undefined ? undefined : grants;
}

async function contents(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    const why = error instanceof Error ? error.message : "";
    throw new UserError({
      code: "policy-not-readable",
      message: `${file}: the policy cannot be read (${why}).`,
      hint: "Check the path given with --has.",
      cause: error,
    });
  }
}

async function writePolicy(file: string, { principals }: AuditReport): Promise<void> {
  const [only, ...others] = principals.filter(({ policy }) => policy !== undefined);
  if (only === undefined || others.length > 0) {
    throw new UserError({
      code: "principal-unclear",
      message: `--policy ${file}: a policy is one principal's, and the logs hold ${only === undefined ? "none that used anything" : others.length + 1}.`,
      hint: `Give --principal with one of: ${principals.map(({ principal }) => nameOf(principal)).join(", ")}.`,
    });
  }
  const extension = extname(file);
  const base = extension === "" ? file : file.slice(0, -extension.length);
  for (const [i, document] of (only.policy?.documents ?? []).entries()) {
    const path = i === 0 ? file : `${base}-${i + 1}${extension}`;
    await writeFile(path, `${JSON.stringify(plain(document), null, 2)}\n`);
  }
}

/** A name, or an ARN whose path need not be right: logs do not always have it. */
function isNamed(arn: string, wanted: string): boolean {
  if (!wanted.startsWith("arn:")) return nameOf({ arn }) === wanted;
  const [account, kind] = [arn.split(":")[4], /:(role|user)\//.exec(arn)?.[1]];
  const isSame = wanted.split(":")[4] === account && /:(role|user)\//.exec(wanted)?.[1] === kind;
  return arn === wanted || (isSame && kind !== undefined && nameOf({ arn }) === nameOf({ arn: wanted }));
}

function nameOf({ arn }: { readonly arn: string }): string {
  return arn.slice(arn.lastIndexOf("/") + 1);
}

function recordedBy(wanted: string | undefined): Principal | undefined {
  if (wanted === undefined) return undefined;
  const kind = wanted.includes(":user/") ? "user" : wanted.includes(":role/") ? "role" : "recorded";
  return { arn: wanted, kind };
}

function notSeen(
  wanted: string,
  { principals }: { readonly principals: readonly PrincipalReport[] },
): UserError {
  const seen = principals.map(({ principal }) => nameOf(principal)).join(", ");
  return new UserError({
    code: "principal-not-seen",
    message: `${wanted}: nothing in these logs is by this role or user.`,
    hint: seen === "" ? "The logs hold no calls of anybody." : `They hold: ${seen}.`,
  });
}

function time(text: string): string {
  const date = new Date(text);
  if (Number.isNaN(date.getTime()))
    throw new InvalidArgumentError("expected a time like 2026-11-01T08:00:00Z");
  return date.toISOString().replace(".000Z", "Z");
}
