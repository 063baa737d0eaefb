import { UserError } from "../../trouble/index.ts";
import type { AwsAccess } from "../client/index.ts";
import type { Prices } from "./prices.ts";
import { askSpotPrices } from "./spot-price.ts";

/** Which machine is reckoned with, at what price, and where that price comes from. */
export interface MachinePrice {
  readonly machine: string;
  readonly hourUsd: number;
  readonly from: string;
}

/**
 * Chooses a machine to reckon with: of several kinds the one whose vCPU costs least. Spot prices are asked of AWS; where
 * AWS cannot be asked (`access` undefined, or it refuses) a share of the price on demand is taken, and said so.
 */
export async function machinePrice(
  kinds: readonly string[],
  options: { isSpot: boolean; prices: Prices; access: AwsAccess | undefined },
): Promise<MachinePrice> {
  const { isSpot, prices, access } = options;
  const known = kinds.filter((kind) => prices.machines[kind] !== undefined);
  if (known.length === 0) {
    throw new UserError({
      code: "machine-price-missing",
      message: `${kinds.join(", ")}: no price is known of these machines; known are ${Object.keys(prices.machines).join(", ")}.`,
      hint: 'Give prices with --prices FILE: {"machines": {"r8g.medium": {"vcpus": 1, "memoryMiB": 8192, "hourUsd": 0.06}}}.',
    });
  }
  const onDemand = (machine: string): number => prices.machines[machine]?.hourUsd ?? 0;
  const demand = `price on demand in ${prices.region}, ${prices.asOf}`;
  if (!isSpot) {
    return cheapest(
      known.map((machine) => ({ machine, hourUsd: onDemand(machine), from: demand })),
      prices,
    );
  }
  const supposed = (why: string): MachinePrice =>
    cheapest(
      known.map((machine) => ({
        machine,
        hourUsd: onDemand(machine) * prices.spotShare,
        from: `${prices.spotShare} of the ${demand}: ${why}`,
      })),
      prices,
    );
  if (access === undefined) return supposed("AWS was not asked for the spot price");
  try {
    const asked = await askSpotPrices(access, known);
    if (asked.length === 0) return supposed("AWS names no spot price for it");
    return cheapest(
      asked.map(({ machine, hourUsd, zone, time }) => ({
        machine,
        hourUsd,
        from: `spot price in ${zone}, ${time.toISOString().slice(0, 10)}`,
      })),
      prices,
    );
  } catch (error) {
    // Reckoning goes on without; the line says where its price comes from.
    return supposed(
      `AWS was asked for the spot price and said: ${error instanceof Error ? error.message : error}`,
    );
  }
}

function cheapest(some: readonly MachinePrice[], prices: Prices): MachinePrice {
  const perVcpu = ({ machine, hourUsd }: MachinePrice): number =>
    hourUsd / (prices.machines[machine]?.vcpus ?? 1);
  return [...some].sort((a, b) => perVcpu(a) - perVcpu(b))[0] as MachinePrice;
}
