import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { displayWidth, printable, truncate } from "./display-width.ts";
import { renderTable } from "./table.ts";
import type { Terminal } from "./terminal.ts";

const terminal = (width: number | undefined): Terminal => ({
  write: async () => {},
  width,
  isInteractive: false,
});

describe("a table in a terminal", () => {
  it("keeps numbers whole and right, cuts long texts, names what has no room", () => {
    const table = renderTable(
      terminal(30),
      [{ title: "species" }, { title: "count", align: "right" }, { title: "more" }, { title: "rest" }],
      [
        ["Haliaeetus leucocephalus", "1,234,567", "a", null],
        ["Ara", "1", null, "z".repeat(20)],
      ],
    );
    expect(table.text.split("\n")).toEqual([
      "species            count  more",
      "-------------  ---------  ----",
      "Haliaeetus l…  1,234,567  a",
      "Ara                    1",
      "",
    ]);
    expect(table.hidden).toEqual(["rest"]);
  });

  it("is plain and whole where nobody looks", () => {
    const { text, hidden } = renderTable(
      terminal(undefined),
      [{ title: "a" }, { title: "b" }],
      [["x".repeat(300), "y"]],
    );
    expect(text).toContain(`${"x".repeat(300)}  y`);
    expect(text).not.toContain("\u001B");
    expect(hidden).toEqual([]);
  });

  it("counts the cells of wide and joined characters", () => {
    expect(displayWidth("鳥類")).toBe(4);
    expect(displayWidth("e\u0301")).toBe(1);
    expect(displayWidth("👩‍🔬🦅")).toBe(4);
    expect(displayWidth("Ñandú")).toBe(5);
    expect(truncate("鳥類図鑑", 5)).toBe("鳥類…");
    expect(truncate("鳥類図鑑", 4)).toBe("鳥…");
    const { text } = renderTable(
      terminal(20),
      [{ title: "a" }, { title: "b" }],
      [
        ["鳥類", "x"],
        ["abc", "y"],
      ],
    );
    expect(text.split("\n").slice(2, 4)).toEqual(["鳥類  x", "abc   y"]);
  });

  it("lets no data steer the terminal", () => {
    expect(printable("a\u001B[31mred\u0007\nb\tc\u202E")).toBe("a\uFFFD[31mred\uFFFD↵b c\uFFFD");
  });

  it("never draws a line wider than the terminal, unless a single number is", () => {
    const cell = fc.option(fc.string({ unit: "grapheme", maxLength: 40 }));
    fc.assert(
      fc.property(
        fc.array(fc.tuple(cell, cell, cell), { maxLength: 5 }),
        fc.integer({ min: 20, max: 100 }),
        (rows, width) => {
          const columns = [{ title: "first" }, { title: "second" }, { title: "third" }];
          for (const line of renderTable(terminal(width), columns, rows).text.split("\n")) {
            expect(displayWidth(line)).toBeLessThanOrEqual(width);
          }
        },
      ),
    );
  });
});
