import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { stageRows } from "../../test/occurrence/staging.ts";
import { engineOfFile } from "../../test/support/engine.ts";
import { temporaryFolder } from "../../test/support/paths.ts";
import { dateSql } from "./cast-sql.ts";
import { parseDate } from "./index.ts";

const folder = temporaryFolder();
const engine = engineOfFile();

const digits = (least: number, most: number) =>
  fc
    .array(fc.constantFrom(..."0123456789"), { minLength: least, maxLength: most })
    .map((parts) => parts.join(""));
const two = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 0, max: 24 }).map((n) => String(n).padStart(2, "0")) },
  { weight: 1, arbitrary: fc.integer({ min: 25, max: 70 }).map(String) },
  { weight: 1, arbitrary: digits(1, 2) },
);
/** A part that is mostly right, and sometimes anything. */
const mostly = (right: readonly string[], wrong: fc.Arbitrary<string>) =>
  fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...right) }, { weight: 1, arbitrary: wrong });
const dateText = fc
  .tuple(
    mostly([""], fc.constantFrom(" ", "\u00a0", "x")),
    mostly(["2020", "1900", "1999", "9999", "0001", "0000"], digits(1, 5)),
    fc.oneof(fc.tuple(two, two), fc.array(two, { maxLength: 3 })),
    mostly(["T", " "], fc.constantFrom("t", "")),
    fc.oneof(fc.constant([]), fc.tuple(two, two), fc.tuple(two, two, two), fc.array(two, { maxLength: 3 })),
    mostly(
      ["", ".245", ".1"],
      fc.oneof(
        digits(0, 10).map((f) => `.${f}`),
        digits(1, 3).map((f) => `,${f}`),
      ),
    ),
    mostly(["", "Z", "+02:00", "-0530", "+14"], fc.constantFrom("z", " Z", "+19:00", "-00:61", "UTC", "+1")),
    mostly(["", "/2021-01-01"], fc.constantFrom("/", " /x", "\n", "/x/", "//\n")),
    mostly(["-"], fc.constantFrom("/", "/", ".")),
  )
  .map(([before, year, day, mark, time, fraction, zone, after, between]) => {
    const date = [year, ...day].join(between);
    return `${before}${date}${time.length > 0 ? mark + time.join(":") + fraction : ""}${zone}${after}`;
  });

describe("a date", () => {
  it.each([
    ["2020-05-17", "2020-05-17 00:00:00"],
    ["2020-05", "2020-05-01 00:00:00"],
    ["2020", "2020-01-01 00:00:00"],
    ["2020-05-17T10:30", "2020-05-17 10:30:00"],
    ["2020-05-17T10:30:15.123456789Z", "2020-05-17 10:30:15.123456"],
    ["2020-05-17T23:30:00-02:00", "2020-05-18 01:30:00"],
    ["2020-05-17/2020-05-19", "2020-05-17 00:00:00"],
    ["2020/2021", "2020-01-01 00:00:00"],
    ["2020-05-17/2020-05-19/2020-05-21", "2020-05-17 00:00:00"],
    ["2020/05/17", "2020-05-17 00:00:00"],
    [" 2020/5/7\u00a0", "2020-05-07 00:00:00"],
    ["2020/02/30", null],
    ["2020/17/05", null],
    ["2020/05/17/2020/05/19", null],
    ["2020/05/17T10:30", null],
    ["05/17/2020", null],
    ["R5/2020-05-17/P1Y", null],
    ["2020//", null],
    ["9999-12-31T23:59:59.999", "9999-12-31 23:59:59.999"],
    ["9999-12-31T24:00:00", null],
    ["9999-12-30T24:00:00", "9999-12-31 00:00:00"],
    ["0001-01-01T00:00:00+01:00", null],
    ["2020-02-30", null],
    ["2021-02-29", null],
    ["2020-13", null],
    ["17.5.2020", null],
    ["spring 1907", null],
    ["", null],
    ["infinity", null],
    ["epoch", null],
  ])("%j is %j, as text and in Parquet", async (text, expected) => {
    expect(parseDate(text)).toBe(expected);
    const { moment } = await engine().row<{ moment: string | null }>(
      `SELECT strftime(${dateSql("x")}, '%Y-%m-%d %H:%M:%S.%f') AS moment FROM (SELECT $1::VARCHAR AS x)`,
      [text],
    );
    expect(moment?.slice(0, expected?.length ?? 0) ?? null).toBe(expected);
  });

  it("is the same by SQL and by the reader of texts", async () => {
    const samples = fc.sample(dateText, { numRuns: 20_000, seed: 7 });
    const rows = await engine().rows<{ x: string; v: string | null }>(
      `SELECT x, strftime(${dateSql("x")}, '%Y-%m-%d %H:%M:%S.%f') AS v
       FROM (SELECT unnest(from_json($1, '["VARCHAR"]')) AS x)`,
      [JSON.stringify(samples)],
    );
    const ours = samples.map((text) => {
      const moment = parseDate(text);
      return moment === null ? null : `${moment.slice(0, 19)}.${moment.slice(20).padEnd(6, "0")}`;
    });
    expect(ours.filter((moment) => moment !== null).length).toBeGreaterThan(1000);
    const differing = samples.flatMap((text, k) =>
      rows[k]?.v === ours[k] ? [] : [[text, rows[k]?.v, ours[k]]],
    );
    expect(differing.slice(0, 10)).toEqual([]);
  });

  it("is the same staged from a text", async () => {
    const samples = fc.sample(dateText, { numRuns: 3000, seed: 8 }).map((text) => text.replaceAll("\n", ""));
    const path = join(folder, "dates.csv");
    writeFileSync(
      path,
      `species,eventDate\n${samples.map((text) => `a,${text.includes(",") ? `"${text}"` : text}\n`).join("")}`,
    );
    const { rows } = await stageRows({ engine: engine(), input: path, columns: ["eventdate"], folder });
    const known = samples.map((text) => {
      const moment = parseDate(text);
      return moment === null ? null : new Date(`${moment.replace(" ", "T")}Z`).toISOString();
    });
    // Milliseconds: what plain values show of DuckDB's microseconds is rounded.
    const near = (a: unknown, b: string | null | undefined): boolean =>
      a === null || b === null ? a === b : Math.abs(Date.parse(String(a)) - Date.parse(String(b))) <= 1;
    expect(
      rows.flatMap(({ eventdate }, k) =>
        near(eventdate, known[k]) ? [] : [[samples[k], eventdate, known[k]]],
      ),
    ).toEqual([]);
  });
});
