import { z } from "zod";
import { UserError } from "../../trouble/index.ts";

/** As AWS reckons what costs by the month. */
export const HOURS_A_MONTH = 730;

const usd = (fallback: number, description: string) =>
  z.number().min(0).default(fallback).describe(description);

/** A kind of machine: what it has, and what an hour of it costs on demand. */
const machine = z.strictObject({
  vcpus: z.number().int().min(1),
  memoryMiB: z.number().int().min(512),
  hourUsd: z.number().min(0),
});

const kind = (vcpus: number, memoryGiB: number, hourUsd: number) => ({
  vcpus,
  memoryMiB: memoryGiB * 1024,
  hourUsd,
});

const machines: Readonly<Record<string, z.output<typeof machine>>> = {
  "r6g.medium": kind(1, 8, 0.0504),
  "r6g.large": kind(2, 16, 0.1008),
  "r6g.xlarge": kind(4, 32, 0.2016),
  "r7g.medium": kind(1, 8, 0.0536),
  "r7g.large": kind(2, 16, 0.1071),
  "r7g.xlarge": kind(4, 32, 0.2142),
};

/**
 * Prices, in USD before tax. The defaults are those of us-east-1 on the date of `asOf`; a file of the same shape
 * replaces any of them.
 */
export const pricesSchema = z.strictObject({
  asOf: z.string().default("2026-11-24").describe("When these prices were written down."),
  region: z.string().default("us-east-1").describe("Where they hold."),
  machines: z
    .record(z.string(), machine)
    .default({})
    .transform((more) => ({ ...machines, ...more }))
    .describe("Kinds of machines on demand, per hour; kinds that are given are added to those known."),
  /** What spot costs of on demand when it was not asked. */
  spotShare: usd(0.4, "Spot price as a part of the price on demand, where AWS was not asked for it."),
  publicIpv4Hour: usd(0.005, "A public IPv4 address of a machine, per hour."),
  diskGiBMonth: usd(0.08, "Disk of machines (gp3), per GiB and month."),
  s3ReadsPer1000: usd(0.0004, "S3 GET and kin, per 1,000."),
  s3WritesPer1000: usd(0.005, "S3 PUT, LIST and kin, per 1,000."),
  s3GBMonth: usd(0.023, "S3 storage, per GB and month."),
  logsGB: usd(0.5, "CloudWatch Logs taken in, per GB."),
  stepTransitionsPer1000: usd(0.025, "Step Functions, per 1,000 transitions."),
  glueDpuHour: usd(0.44, "Glue crawler, per DPU and hour."),
  athenaTB: usd(5, "Athena, per TB that a query reads."),
  natHour: usd(0.045, "NAT gateway, per hour."),
  natGB: usd(0.045, "NAT gateway, per GB through it."),
  databaseHour: usd(0.016, "Database machine (db.t4g.micro), per hour."),
  databaseGiBMonth: usd(0.115, "Database disk (gp3), per GiB and month."),
  secretMonth: usd(0.4, "A secret of Secrets Manager, per month."),
  imageGBMonth: usd(0.1, "Container image in ECR, per GB and month."),
});

/** Prices that were checked. */
export type Prices = z.output<typeof pricesSchema>;

/**
 * Prices from a file's JSON over the defaults; throws a UserError `prices-invalid` naming what is wrong.
 */
export function parsePrices(given: unknown): Prices {
  const parsed = pricesSchema.safeParse(given);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new UserError({
    code: "prices-invalid",
    message: `Prices: ${issue?.path.join(".") || "the whole"}: ${issue?.message ?? "not as expected"}.`,
    hint: `Expected an object with any of ${Object.keys(pricesSchema.shape).join(", ")}.`,
  });
}
