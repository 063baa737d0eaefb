import type { CostLine } from "../../aws/cost/index.ts";
import { renderTable } from "../table.ts";
import type { Terminal } from "../terminal.ts";

/** Dollars as people say them: small ones with what matters of their cents. */
export function dollars(usd: number): string {
  if (usd === 0) return "0.00";
  if (usd < 0.0001) return "< 0.0001";
  return usd.toFixed(usd < 0.01 ? 4 : usd < 1 ? 3 : 2);
}

/** Lines of an account as a table. */
export function linesText(terminal: Terminal, lines: readonly CostLine[]): string {
  const { text } = renderTable(
    terminal,
    [
      { title: "what", isKey: true },
      { title: "amount", align: "right" },
      { title: "unit" },
      { title: "USD each", align: "right" },
      { title: "USD", align: "right" },
    ],
    lines.map(({ what, amount, unit, price, usd }) => [
      what,
      amount.toLocaleString("en-US", { maximumSignificantDigits: 4 }),
      unit,
      String(Number(price.toPrecision(4))),
      dollars(usd),
    ]),
  );
  return text;
}
