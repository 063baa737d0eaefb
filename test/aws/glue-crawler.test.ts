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
}

const last = (StartTime: number, Status: string, more: object = {}) => ({
  LastCrawl: { StartTime, Status, LogGroup: "/aws-glue/crawlers", LogStream: "monthly", ...more },
});
const ready = { State: "READY", ...last(1, "SUCCEEDED") };

async function crawler({ looks, start = {}, tables = [[]] }: Looks): Promise<GlueWire> {
  wire = await startGlueWire({
    GetCrawler: (_, call) => ({
      Crawler: { Name: "monthly", DatabaseName: "birds", ...(looks[call] ?? looks.at(-1)) },
    }),
    StartCrawler: () => start,
    GetTables: (_, call) => ({ TableList: tables[call] ?? tables.at(-1) }),
    ListCrawlers: () => ({ CrawlerNames: ["monthly", "yearly"] }),
  });
  return wire;
}

async function follow({ access }: GlueWire, more: { signal?: AbortSignal; startSeconds?: number } = {}) {
  const progress: CrawlerProgress[] = [];
  const result = await followCrawler(access, {
    crawler: "monthly",
    pollSeconds: 0.01,
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
      log: "/aws-glue/crawlers monthly",
    });
    expect(states).toEqual(["started", "running", "stopping"]);
  });

  it("joins one that runs already", async () => {
    const looks = [{ State: "RUNNING" }, { State: "RUNNING" }, { State: "READY", ...last(5, "SUCCEEDED") }];
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
    });
    const keys = { AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test" };
    const env = { ...keys, AWS_ENDPOINT_URL: access.endpoint ?? "", AWS_REGION: "us-east-1" };
    const { status, stdout, stderr } = await bisonflowOn({ emulator: { env } }, [
      "crawl",
      "--crawler",
      "monthly",
    ]);
    expect(stderr).toBe("monthly started\n");
    expect(stdout).toMatch(/monthly is done after .*: database birds, changed\n {2}birds_2026 added\n/);
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
