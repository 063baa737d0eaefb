import { setTimeout as pause } from "node:timers/promises";
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import {
  type Crawler,
  GetCrawlerCommand,
  GlueClient,
  type LastCrawlInfo,
  ListCrawlersCommand,
  StartCrawlerCommand,
} from "@aws-sdk/client-glue";
import { ExitCode, UserError } from "../../trouble/index.ts";
import { type AwsAccess, connect } from "../client/index.ts";
import { type CrawlProblem, readCrawlLog } from "./crawl-log.ts";
import { glueCatalog } from "./glue-catalog.ts";
import { isMissing } from "./glue-trouble.ts";

/** How a crawler of Glue is doing. */
export interface CrawlerProgress {
  readonly state: "started" | "joined" | "running" | "stopping";
  readonly seconds: number;
}

/** What a crawler of Glue did. */
export interface CrawlerResult {
  readonly crawler: string;
  readonly database: string;
  /** Sorted by name; tables that it left as they were are not among them. */
  readonly tables: readonly { readonly name: string; readonly change: "added" | "updated" | "gone" }[];
  /** What it was refused and went on without, by its log; or that there is none, or that it may not be read. */
  readonly problems: readonly CrawlProblem[];
  readonly seconds: number;
  /** Where its own words are, in CloudWatch Logs. */
  readonly log: string;
}

/** How to follow a crawler. */
export interface FollowOptions {
  readonly crawler: string;
  readonly onProgress?: ((progress: CrawlerProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Between two looks; Glue takes minutes. */
  readonly pollSeconds?: number;
  /** How long a crawler may take to begin. Default 300. */
  readonly startSeconds?: number;
  /** How long its last words may take to show in its log. Default 15. */
  readonly logSeconds?: number;
}

/**
 * Starts a crawler of Glue, or joins one that runs already, and follows it to its end; says which tables it made,
 * changed or removed. An end that is not success is a UserError `crawler-failed` (`crawler-cancelled` when
 * somebody stopped it) with the crawler's own words; a crawler that is not there `crawler-not-found`. Glue calls a
 * crawl a success that could not read its files: what its log says of that is among the problems of the result, and
 * a UserError `crawler-read-nothing` where nothing came of the crawl. A signal stops the looking, not the crawler.
 *
 * @example
 * ```ts
 * import { followCrawler, openAccess } from "bisonflow/aws";
 * const access = await openAccess({ region: "us-east-1" });
 * const monthly = () => followCrawler(access, { crawler: "monthly" });
 * console.log(typeof monthly); // function
 * ```
 */
export async function followCrawler(access: AwsAccess, options: FollowOptions): Promise<CrawlerResult> {
  const { crawler, onProgress } = options;
  const glue = connect(GlueClient, access);
  const catalog = glueCatalog(access);
  const started = performance.now();
  const seconds = (): number => (performance.now() - started) / 1000;
  const before = await look(glue, crawler);
  const database = before.DatabaseName ?? "";
  const versions = async (): Promise<Map<string, string | undefined>> =>
    new Map((await catalog.listTables(database)).map(({ Name, VersionId }) => [Name, VersionId]));
  const tablesBefore = await versions();
  const hasStarted = await start(glue, crawler);
  onProgress?.({ state: hasStarted ? "started" : "joined", seconds: seconds() });
  for (;;) {
    await wait(options);
    const now = await look(glue, crawler);
    if (now.State !== "READY") {
      onProgress?.({ state: now.State === "STOPPING" ? "stopping" : "running", seconds: seconds() });
      continue;
    }
    // Just started, a crawler may still show the end of the crawl before.
    if (identityOf(now) === identityOf(before)) {
      if (seconds() > (options.startSeconds ?? 300)) throw neverStarted(crawler);
      continue;
    }
    const last = lastCrawlOf(now);
    const log = `${last.LogGroup} ${last.LogStream}`;
    throwUnlessDone(now, log);
    const said = await readCrawlLog(connect(CloudWatchLogsClient, access), last, {
      role: now.Role,
      logSeconds: options.logSeconds ?? 15,
    });
    const tables = changes(tablesBefore, await versions());
    if (said.state === "read" && said.problems.length > 0 && tables.length === 0)
      throw readNothing(crawler, said.problems, log);
    return { crawler, database, tables, problems: said.problems, seconds: seconds(), log };
  }
}

async function wait({ crawler, pollSeconds = 10, signal }: FollowOptions): Promise<void> {
  try {
    await pause(pollSeconds * 1000, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    throw new UserError({
      code: "interrupted",
      message: `Interrupted: nobody follows the crawler ${crawler} any more; it goes on in AWS.`,
      hint: "Run the same command again to follow it, or stop it with `aws glue stop-crawler`.",
      exitCode: ExitCode.interrupted,
      cause: error,
    });
  }
}

function neverStarted(crawler: string): UserError {
  return new UserError({
    code: "crawler-failed",
    message: `${crawler}: the crawler was started, and shows no crawl.`,
    hint: "Look at it in the Glue console; others that run at the same time may keep it from starting.",
    exitCode: ExitCode.taskFailed,
  });
}

async function look(glue: GlueClient, name: string): Promise<Crawler> {
  try {
    const { Crawler: crawler } = await glue.send(new GetCrawlerCommand({ Name: name }));
    return crawler ?? {};
  } catch (error) {
    if (!isMissing(error)) throw error;
    throw new UserError({
      code: "crawler-not-found",
      message: `${name}: there is no such crawler in this account and region.`,
      hint: await otherCrawlers(glue),
      cause: error,
    });
  }
}

async function otherCrawlers(glue: GlueClient): Promise<string> {
  const names = await glue.send(new ListCrawlersCommand({ MaxResults: 20 })).then(
    ({ CrawlerNames = [] }) => CrawlerNames,
    // Who may not list them is told of the one that is missing all the same.
    () => [],
  );
  return names.length === 0
    ? "Check the name and the region, or crawl without one: bisonflow crawl s3://bucket/folder --catalog glue."
    : `These are there: ${names.join(", ")}.`;
}

/** False where it runs already. */
async function start(glue: GlueClient, name: string): Promise<boolean> {
  try {
    await glue.send(new StartCrawlerCommand({ Name: name }));
    return true;
  } catch (error) {
    if (error instanceof Error && error.name === "CrawlerRunningException") return false;
    throw error;
  }
}

/** Tells a crawler's crawls apart. */
function identityOf({ LastCrawl }: Crawler): string {
  return `${LastCrawl?.StartTime?.getTime()} ${LastCrawl?.MessagePrefix}`;
}

/** The last crawl, with the place of its log where Glue leaves that out. */
function lastCrawlOf({ Name, LastCrawl }: Crawler): LastCrawlInfo {
  const { LogGroup = "/aws-glue/crawlers", LogStream = Name } = LastCrawl ?? {};
  return { ...LastCrawl, LogGroup, LogStream };
}

function throwUnlessDone({ Name = "", LastCrawl = {} }: Crawler, log: string): void {
  if (LastCrawl.Status === "SUCCEEDED") return;
  const wasStopped = LastCrawl.Status === "CANCELLED";
  const words = LastCrawl.ErrorMessage;
  throw new UserError({
    code: wasStopped ? "crawler-cancelled" : "crawler-failed",
    message: `${Name}: the crawler ${wasStopped ? "was stopped before its end" : "failed"}${words === undefined ? "" : `: ${words}`}`,
    hint: `${wasStopped ? "Start it again" : hintFor(words ?? "")}; its own words are in the log ${log}${LastCrawl.MessagePrefix === undefined ? "" : ` (${LastCrawl.MessagePrefix})`}.`,
    exitCode: ExitCode.taskFailed,
  });
}

function readNothing(crawler: string, problems: readonly CrawlProblem[], log: string): UserError {
  const actions = [...new Set(problems.flatMap(({ action }) => action ?? []))];
  const roles = [...new Set(problems.flatMap(({ role }) => role ?? []))];
  const mend =
    actions.length === 0
      ? 'Find its words with `bisonflow aws doctor explain "…"`'
      : `Allow ${actions.join(", ")} for ${roles.join(", ") || "the crawler's role"} (\`bisonflow aws doctor\` shows what else is missing)`;
  return new UserError({
    code: "crawler-read-nothing",
    message: `${crawler}: Glue calls the crawl a success, but no table came of it or changed. ${problems.map(({ message }) => message).join("; ")}.`,
    hint: `${mend}; its own words are in the log ${log}.`,
    exitCode: ExitCode.taskFailed,
  });
}

/** Causes that are told by a crawler's words. */
const causes: readonly (readonly [RegExp, string])[] = [
  [
    /access denied|not authorized|unauthorized|forbidden/i,
    "Let the crawler's role read the folder (s3:GetObject, s3:ListBucket) and write the catalog",
  ],
  [
    /assume role|unable to assume|trust/i,
    "Let glue.amazonaws.com assume the crawler's role (its trust policy)",
  ],
  [
    /endpoint validation|NAT gateway|subnet|connection/i,
    "Look at its connection with `bisonflow aws doctor`",
  ],
  [/lake ?formation|insufficient permission/i, "Grant the crawler's role the database in Lake Formation"],
  [
    /timed? ?out|limit|throttl/i,
    "Start it again later, or crawl without it: bisonflow crawl s3://… --catalog glue",
  ],
];

function hintFor(words: string): string {
  const known = causes.find(([pattern]) => pattern.test(words))?.[1];
  return known ?? 'Find its words with `bisonflow aws doctor explain "…"`';
}

function changes(
  before: ReadonlyMap<string, string | undefined>,
  after: ReadonlyMap<string, string | undefined>,
): CrawlerResult["tables"] {
  const names = [...new Set([...before.keys(), ...after.keys()])].sort();
  return names.flatMap((name): CrawlerResult["tables"] => {
    if (!after.has(name)) return [{ name, change: "gone" }];
    if (!before.has(name)) return [{ name, change: "added" }];
    return before.get(name) === after.get(name) ? [] : [{ name, change: "updated" as const }];
  });
}
