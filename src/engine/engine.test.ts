import { describe, expect, it } from "vitest";
import { openEngine } from "./index.ts";

describe("a session", () => {
  it("answers in plain values", async () => {
    const engine = await openEngine();
    expect(
      await engine.rows(
        "SELECT 1 AS i, 2::BIGINT AS b, ['x', NULL] AS l, TIMESTAMP '2026-01-02 03:04:05' AS t",
      ),
    ).toEqual([{ i: 1, b: 2n, l: ["x", null], t: "2026-01-02T03:04:05.000Z" }]);
    engine.close();
  });

  it("calls a function of points for every row, in both widths", async () => {
    const engine = await openEngine();
    engine.register({
      name: "sum_of",
      returns: "integer",
      call: (xs, ys, out) => {
        for (let i = 0; i < xs.length; i++) out[i] = (xs[i] ?? 0) + (ys[i] ?? 0);
      },
    });
    engine.register({
      name: "pair_of",
      returns: "bigint",
      call: (xs, ys, out) => {
        for (let i = 0; i < xs.length; i++) {
          out[2 * i] = xs[i] ?? 0;
          out[2 * i + 1] = ys[i] ?? 0;
        }
      },
    });
    const answer = await engine.row(
      `SELECT count(*) AS rows, sum(sum_of(i::DOUBLE, 1.0)) AS total,
              sum(pair_of(i::DOUBLE, 3.0) >> 32) AS high, sum(pair_of(i::DOUBLE, 3.0) & 4294967295) AS low
       FROM range(10000) t(i) WHERE i % 2 = 0`,
    );
    expect(answer).toEqual({
      rows: 5000n,
      total: 25_000_000n - 5_000n + 5_000n,
      high: 15_000n,
      low: 24_995_000n,
    });
    engine.close();
  });
});
