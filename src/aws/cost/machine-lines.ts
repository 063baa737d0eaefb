import { type CostLine, line } from "./line.ts";
import { HOURS_A_MONTH, type Prices } from "./prices.ts";

/** The machine that tasks are charged by: each takes its share of one. */
export interface Charged {
  readonly machine: string;
  readonly isSpot: boolean;
  /** An hour of the machine. */
  readonly hourUsd: number;
  readonly diskGiB: number;
  readonly hasPublicAddress: boolean;
}

/** What so many hours of a machine cost: the machine, its disk, its address. */
export function machineLines(hours: number, charged: Charged, prices: Prices): CostLine[] {
  return [
    line(`${charged.machine} ${charged.isSpot ? "spot" : "on demand"}`, hours, {
      unit: "h",
      price: charged.hourUsd,
    }),
    line("disk of the machines", hours * charged.diskGiB, {
      unit: "GiB h",
      price: prices.diskGiBMonth / HOURS_A_MONTH,
    }),
    line("public IPv4 addresses", charged.hasPublicAddress ? hours : 0, {
      unit: "h",
      price: prices.publicIpv4Hour,
    }),
  ];
}
