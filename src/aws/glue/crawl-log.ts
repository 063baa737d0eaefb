import { setTimeout as pause } from "node:timers/promises";
import { type CloudWatchLogsClient, GetLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import type { LastCrawlInfo } from "@aws-sdk/client-glue";
import { AwsTrouble, refusedIn } from "../client/index.ts";

/** Something that a crawl could not do and went on without. */
export interface CrawlProblem {
  /** A sentence for people. */
  readonly message: string;
  /** The crawl's own words, the first time; undefined where it left none. */
  readonly words: string | undefined;
  /** The IAM action that was refused, where the words say or mean one. */
  readonly action: string | undefined;
  /** ARN of who was refused. */
  readonly role: string | undefined;
  /** How often its log says so. */
  readonly times: number;
}

/** What a crawl says in its log. */
export interface CrawlLog {
  /** `none`: there is no log of it. `closed`: its log may not be read here, or could not be. */
  readonly state: "read" | "none" | "closed";
  readonly problems: readonly CrawlProblem[];
}

/** Lines of a log come in pages of a megabyte; a crawl that says more is understood by then. */
const mostPages = 20;

/**
 * Reads what a crawl that has ended says in its log. CloudWatch shows lines some seconds after they were written:
 * the crawl's last line is waited for, and a log that is not there yet as well.
 */
export async function readCrawlLog(
  logs: CloudWatchLogsClient,
  crawl: LastCrawlInfo,
  { role, logSeconds }: { readonly role: string | undefined; readonly logSeconds: number },
): Promise<CrawlLog> {
  const until = performance.now() + logSeconds * 1000;
  for (;;) {
    const lines = await linesOf(logs, crawl).catch((error: unknown) => {
      if (error instanceof AwsTrouble || (error instanceof Error && "$metadata" in error)) return error;
      throw error;
    });
    if (lines instanceof Error) return { state: "closed", problems: [notReadable(crawl, lines)] };
    const isWhole = lines.some((line) => /has finished running/.test(line));
    if (!isWhole && performance.now() < until) {
      await pause(Math.min(1000, logSeconds * 100));
      continue;
    }
    if (lines.length === 0) return { state: "none", problems: [nothingLeft(crawl, role)] };
    return { state: "read", problems: problemsIn(lines, role) };
  }
}

/** Lines of this crawl: a crawler has one stream for all of them. */
async function linesOf(logs: CloudWatchLogsClient, crawl: LastCrawlInfo): Promise<string[]> {
  const { LogGroup, LogStream, MessagePrefix, StartTime } = crawl;
  const lines: string[] = [];
  let token: string | undefined;
  try {
    for (let pages = 0; pages < mostPages; pages++) {
      const { events = [], nextForwardToken } = await logs.send(
        new GetLogEventsCommand({
          logGroupName: LogGroup,
          logStreamName: LogStream,
          startFromHead: true,
          ...(StartTime === undefined ? {} : { startTime: StartTime.getTime() }),
          ...(token === undefined ? {} : { nextToken: token }),
        }),
      );
      lines.push(...events.map(({ message = "" }) => message));
      // The same token again: that was the end for now.
      if (nextForwardToken === undefined || nextForwardToken === token) break;
      token = nextForwardToken;
    }
  } catch (error) {
    if (!(error instanceof Error && error.name === "ResourceNotFoundException")) throw error;
  }
  return lines.filter((line) => MessagePrefix === undefined || line.includes(MessagePrefix));
}

function problemsIn(lines: readonly string[], role: string | undefined): CrawlProblem[] {
  const groups = new Map<string, { readonly first: Refused; times: number }>();
  for (const line of lines) {
    const words = /^(?:\[[^\]]*\]\s*)?ERROR\s*:\s*(.*)$/s.exec(line)?.[1]?.trim();
    // That it will not name every file is no problem of its own.
    if (words === undefined || /^Not all read errors/.test(words)) continue;
    const refused = refusedBy(words, role);
    const { action, file } = refused;
    const key = action === undefined ? words.replace(file ?? "", "") : `${action} ${refused.role}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { first: refused, times: 1 });
    else group.times++;
  }
  return [...groups.values()].map(({ first, times }) => {
    const { words, action } = first;
    return { message: sentence(first, times), words, action, role: first.role, times };
  });
}

interface Refused {
  readonly words: string;
  readonly action: string | undefined;
  readonly role: string | undefined;
  /** `s3://…` */
  readonly file: string | undefined;
}

function refusedBy(words: string, role: string | undefined): Refused {
  const file = /retrieving file at (s3:\/\/.+?)(?:\. Tables created|\.?$)/.exec(words)?.[1];
  const said = refusedIn(words);
  // S3's older words name nobody and nothing: "Access Denied (Service: Amazon S3; Status Code: 403; …)".
  const isMeant = file !== undefined && /Access ?Denied|Status Code: 403/.test(words);
  const action = said.action ?? (isMeant ? "s3:GetObject" : undefined);
  return { words, action, role: action === undefined ? undefined : (said.principal ?? role), file };
}

function sentence({ words, action, role, file }: Refused, times: number): string {
  const often = times === 1 ? "" : ` (${times} times)`;
  if (action === undefined) return `The crawl says${often}: ${words}`;
  const files =
    file === undefined
      ? often
      : `: ${times === 1 ? file : `${times} files, the first ${file},`} could not be read`;
  return `${role ?? "The crawler's role"} may not ${action}${files}`;
}

function nothingLeft({ LogGroup, LogStream }: LastCrawlInfo, role: string | undefined): CrawlProblem {
  return {
    message: `The crawl left no log (${LogGroup} ${LogStream}), so what it was refused is not known; ${role ?? "its role"} needs logs:CreateLogGroup, logs:CreateLogStream and logs:PutLogEvents to write one (\`bisonflow aws doctor\`)`,
    words: undefined,
    action: undefined,
    role,
    times: 1,
  };
}

function notReadable({ LogGroup, LogStream }: LastCrawlInfo, error: Error): CrawlProblem {
  return {
    message: `The crawl's log (${LogGroup} ${LogStream}) could not be read, so what it was refused is not known: ${error.message}`,
    words: undefined,
    action: error instanceof AwsTrouble ? error.action : undefined,
    role: error instanceof AwsTrouble ? error.principal : undefined,
    times: 1,
  };
}
