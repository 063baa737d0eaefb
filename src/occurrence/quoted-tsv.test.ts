import { describe, expect, it } from "vitest";
import { sniffTable } from "./sniff-table.ts";

const header = "scientificName\tdecimalLatitude\tlocality\toccurrenceID\n";
const row = (locality: string, id: string): string => `Puma concolor\t40.5\t${locality}\t${id}\n`;
/** Ordinary rows, so that the odd ones are few. */
const ordinary = (count: number): string =>
  Array.from({ length: count }, (_, i) => row(`Oak ${i}`, `x${i}`)).join("");
const isQuoted = (text: string): boolean =>
  sniffTable({ text, encoding: "utf-8" }).dialect.fieldsEnclosedBy !== "";

describe("a tab-separated table quotes nothing", () => {
  it.each([
    [
      "one field begins with a quote and a later one ends with it",
      row('"Big Rock', "1") + row("Oak", "2") + row('pipe 6"', "3"),
    ],
    ["the quotes stand in two columns", `"Puma\t40.5\ta\t1\n${row("Oak", "2")}${row('6"', "3")}`],
    ["a quote begins a field that the row's last one ends", `Puma concolor\t40.5\t"Big Rock\t6"\n`],
    ["the last row has no end", `${row('"Big Rock', "1")}${row("Oak", "2")}Puma concolor\t40.5\tpipe 6"\t3`],
    ["rows lack their last fields", `${row('"Big Rock', "1")}Puma concolor\t40.5\n${row('pipe 6"', "3")}`],
    ["empty lines lie between", `${row('"Big Rock', "1")}\n${row('pipe 6"', "3")}`],
    ["whole fields are quoted that need no quotes", row('"Big Rock"', "1")],
    ["a field has a quote within", row('6" pipe', "1") + row('a "b" c', "2")],
    ["it is one of GBIF's", row('"said ""no"""', "1"), "gbifID\tdatasetKey\tlocality\tx\n"],
  ])("where %s", (_what, rows, head = header) => {
    expect(isQuoted(head + ordinary(3) + rows + ordinary(3))).toBe(false);
    expect(isQuoted((head + rows).replaceAll("\n", "\r\n"))).toBe(false);
  });
});

describe("a tab-separated table quotes", () => {
  it.each([
    ["its header does", row("a", "1"), '"scientificName"\t"decimalLatitude"\t"locality"\t"occurrenceID"\n'],
    ["a quoted field holds a tab", row('"Big\tRock"', "1")],
    ["a quoted field holds a line end", row('"Big\nRock"', "1")],
    ["the last field holds line ends", row("a", '"1\n2\n\n3"')],
    ["a quoted field holds doubled quotes", row('"said ""no"""', "1")],
    ["a quoted field holds all of them, and a row is short", `Puma\n${row('"a ""b""\tc\nd"', "1")}`],
  ])("where %s", (_what, rows, head = header) => {
    expect(isQuoted(head + ordinary(3) + rows + ordinary(3))).toBe(true);
    expect(isQuoted((head + rows).replaceAll("\n", "\r\n"))).toBe(true);
  });

  it("where most rows that quotes change are whole with them alone", () => {
    const stray = row('"Big Rock', "1") + row("Oak", "2") + row('pipe 6"', "3");
    const lines = [1, 2, 3].map((id) => row(`"Big\nRock ${id}"`, String(id))).join("");
    expect(isQuoted(header + lines + stray)).toBe(true);
    expect(isQuoted(header + stray + stray + lines.slice(0, lines.length / 3))).toBe(false);
  });

  it("also where only its beginning is looked at", () => {
    const long = ordinary(20_000);
    expect(isQuoted(header + row('"Big\nRock"', "1") + long)).toBe(true);
    expect(isQuoted(`${header}${long.slice(0, 199_000)}${row('"Big', "1")}${long}`)).toBe(false);
  });
});
