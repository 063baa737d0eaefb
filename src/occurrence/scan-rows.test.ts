import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type RowFormat, RowScanner } from "./row-scanner.ts";
import { scanRows } from "./scan-rows.ts";

async function* chunked(bytes: Buffer, sizes: readonly number[]): AsyncGenerator<Buffer> {
  let at = 0;
  for (let k = 0; at < bytes.length; k++) {
    const size = sizes.length === 0 ? bytes.length : (sizes[k % sizes.length] as number);
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

async function scanned(bytes: Buffer, format: RowFormat, sizes: readonly number[]): Promise<unknown[]> {
  const scanner = new RowScanner(format, [0, 2]);
  const rows: unknown[] = [];
  await scanRows({
    chunks: chunked(bytes, sizes),
    scanner,
    path: "a text",
    row: (buffer, offset) => {
      const values = [0, 1].map((slot) =>
        (scanner.starts[slot] as number) < 0
          ? null
          : [buffer.toString("latin1", scanner.starts[slot], scanner.ends[slot]), scanner.shapes[slot]],
      );
      rows.push([offset, scanner.fields, scanner.empty, scanner.unclosed, scanner.astray, values]);
    },
    pause: () => undefined,
  });
  return rows;
}

const format = fc.record({
  separator: fc.constantFrom(",", "||", "\t").map((text) => Buffer.from(text)),
  terminator: fc.constantFrom("\n", "\r\n", "|\n").map((text) => Buffer.from(text)),
  quote: fc.constantFrom(-1, 0x22),
  stripReturn: fc.boolean(),
});
const text = fc
  .array(
    fc.constantFrom(
      "a",
      "bc",
      '"',
      '"',
      '""',
      ",",
      "|",
      "||",
      "\t",
      "\n",
      "\n",
      "\r",
      "\r\n",
      "|\n",
      "\ufeff",
    ),
    { maxLength: 60 },
  )
  .map((parts) => Buffer.from(parts.join("")));

describe("scanning rows", () => {
  it("finds the same rows however the text arrives", async () => {
    await fc.assert(
      fc.asyncProperty(
        text,
        format,
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 }),
        async (bytes, shape, sizes) => {
          expect(await scanned(bytes, shape, sizes)).toEqual(await scanned(bytes, shape, []));
        },
      ),
      { numRuns: 3000 },
    );
  });

  it("loses no byte: rows stand one behind the other, from the first byte to the last", async () => {
    await fc.assert(
      fc.property(text, format, (bytes, shape) => {
        const scanner = new RowScanner(shape, [0]);
        let at = 0;
        let rows = 0;
        while (at < bytes.length) {
          const next = scanner.scan(bytes, at, bytes.length, true);
          expect(next).toBeGreaterThan(at);
          at = next;
          rows++;
        }
        expect(at).toBe(bytes.length);
        // Without quotes a row ends at every terminator and nowhere else.
        if (shape.quote < 0 && shape.separator[0] !== shape.terminator[0]) {
          const ends = bytes.toString("latin1").split(Buffer.from(shape.terminator).toString("latin1"));
          expect(rows).toBe(ends.length - (ends.at(-1) === "" ? 1 : 0));
        }
      }),
      { numRuns: 3000 },
    );
  });
});
