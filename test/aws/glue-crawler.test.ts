import { afterEach, describe, expect, it } from "vitest";
import { type CrawlerProgress, followCrawler } from "../../src/aws/glue/index.ts";
import { bisonflowOn } from "../support/trino-lake.ts";
import { type GlueAnswer, type GlueWire, startGlueWire } from "./glue-wire.ts";

let wire: GlueWire | undefined;
afterEach(async () => {
  await wire?.stop();
  wire = undefined;
});

interface Looks {
  /** What GetCrawler shows at each look, the last one from then on. */
  readonly looks: readonly Record<string, unknown>[];
  readonly start?: GlueAnswer;
  readonly tables?: readonly (readonly Record<string, unknown>[])[];
  /** What GetLogEvents answers at each look, the last one from then on. */
  readonly log?: readonly GlueAnswer[];
}

/** Lines of the crawl that is followed, and of the one before. */
const lines = (...said: readonly string[]) => ({
  events: ["[old] ERROR : of another crawl", ...said.map((line) => `[crawl-2] ${line}`)].map((message) => ({
    message,
    timestamp: 2000,
  })),
  nextForwardToken: "f/1",
});
const finished = "BENCHMARK : Crawler has finished running and is in state READY";
const unread = (file: string): string =>
  `ERROR : User: arn:aws:sts::1:assumed-role/crawls/AWS-Crawler is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::b/${file}" because no identity-based policy allows the s3:GetObject action (Service: Amazon S3; Status Code: 403; Error Code: AccessDenied) retrieving file at s3://b/${file}. Tables created did not infer schemas from this file.`;

const last = (StartTime: number, Status: string, more: object = {}) => ({
  LastCrawl: {
    StartTime,
    Status,
    LogGroup: "/aws-glue/crawlers",
    LogStream: "monthly",
    MessagePrefix: `crawl-${StartTime}`,
    ...more,
  },
});
const ready = { State: "READY", ...last(1, "SUCCEEDED") };

async function crawler({
  looks,
  start = {},
  tables = [[]],
  log = [lines(finished)],
}: Looks): Promise<GlueWire> {
  let reads = 0;
  wire = await startGlueWire({
    GetCrawler: (_, call) => ({
      Crawler: {
        Name: "monthly",
        DatabaseName: "birds",
        Role: "arn:aws:iam::1:role/crawls",
        ...(looks[call] ?? looks.at(-1)),
      },
    }),
    StartCrawler: () => start,
    GetTables: (_, call) => ({ TableList: tables[call] ?? tables.at(-1) }),
    ListCrawlers: () => ({ CrawlerNames: ["monthly", "yearly"] }),
    // After the last page comes an empty one, with the same token.
    GetLogEvents: ({ nextToken }) =>
      nextToken === undefined
        ? (log[reads++] ?? log.at(-1) ?? {})
        : { events: [], nextForwardToken: nextToken },
  });
  return wire;
}

async function follow({ access }: GlueWire, more: { signal?: AbortSignal; startSeconds?: number } = {}) {
  const progress: CrawlerProgress[] = [];
  const result = await followCrawler(access, {
    crawler: "monthly",
    pollSeconds: 0.01,
    logSeconds: 0.2,
    onProgress: (one) => progress.push(one),
    ...more,
  });
  return { result, states: progress.map(({ state }) => state) };
}

describe("following a crawler of Glue", () => {
  it("waits for the crawl that it started, and says what that changed", async () => {
    const table = (Name: string, VersionId = "0") => ({ Name, DatabaseName: "birds", VersionId });
    const { result, states } = await follow(
      await crawler({
        // At first Glue still shows the crawl before.
        looks: [
          ready,
          ready,
          { State: "RUNNING", ...last(1, "SUCCEEDED") },
          { State: "STOPPING" },
          { State: "READY", ...last(2, "SUCCEEDED") },
        ],
        tables: [
          [table("a"), table("b"), table("c")],
          [table("b", "1"), table("c"), table("d")],
        ],
      }),
    );
    expect(result).toMatchObject({
      crawler: "monthly",
      database: "birds",
      tables: [
        { name: "a", change: "gone" },
        { name: "b", change: "updated" },
        { name: "d", change: "added" },
      ],
      problems: [],
      log: "/aws-glue/crawlers monthly",
    });
    expect(states).toEqual(["started", "running", "stopping"]);
  });

  it("joins one that runs already", async () => {
    const looks = [{ State: "RUNNING" }, { State: "RUNNING" }, { State: "READY", ...last(2, "SUCCEEDED") }];
    const { states } = await follow(
      await crawler({ looks, start: { error: "CrawlerRunningException", message: "already running" } }),
    );
    expect(states).toEqual(["joined", "running"]);
  });

  it.each([
    [
      "FAILED",
      "Service Principal: glue.amazonaws.com is not authorized to perform: s3:GetObject",
      "crawler-failed",
      /s3:GetObject, s3:ListBucket/,
    ],
    ["FAILED", "VPC S3 endpoint validation failed for SubnetId: subnet-1", "crawler-failed", /aws doctor/],
    ["FAILED", "Internal Service Exception", "crawler-failed", /aws doctor explain/],
    ["CANCELLED", undefined, "crawler-cancelled", /Start it again/],
  ])("gives the words of one that ended with %s: %s", async (status, words, code, hint) => {
    const ended = { State: "READY", ...last(2, status, words === undefined ? {} : { ErrorMessage: words }) };
    const error = await follow(await crawler({ looks: [ready, ended] })).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ name: "UserError", code, exitCode: 3 });
    expect((error as Error).message).toContain(words ?? "stopped");
    expect((error as Error & { hint: string }).hint).toMatch(hint);
    expect((error as Error & { hint: string }).hint).toContain("/aws-glue/crawlers monthly");
  });

  describe("that succeeded, as Glue says, and", () => {
    const looks = [ready, { State: "READY", ...last(2, "SUCCEEDED") }];
    const made = [[], [{ Name: "birds_2026", DatabaseName: "birds", VersionId: "0" }]];
    const failureOf = async (log: readonly GlueAnswer[]) =>
      follow(await crawler({ looks, log })).then(
        ({ result }) => ({ result }),
        (error: Error & { code: string; hint: string; exitCode: number }) => ({ error }),
      );

    it("could read no file: is a failure that names action and role", async () => {
      const said = lines(
        unread("a.parquet"),
        unread("b.parquet"),
        "ERROR : Not all read errors will be logged.",
      );
      const { error } = (await failureOf([
        said,
        { ...said, events: [...said.events, ...lines(finished).events] },
      ])) as {
        error: Error & { hint: string };
      };
      expect(error).toMatchObject({ name: "UserError", code: "crawler-read-nothing", exitCode: 3 });
      expect(error.message).toBe(
        "monthly: Glue calls the crawl a success, but no table came of it or changed. arn:aws:sts::1:assumed-role/crawls/AWS-Crawler may not s3:GetObject: 2 files, the first s3://b/a.parquet, could not be read.",
      );
      expect(error.hint).toMatch(
        /^Allow s3:GetObject for arn:aws:sts::1:assumed-role\/crawls\/AWS-Crawler .*\/aws-glue\/crawlers monthly\.$/,
      );
    });

    it("could read some files alone: says so beside what it made", async () => {
      const { result } = await follow(
        await crawler({ looks, tables: made, log: [lines(unread("a b.csv"), finished)] }),
      );
      expect(result.tables).toEqual([{ name: "birds_2026", change: "added" }]);
      expect(result.problems).toMatchObject([
        {
          message: expect.stringContaining("may not s3:GetObject: s3://b/a b.csv could not be read"),
          words: expect.stringMatching(/^User: /),
          action: "s3:GetObject",
          role: "arn:aws:sts::1:assumed-role/crawls/AWS-Crawler",
          times: 1,
        },
      ]);
    });

    it("was refused in S3's older words: the action and the crawler's own role are meant", async () => {
      const words =
        "ERROR : Error Access Denied (Service: Amazon S3; Status Code: 403; Error Code: AccessDenied; Request ID: ABC; Proxy: null) retrieving file at s3://b/c.csv. Tables created did not infer schemas from this file.";
      const { error } = (await failureOf([lines(words, finished)])) as { error: Error };
      expect(error.message).toContain(
        "arn:aws:iam::1:role/crawls may not s3:GetObject: s3://b/c.csv could not",
      );
    });

    it("has another error: is told in its words", async () => {
      const { result } = await follow(
        await crawler({ looks, tables: made, log: [lines("ERROR : Internal Service Exception", finished)] }),
      );
      expect(result.problems).toMatchObject([
        { message: "The crawl says: Internal Service Exception", action: undefined, role: undefined },
      ]);
    });

    it("left no log: is no failure, and said", async () => {
      const { result } = (await failureOf([{ error: "ResourceNotFoundException" }])) as {
        result: { problems: unknown };
      };
      expect(result.problems).toMatchObject([
        { message: expect.stringMatching(/left no log .*role\/crawls needs logs:CreateLogGroup/) },
      ]);
    });

    it("has a log that may not be read here: is no failure, and said, with the action", async () => {
      const message = "User: arn:aws:iam::1:user/ann is not authorized to perform: logs:GetLogEvents";
      const { result } = (await failureOf([{ error: "AccessDeniedException", message }])) as {
        result: { problems: unknown };
      };
      expect(result.problems).toMatchObject([
        { message: expect.stringContaining("could not be read"), action: "logs:GetLogEvents" },
      ]);
    });
  });

  it("names the others when there is none of this name", async () => {
    wire = await startGlueWire({
      GetCrawler: () => ({ error: "EntityNotFoundException", message: "not found" }),
      ListCrawlers: () => ({ CrawlerNames: ["monthly", "yearly"] }),
    });
    await expect(follow(wire)).rejects.toMatchObject({
      code: "crawler-not-found",
      hint: expect.stringContaining("monthly, yearly"),
    });
  });

  it("does not wait for ever for one that never begins", async () => {
    await expect(follow(await crawler({ looks: [ready] }), { startSeconds: 0.2 })).rejects.toMatchObject({
      code: "crawler-failed",
    });
  });

  it("is a command: follows to the end and says what came of it", async () => {
    const { access } = await crawler({
      looks: [ready, { State: "READY", ...last(2, "SUCCEEDED") }],
      tables: [[], [{ Name: "birds_2026", DatabaseName: "birds", VersionId: "0" }]],
      log: [lines(unread("a.csv"), finished)],
    });
    const keys = { AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test" };
    const env = { ...keys, AWS_ENDPOINT_URL: access.endpoint ?? "", AWS_REGION: "us-east-1" };
    const { status, stdout, stderr } = await bisonflowOn({ emulator: { env } }, [
      "crawl",
      "--crawler",
      "monthly",
    ]);
    expect(stderr).toBe("monthly started\n");
    expect(stdout).toMatch(
      /monthly is done after .*: database birds, changed\n {2}birds_2026 added\nNote: arn:\S+ may not s3:GetObject: s3:\/\/b\/a\.csv could not be read\n/,
    );
    expect(status).toBe(0);
  });

  it("stops looking when interrupted, and says that the crawler goes on", async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 100);
    const following = follow(await crawler({ looks: [ready, { State: "RUNNING" }] }), {
      signal: controller.signal,
    });
    await expect(following).rejects.toMatchObject({ code: "interrupted", exitCode: 130 });
  });

  it("names the action when it may not be started", async () => {
    const start = {
      error: "AccessDeniedException",
      message: "User: arn:aws:iam::1:user/ann is not authorized to perform: glue:StartCrawler",
    };
    await expect(follow(await crawler({ looks: [ready], start }))).rejects.toMatchObject({
      code: "aws-access-denied",
      action: "glue:StartCrawler",
    });
  });
});
