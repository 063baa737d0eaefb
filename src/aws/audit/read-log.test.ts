import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { localStore } from "../../store/index.ts";
import { readLog } from "./read-log.ts";

const folder = mkdtempSync(join(tmpdir(), "bisonflow-audit-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const store = localStore();

async function read(name: string, bytes: Uint8Array | string) {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  const records: unknown[] = [];
  const { damage, records: count } = await readLog(store, path, (record) => records.push(record));
  expect(count).toBe(records.length);
  return { damage, records };
}
// The same bytes each time: where zlib notices damage depends on them.
const event = (n: number): object => ({
  eventVersion: "1.09",
  eventID: String(n),
  noise: Array.from({ length: 5 }, (_, i) => createHash("sha256").update(`${n} ${i}`).digest("base64")).join(
    "",
  ),
});
const many = Array.from({ length: 500 }, (_, n) => event(n));
const log = JSON.stringify({ Records: many });

describe("reading a log", () => {
  it("takes it gzipped and plain, whatever it is called", async () => {
    expect(await read("plain.json", log)).toEqual({ damage: undefined, records: many });
    expect(await read("zipped.json", gzipSync(log))).toEqual({ damage: undefined, records: many });
  });

  it("takes what stands before the place where the compression breaks off", async () => {
    const bytes = gzipSync(log);
    const { damage, records } = await read("half.json.gz", bytes.subarray(0, bytes.length / 2));
    expect(damage).toMatch(
      /^its compression is damaged .*; of what was there \d+ records were read, 1 were not JSON$/,
    );
    expect(records.length).toBeGreaterThan(100);
    expect(records.slice(0, -1)).toEqual(many.slice(0, records.length - 1));
  });

  it("takes what stands before bytes that are wrong", async () => {
    const bytes = Buffer.from(gzipSync(log));
    bytes.fill(0xff, bytes.length / 2, bytes.length / 2 + 40);
    const { damage, records } = await read("wrong.json.gz", bytes);
    expect(damage).toContain("its compression is damaged");
    expect(records.length).toBeGreaterThan(100);
    expect(records.slice(0, 100)).toEqual(many.slice(0, 100));
  });

  it("goes on behind a record in which a quote is missing", async () => {
    const broken = log.replace('"eventID":"7"', '"eventID":"7');
    const { damage, records } = await read("quote.json", broken);
    expect(damage).toBeDefined();
    expect(records.filter((one) => one === undefined)).toHaveLength(1);
    const ids = records.flatMap((one) => (one === undefined ? [] : [(one as { eventID: string }).eventID]));
    expect(ids).toEqual(many.map((_, n) => String(n)).filter((id) => id !== "7"));
  });

  it("names what a file that is no log at all lacks", async () => {
    expect((await read("empty.json", "")).damage).toBe("it is empty");
    const text = await read("text.json", "this is not a log\nof anything\n");
    expect(text.damage).toBe("some of it is damaged; of what was there 0 records were read, 2 were not JSON");
  });

  it("says why a file cannot be opened", async () => {
    const { damage, records } = await readLog(store, join(folder, "missing.json"), () => undefined);
    expect(records).toBe(0);
    expect(damage).toContain("missing.json");
  });
});
