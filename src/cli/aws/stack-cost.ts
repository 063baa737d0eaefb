import {
  type Capacity,
  type CostLine,
  estimateRun,
  machinePrice,
  monthlyCost,
  type Prices,
  parsePrices,
  total,
} from "../../aws/cost/index.ts";
import type { AwsAccess } from "../../aws/index.ts";
import type { IntendedStack } from "../../aws/stack/index.ts";

/** What a stack costs: by the month while nothing runs, and for a run of a given size. */
export interface StackCost {
  readonly monthly: { readonly lines: readonly CostLine[]; readonly usd: number };
  readonly perBillionRecords: {
    readonly usd: number;
    readonly machineHours: number;
    readonly wallSeconds: number;
    readonly lines: readonly CostLine[];
    readonly priceFrom: string;
  };
}

/** Assumed where no plan is at hand: bytes that a record takes in the columns that are read. */
const BYTES_A_RECORD = 40;
/** Records of a task, as a plan cuts them. */
const ROWS_A_TASK = 1_500_000;
/** States that a monthly run goes through. */
const TRANSITIONS = 30;
/** Assumed size of the image. */
const IMAGE_GB = 0.3;

/** Where the tasks of a stack run, at which price. */
export async function capacityOf(
  values: Readonly<Record<string, string>>,
  options: { prices: Prices; access: AwsAccess | undefined },
): Promise<Capacity> {
  const isSpot = values.Capacity !== "EC2";
  const { machine, hourUsd, from } = await machinePrice((values.InstanceTypes ?? "").split(","), {
    isSpot,
    prices: options.prices,
    access: options.access,
  });
  return {
    machine,
    isSpot,
    hourUsd,
    hourUsdFrom: from,
    taskVcpus: Number(values.TaskVcpus),
    taskMemoryMiB: Number(values.TaskMemoryMiB),
    maxVcpus: Number(values.MaxVcpus),
    diskGiB: Number(values.ScratchGiB),
    // In another's VPC it may be NAT instead; an address is the dearer of the two a machine and hour.
    hasPublicAddress: true,
    throughNat: false,
    transitions: TRANSITIONS,
  };
}

/** What an intended stack costs. */
export async function stackCost(intended: IntendedStack, access: AwsAccess): Promise<StackCost> {
  const prices = parsePrices({});
  const { values, variant } = intended;
  const monthly = monthlyCost(
    {
      ...(variant.database ? { database: { storageGiB: Number(values.DatabaseGiB) } } : {}),
      imageGB: values.Image === "" ? IMAGE_GB : 0,
      storedGB: 0,
    },
    prices,
  );
  const capacity = await capacityOf(values, { prices, access });
  const rows = 1e9;
  const run = estimateRun(
    [
      { name: "prepare", tasks: 2, rows: 0, bytes: 0 },
      { name: "resolve", tasks: 1, rows: 0, bytes: 0 },
      { name: "annotate", tasks: Math.ceil(rows / ROWS_A_TASK), rows, bytes: rows * BYTES_A_RECORD },
      { name: "count", tasks: 1, rows, bytes: 0 },
      { name: "publish", tasks: 1, rows: 0, bytes: 0 },
    ],
    capacity,
    prices,
  );
  return {
    monthly: { lines: monthly, usd: total(monthly) },
    perBillionRecords: {
      usd: run.usd,
      machineHours: run.machineHours,
      wallSeconds: run.wallSeconds,
      lines: run.lines,
      priceFrom: capacity.hourUsdFrom,
    },
  };
}
