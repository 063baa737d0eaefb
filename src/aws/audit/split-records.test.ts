import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RecordSplitter } from "./split-records.ts";

function split(bytes: Uint8Array, sizes: readonly number[] = [bytes.length]) {
  const records: string[] = [];
  const splitter = new RecordSplitter((text) => records.push(text));
  let at = 0;
  for (let i = 0; at < bytes.length; i++) {
    const size = Math.max(1, sizes[i % sizes.length] ?? 1);
    splitter.push(bytes.subarray(at, at + size));
    at += size;
  }
  return { records, ...splitter.end() };
}
const utf8 = (text: string): Uint8Array => Buffer.from(text, "utf8");

describe("splitting a log into records", () => {
  it.each([
    ["a log of CloudTrail", '{"Records":[{"a":1},{"b":"x"}]}'],
    ["the answer of LookupEvents", '{"Events": [ {"a":1} ,\n {"b":"x"} ], "NextToken": "t"}'],
    ["a bare array", '[{"a":1},{"b":"x"}]'],
    ["lines of JSON", '{"a":1}\n{"b":"x"}\n'],
    ["objects without anything between them", '{"a":1}{"b":"x"}'],
    ["a log with a byte order mark", '\uFEFF{"Records":[{"a":1},{"b":"x"}]}'],
    ["logs one behind the other", '{"Records":[{"a":1}]}\n{"Records":[{"b":"x"}]}'],
    ["a log whose records are not first", '{"Version":["1"],"Records":[{"a":1},{"b":"x"}],"more":{}}'],
  ])("finds those of %s", (_name, text) => {
    const { records, cut } = split(utf8(text));
    expect(records.map((one) => JSON.parse(one))).toEqual([{ a: 1 }, { b: "x" }].slice(0, records.length));
    expect(records).toHaveLength(2);
    expect(cut).toBe(false);
  });

  it("hands over what stands in a record's place without being one", () => {
    expect(split(utf8('{"Records":[null, 7 ,"x",[1],{"a":1}]}')).records).toEqual([
      "null",
      "7",
      '"x"',
      "[1]",
      '{"a":1}',
    ]);
  });

  it("says that a log was cut off, and gives what was left", () => {
    expect(split(utf8('{"Records":[{"a":1},{"b":"x'))).toEqual({
      records: ['{"a":1}'],
      cut: true,
      rest: '{"b":"x',
    });
    expect(split(utf8('{"Records":[{"a":1}'))).toMatchObject({ records: ['{"a":1}'], cut: true, rest: "" });
  });

  it("finds no records in an empty log", () => {
    expect(split(utf8('{"Records":[]}'))).toEqual({ records: [], cut: false, rest: "" });
  });

  it("gives the same records wherever the bytes are cut", () => {
    const events = fc.array(fc.dictionary(fc.string(), fc.jsonValue()), { maxLength: 6 });
    const wrap = fc.constantFrom<(all: unknown[]) => string>(
      (all) => JSON.stringify({ Records: all }),
      (all) => JSON.stringify({ Records: all }, null, 1),
      (all) => JSON.stringify(all),
      (all) => all.map((one) => JSON.stringify(one)).join("\n"),
    );
    fc.assert(
      fc.property(
        events,
        wrap,
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
        (all, as, sizes) => {
          // An object with such a key is itself taken for a log.
          fc.pre(all.every((one) => !("Records" in one || "Events" in one)));
          const { records, cut } = split(utf8(as(all)), sizes);
          expect(records.map((one) => JSON.parse(one))).toEqual(JSON.parse(JSON.stringify(all)));
          expect(cut).toBe(false);
        },
      ),
      { numRuns: 300 },
    );
  });
});
