import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { temporaryFolder } from "../../test/support/paths.ts";
import { localStore } from "../store/index.ts";
import { noTraffic } from "./traffic.ts";
import { WorkFolder } from "./work-folder.ts";

const root = temporaryFolder();
const rest = { rows: 1, facts: {}, seconds: 1, cpuSeconds: 1, peakMemoryMiB: 1 };

async function published(key: string, traffic: typeof noTraffic) {
  const scratch = join(root, `scratch-${key}`);
  mkdirSync(scratch);
  writeFileSync(join(scratch, "part.parquet"), "records");
  const work = new WorkFolder(localStore(), join(root, "work"));
  await work.publish({ stage: "annotate", key, scratch, ...rest, traffic: () => traffic });
  return work.result("annotate", key);
}

it("keeps what a task moved, though all of its requests were sent while the one before ran", async () => {
  const traffic = { ...noTraffic, bytesRead: 663_074 };
  expect((await published("a", traffic))?.traffic).toEqual(traffic);
});

it("says nothing of moving where nothing moved", async () => {
  expect(await published("b", noTraffic)).not.toHaveProperty("traffic");
});
