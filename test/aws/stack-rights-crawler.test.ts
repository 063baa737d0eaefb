import { setTimeout as sleep } from "node:timers/promises";
import { CloudWatchLogsClient, GetLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import {
  CreateCrawlerCommand,
  CreateTableCommand,
  GetCrawlerCommand,
  type LastCrawlInfo,
  StartCrawlerCommand,
} from "@aws-sdk/client-glue";
import { beforeAll, describe, expect, it } from "vitest";
import { clientConfig } from "../support/batch-queue.ts";
import { startBisonflow } from "../support/command.ts";
import type { Statement } from "../support/declared-rights.ts";
import { describeRights, gbif, type Printed, snapshot, toEnd } from "./standing-stack.ts";

/** The rights of the crawler's role, and what a crawl without each does. */
const ofTheCrawler = {
  "s3:ListBucket": "fails",
  "s3:GetObject": "says so in its log",
  "glue:GetDatabase": "fails",
  "glue:GetTables": "fails",
  "glue:GetTable": "fails",
  "glue:CreateTable": "fails",
  "glue:UpdateTable": "fails",
  "glue:BatchGetPartition": "fails",
  "glue:GetPartition": "fails",
  "glue:BatchCreatePartition": "fails",
  "glue:UpdatePartition": "fails",
  "logs:CreateLogGroup": "has no log",
  "logs:CreateLogStream": "has no log",
  "logs:PutLogEvents": "has no log",
  "glue:GetConnection": "refused",
  "secretsmanager:GetSecretValue": "fails through the connection",
  "ec2:DescribeSubnets": "fails through the connection",
  "ec2:DescribeSecurityGroups": "fails through the connection",
  "ec2:DescribeVpcEndpoints": "fails through the connection",
  "ec2:DescribeRouteTables": "fails through the connection",
  "ec2:DescribeVpcAttribute": "fails through the connection",
  "ec2:DescribeNetworkInterfaces": "fails through the connection",
  "ec2:CreateNetworkInterface": "fails through the connection",
  "ec2:DeleteNetworkInterface": "fails through the connection",
  "ec2:CreateTags": "fails through the connection",
  "ec2:DeleteTags": "fails through the connection",
} as const;

describeRights(
  "rights of the stack's crawler, enforced",
  { CrawlerRole: Object.keys(ofTheCrawler) },
  (stack) => {
    describe("of the crawler", () => {
      /** A crawl of the stack's own crawler, of GBIF's bucket, or through the stack's connection. */
      const crawl = async (name: string): Promise<LastCrawlInfo> => {
        await stack()
          .glue()
          .send(new StartCrawlerCommand({ Name: name }));
        for (;;) {
          const { Crawler } = await stack()
            .glue()
            .send(new GetCrawlerCommand({ Name: name }));
          if (Crawler?.State === "READY") return Crawler.LastCrawl ?? {};
          await sleep(100);
        }
      };
      const makeCrawler = (Name: string, target: { Path: string; ConnectionName?: string }) =>
        stack()
          .glue()
          .send(
            new CreateCrawlerCommand({
              Name,
              Role: stack().machine.roleArn?.replace(/[^/]+$/, stack().roleName("CrawlerRole")),
              DatabaseName: "bison_metadata",
              Targets: { S3Targets: [target] },
            }),
          );
      const logOf = async ({
        LogGroup,
        LogStream,
        MessagePrefix = "none",
      }: LastCrawlInfo): Promise<string> => {
        const { events = [] } = await new CloudWatchLogsClient(clientConfig(stack().emulator)).send(
          new GetLogEventsCommand({ logGroupName: LogGroup, logStreamName: LogStream }),
        );
        return events
          .flatMap(({ message = "" }) => (message.includes(MessagePrefix) ? [message] : []))
          .join("\n");
      };
      beforeAll(async () => {
        await stack().put("results/crawled/known/a.parquet", "PAR1");
        await stack().put("results/crawled/parted/year=2020/a.parquet", "PAR1");
        await stack()
          .glue()
          .send(new CreateTableCommand({ DatabaseName: "bison_metadata", TableInput: { Name: "known" } }));
        await makeCrawler("gbif", { Path: `s3://${gbif}/${snapshot}` });
        await makeCrawler("through", {
          Path: `s3://${stack().bucket}/results/`,
          ConnectionName: stack().parts.Connection ?? "",
        });
      });

      it.each(["bisonflow", "gbif", "through"])("suffice for a crawl: %s", async (name) => {
        const before = stack().emulator.refusals.length;
        const last = await crawl(name);
        expect(last).toMatchObject({ Status: "SUCCEEDED" });
        expect(await logOf(last)).toMatch(/has finished running/);
        expect(await stack().refusalsSince(before)).toEqual([]);
      });

      it.each(Object.entries(ofTheCrawler))("%s is missed in a crawl: %s", async (action, how) => {
        const role = "CrawlerRole";
        if (how === "refused") {
          const { ended } = await stack().whileMissing(role, action, () =>
            makeCrawler("other", {
              Path: `s3://${stack().bucket}/`,
              ConnectionName: stack().parts.Connection ?? "",
            }).catch((error: Error) => error.message),
          );
          expect(ended).toMatch(stack().sentence(role, action));
          return;
        }
        let told: unknown[] = [];
        let followed: Printed | undefined;
        const { ended, refused } = await stack().whileMissing(role, action, async () => {
          const last = await crawl(how === "fails through the connection" ? "through" : "bisonflow");
          if (how === "has no log") told = await stack().doctorFinds();
          if (how === "says so in its log")
            followed = await toEnd(
              startBisonflow(["crawl", "--crawler", "bisonflow"], { env: stack().emulator.env }),
            );
          return last;
        });
        expect(refused).toContainEqual({ refused: action, by: stack().session(role) });
        if (how === "has no log") {
          expect(ended.Status).toBe("SUCCEEDED");
          expect(told).toContainEqual(stack().lacking(role, action));
          return;
        }
        expect(ended.Status).toBe(how === "says so in its log" ? "SUCCEEDED" : "FAILED");
        if (how === "says so in its log") {
          expect(await logOf(ended)).toMatch(stack().sentence(role, action));
          // Whoever follows the crawl is told.
          expect(followed).toMatchObject({ code: 3, stdout: "" });
          expect(followed?.stderr).toMatch(
            new RegExp(
              `no table came of it or changed\\. arn:\\S+/${stack().roleName(role)}/\\S+ may not ${action}: \\d+ files`,
            ),
          );
        } else expect(ended.ErrorMessage).toMatch(stack().sentence(role, action));
      });

      it("are had for GBIF's buckets apart from the stack's own", async () => {
        const role = "CrawlerRole";
        const ofGbif = ({ Resource }: Statement): boolean =>
          JSON.stringify(Resource).includes("gbif-open-data");
        const own = await stack().whileMissing(role, ofGbif, async () => [
          await crawl("bisonflow"),
          await crawl("gbif"),
        ]);
        expect(own.ended.map(({ Status }) => Status)).toEqual(["SUCCEEDED", "FAILED"]);
        expect(own.ended[1]?.ErrorMessage).toMatch(stack().sentence(role, "s3:ListBucket"));
      });
    });

    it("of the crawler are named by the run that waits for it", async () => {
      const { ended } = await stack().whileMissing("CrawlerRole", "glue:GetDatabase", () =>
        stack().fromState("StartCrawler"),
      );
      expect(ended.status).toBe("FAILED");
      expect(ended.cause).toMatch(/^Glue says of the crawl: /);
      expect(ended.cause).toMatch(stack().sentence("CrawlerRole", "glue:GetDatabase"));
    });
  },
);
