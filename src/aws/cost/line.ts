/** A line of an account: so much of something at a price. */
export interface CostLine {
  readonly what: string;
  readonly amount: number;
  readonly unit: string;
  /** USD for one unit. */
  readonly price: number;
  readonly usd: number;
}

/** A line, multiplied out. */
export function line(
  what: string,
  amount: number,
  { unit, price }: { unit: string; price: number },
): CostLine {
  return { what, amount, unit, price, usd: amount * price };
}

/** The sum of lines. */
export function total(lines: readonly CostLine[]): number {
  return lines.reduce((sum, { usd }) => sum + usd, 0);
}
