import { describe, expect, it } from "vitest";
import { type ActualCost, actualCost, type PaidAttempt } from "./actual.ts";
import { type Capacity, estimateRun, type StageFacts, tasksPerMachine } from "./estimate.ts";
import { machinePrice } from "./machine-price.ts";
import { monthlyCost } from "./monthly.ts";
import { parsePrices } from "./prices.ts";
import { attemptsOf, trafficOf } from "./read-events.ts";
import { throughput } from "./throughput.ts";

const prices = parsePrices({});

const capacity: Capacity = {
  machine: "r7g.medium",
  isSpot: false,
  hourUsd: 0.0536,
  hourUsdFrom: "a price list",
  taskVcpus: 1,
  taskMemoryMiB: 7000,
  maxVcpus: 10,
  diskGiB: 30,
  hasPublicAddress: true,
  throughNat: false,
  transitions: 0,
};

const annotate: StageFacts = { name: "annotate", tasks: 20, rows: 40_000_000, bytes: 6e9 };
const usdOf = (lines: ActualCost["lines"], what: string): number | undefined =>
  lines.find((line) => line.what.startsWith(what))?.usd;

describe("what a run will cost", () => {
  it("is machine hours, disks, addresses and requests, line by line", () => {
    const { stages, machines, machineHours, lines, usd } = estimateRun([annotate], capacity, prices);
    const fetching = 6e9 / 1e6 / throughput.megabytesPerSecond;
    const working = 40 * throughput.annotateSecondsPerMillion;
    expect(fetching).toBeGreaterThan(working);
    expect(stages[0]?.taskSeconds).toBeCloseTo(20 * throughput.startSeconds + fetching, 6);
    expect(machines).toBe(10);
    const hours = (20 * throughput.startSeconds + fetching + 10 * throughput.idleSecondsPerMachine) / 3600;
    expect(machineHours).toBeCloseTo(hours, 9);
    expect(usdOf(lines, "r7g.medium")).toBeCloseTo(hours * 0.0536, 9);
    expect(usdOf(lines, "disk")).toBeCloseTo((hours * 30 * 0.08) / 730, 9);
    expect(usdOf(lines, "public IPv4")).toBeCloseTo(hours * 0.005, 9);
    const reads = 20 * throughput.readsPerTask + Math.ceil(6e9 / throughput.bytesPerRead);
    expect(usdOf(lines, "S3 reads")).toBeCloseTo((reads / 1000) * 0.0004, 12);
    expect(usd).toBeCloseTo(
      lines.reduce((sum, line) => sum + line.usd, 0),
      12,
    );
  });

  it("takes the slower of fetching and working, since they overlap", () => {
    const few = estimateRun([{ ...annotate, bytes: 0 }], capacity, prices);
    const working = 40 * throughput.annotateSecondsPerMillion;
    expect(few.stages[0]?.taskSeconds).toBeCloseTo(20 * throughput.startSeconds + working, 6);
  });

  it("lasts as many rounds as tasks need places", () => {
    const wall = (maxVcpus: number): number =>
      estimateRun([annotate], { ...capacity, maxVcpus }, prices).stages[0]?.wallSeconds ?? 0;
    expect(wall(20)).toBeCloseTo(wall(10) / 2, 6);
    expect(wall(1)).toBeCloseTo(wall(20) * 20, 6);
  });

  it("has NAT, steps and addresses only where there are any", () => {
    const named = (more: Partial<Capacity>): string[] =>
      estimateRun([annotate], { ...capacity, ...more }, prices).lines.map(({ what }) => what);
    expect(named({ hasPublicAddress: false })).not.toContain("public IPv4 addresses");
    expect(named({})).not.toContain("NAT gateway");
    const lines = estimateRun([annotate], { ...capacity, throughNat: true, transitions: 40 }, prices).lines;
    expect(usdOf(lines, "NAT")).toBeCloseTo(6 * 0.045, 9);
    expect(usdOf(lines, "steps")).toBeCloseTo((40 / 1000) * 0.025, 12);
  });

  it("is nothing for a plan of which all is done", () => {
    expect(estimateRun([{ ...annotate, tasks: 0 }], capacity, prices)).toMatchObject({ usd: 0, machines: 0 });
  });

  it("puts as many tasks on a machine as processors and memory allow", () => {
    const large = { vcpus: 2, memoryMiB: 16_384 };
    expect(tasksPerMachine(large, { taskVcpus: 1, taskMemoryMiB: 7000 })).toBe(2);
    expect(tasksPerMachine(large, { taskVcpus: 1, taskMemoryMiB: 8000 })).toBe(1);
    expect(tasksPerMachine(large, { taskVcpus: 1, taskMemoryMiB: 20_000 })).toBe(1);
  });
});

const attempt = (more: Partial<PaidAttempt>): PaidAttempt => ({
  stage: "annotate",
  index: 0,
  attempt: 1,
  end: "done",
  started: "2026-11-24T10:00:00.000Z",
  seconds: 60,
  vcpus: 1,
  memoryMiB: 7000,
  ...more,
});
const charged = { machine: "r7g.medium", hourUsd: 0.06, isSpot: true, diskGiB: 0, hasPublicAddress: false };

describe("what a run did cost", () => {
  it("charges every attempt to its stage, the lost ones too", () => {
    const { stages, wallSeconds, usd } = actualCost(
      [
        attempt({}),
        attempt({ index: 1, end: "lost", seconds: 30 }),
        attempt({ index: 1, attempt: 2, started: "2026-11-24T10:01:00.000Z", seconds: 90 }),
        attempt({ stage: "count", started: "2026-11-24T10:03:00.000Z", seconds: 120 }),
      ],
      charged,
      prices,
    );
    expect(stages.map(({ stage }) => stage)).toEqual(["annotate", "count"]);
    expect(stages[0]).toMatchObject({
      tasks: 2,
      attempts: 3,
      again: { lost: 1 },
      seconds: 180,
      lostSeconds: 30,
    });
    expect(wallSeconds).toBe(300);
    expect(usd).toBeCloseTo((300 / 3600) * 0.06, 12);
    expect(stages.reduce((sum, stage) => sum + stage.usd, 0)).toBeCloseTo(usd, 12);
  });

  it("charges a task its share of a machine that holds several", () => {
    const on = (machine: string): number =>
      actualCost([attempt({})], { ...charged, machine }, prices).stages[0]?.machineHours ?? 0;
    expect(on("r7g.large")).toBeCloseTo(on("r7g.medium") / 2, 12);
  });

  it("is read from a run's events, each attempt once", () => {
    const { stage: _, ...rest } = attempt({});
    const line = JSON.stringify({ type: "task-attempt", stage: "annotate", job: "j:0", reason: "", ...rest });
    const again = JSON.stringify({
      type: "task-attempt",
      stage: "annotate",
      job: "j:0",
      reason: "",
      ...rest,
      attempt: 2,
    });
    const finished = JSON.stringify({ type: "run-finished", traffic: { requests: 7 } });
    const text = [line, line, again, finished, JSON.stringify({ type: "note" }), ""].join("\n");
    expect(attemptsOf(text, "events.ndjson")).toHaveLength(2);
    expect(trafficOf(text)).toBe(7);
  });

  it.each([
    ["a run on a laptop", JSON.stringify({ type: "run-finished" }), "attempts-missing"],
    ["nothing", "", "attempts-missing"],
    ["another file", "county,species\n", "events-invalid"],
    [
      "an attempt without its times",
      JSON.stringify({ type: "task-attempt", stage: "count" }),
      "events-invalid",
    ],
  ])("is not made up from %s", (_, text, code) => {
    expect(() => attemptsOf(text, "events.ndjson")).toThrow(expect.objectContaining({ code }));
  });
});

describe("prices", () => {
  it("can be replaced one by one, and machines added", () => {
    const own = parsePrices({
      s3GBMonth: 0.03,
      machines: { "r8g.medium": { vcpus: 1, memoryMiB: 8192, hourUsd: 0.06 } },
    });
    expect(own.s3GBMonth).toBe(0.03);
    expect(Object.keys(own.machines)).toEqual(expect.arrayContaining(["r7g.medium", "r8g.medium"]));
  });

  it.each([[{ s3GbMonth: 1 }], [{ s3GBMonth: -1 }], [{ s3GBMonth: "0.02" }], ["0.02"]])(
    "are refused: %j",
    (given) => {
      expect(() => parsePrices(given)).toThrow(expect.objectContaining({ code: "prices-invalid" }));
    },
  );

  it("of several machines are those of the cheapest vCPU, on demand or a share of it", async () => {
    const kinds = ["r7g.medium", "r6g.medium", "m9.huge"];
    const demand = await machinePrice(kinds, { isSpot: false, prices, access: undefined });
    expect(demand).toMatchObject({ machine: "r6g.medium", hourUsd: 0.0504 });
    const spot = await machinePrice(kinds, { isSpot: true, prices, access: undefined });
    expect(spot.hourUsd).toBeCloseTo(0.0504 * prices.spotShare, 12);
    expect(spot.from).toContain("not asked");
    await expect(
      machinePrice(["m9.huge"], { isSpot: true, prices, access: undefined }),
    ).rejects.toMatchObject({
      code: "machine-price-missing",
    });
  });

  it("of what stands there are by the month", () => {
    const lines = monthlyCost({ database: { storageGiB: 20 }, imageGB: 0, storedGB: 100 }, prices);
    expect(lines.map(({ what }) => what)).toEqual([
      "database machine",
      "database disk",
      "database password in Secrets Manager",
      "results in the bucket",
    ]);
    expect(lines.reduce((sum, { usd }) => sum + usd, 0)).toBeCloseTo(730 * 0.016 + 20 * 0.115 + 0.4 + 2.3, 9);
  });
});
