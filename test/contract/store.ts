import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { openEngine } from "../../src/engine/index.ts";
import type { StageWant, Store } from "../../src/store/index.ts";
import { temporaryFolder } from "../support/paths.ts";

/** An implementation under test: `root` is a fresh prefix ending in "/" whose objects are this test's alone. */
export interface StoreUnderTest {
  readonly store: Store;
  readonly root: string;
}

/**
 * What every implementation of the store port keeps; `open` is called once a test. `gaps`: why a server that
 * stands for the real one cannot show something.
 */
export function storeContract(
  name: string,
  open: () => Promise<StoreUnderTest>,
  gaps: { readonly conditionalParts?: string } = {},
): void {
  const scratch = temporaryFolder();
  let files = 0;
  const fileOf = (content: string): string => {
    const path = join(scratch, `file-${files++}`);
    writeFileSync(path, content);
    return path;
  };
  const put = (store: Store, uri: string, text: string, options?: { ifAbsent?: boolean }) =>
    store.publishBytes(Buffer.from(text), uri, options);
  const text = async (store: Store, uri: string) => Buffer.from(await store.read(uri)).toString();

  describe(`the store port, ${name}`, () => {
    it("gives back the bytes that were published, whole and by half-open range", async () => {
      const { store, root } = await open();
      expect(await put(store, `${root}a/b.txt`, "0123456789")).toEqual({ published: true });
      expect(await text(store, `${root}a/b.txt`)).toBe("0123456789");
      const part = await store.read(`${root}a/b.txt`, { start: 2, end: 5 });
      expect(Buffer.from(part).toString()).toBe("234");
      const end = await store.read(`${root}a/b.txt`, { start: 8, end: 99 });
      expect(Buffer.from(end).toString()).toBe("89");
      expect((await buffer(await store.stream(`${root}a/b.txt`))).toString()).toBe("0123456789");
    });

    it("holds empty objects", async () => {
      const { store, root } = await open();
      await put(store, `${root}_SUCCESS`, "");
      expect(await store.stat(`${root}_SUCCESS`)).toMatchObject({ bytes: 0 });
      expect(await text(store, `${root}_SUCCESS`)).toBe("");
      expect(await buffer(await store.stream(`${root}_SUCCESS`))).toHaveLength(0);
    });

    it("lists recursively in the order of the names' bytes, with or without a slash at the end", async () => {
      const { store, root } = await open();
      const names = ["b/1", "b.txt", "b/a/2", "bb/3", "a b", "é", "c=1/x", "Z", "ａ", "😀"];
      for (const name of names) await put(store, root + name, name);
      const listed = async (prefix: string) => {
        const found: string[] = [];
        for await (const { uri, bytes } of store.list(root + prefix)) {
          found.push(uri.slice(root.length));
          expect(bytes).toBe(Buffer.byteLength(uri.slice(root.length)));
        }
        return found;
      };
      expect(await listed("")).toEqual([
        "Z",
        "a b",
        "b.txt",
        "b/1",
        "b/a/2",
        "bb/3",
        "c=1/x",
        "é",
        "ａ",
        "😀",
      ]);
      expect(await listed("b/")).toEqual(["b/1", "b/a/2"]);
      expect(await listed("b")).toEqual(["b.txt", "b/1", "b/a/2", "bb/3"]);
      expect(await listed("nothing/")).toEqual([]);
    });

    it("says that an object is not there, and where", async () => {
      const { store, root } = await open();
      const uri = `${root}no/such`;
      expect(await store.stat(uri)).toBeUndefined();
      for (const ask of [
        () => store.read(uri),
        () => store.stream(uri),
        () => store.identify(uri),
        () => store.stage(uri),
      ]) {
        await expect(ask()).rejects.toMatchObject({ name: "UserError", code: "not-found" });
        await expect(ask()).rejects.toThrow("no/such");
      }
    });

    it("knows a folder is no object", async () => {
      const { store, root } = await open();
      await put(store, `${root}folder/object`, "x");
      expect(await store.stat(`${root}folder`)).toBeUndefined();
      await expect(store.read(`${root}folder`)).rejects.toMatchObject({ name: "UserError" });
    });

    it("identifies by content, not by name or time", async () => {
      const { store, root } = await open();
      await put(store, `${root}one`, "same");
      await put(store, `${root}two`, "same");
      await put(store, `${root}other`, "else");
      const one = await store.identify(`${root}one`);
      expect(await store.identify(`${root}two`)).toBe(one);
      expect(await store.identify(`${root}other`)).not.toBe(one);
      await put(store, `${root}one`, "same");
      expect(await store.identify(`${root}one`)).toBe(one);
    });

    it("publishes a file and replaces what was there", async () => {
      const { store, root } = await open();
      const file = fileOf("first");
      expect(await store.publishFile(file, `${root}deep/er/out`)).toEqual({ published: true, bytes: 5 });
      expect(readFileSync(file, "utf8")).toBe("first");
      await store.publishFile(fileOf("second"), `${root}deep/er/out`);
      expect(await text(store, `${root}deep/er/out`)).toBe("second");
      // The same file twice: two names of one file on some stores.
      await store.publishFile(file, `${root}again`);
      await store.publishFile(file, `${root}again`);
      expect(await text(store, `${root}again`)).toBe("first");
    });

    it("keeps what is there when asked to publish only where nothing is", async () => {
      const { store, root } = await open();
      expect(await put(store, `${root}x`, "kept", { ifAbsent: true })).toEqual({ published: true });
      expect(await put(store, `${root}x`, "lost", { ifAbsent: true })).toEqual({ published: false });
      const late = await store.publishFile(fileOf("late"), `${root}x`, { ifAbsent: true });
      expect(late).toEqual({ published: false, bytes: 4 });
      expect(await text(store, `${root}x`)).toBe("kept");
    });

    it("has exactly one winner in every race, whose bytes stay", async () => {
      const { store, root } = await open();
      for (let round = 0; round < 5; round++) {
        const uri = `${root}race-${round}`;
        const racers = Array.from({ length: 12 }, async (_, racer) => ({
          racer,
          ...(await put(store, uri, `racer ${racer}`, { ifAbsent: true })),
        }));
        const winners = (await Promise.all(racers)).filter(({ published }) => published);
        expect(winners).toHaveLength(1);
        expect(await text(store, uri)).toBe(`racer ${winners[0]?.racer}`);
      }
    });

    it("never shows a reader anything but one whole version", async () => {
      const { store, root } = await open();
      const uri = `${root}replaced`;
      const versions = ["a", "b", "c"].map((letter) => letter.repeat(200_000));
      await put(store, uri, versions[0] ?? "");
      const writing = (async () => {
        for (let i = 0; i < 12; i++) await put(store, uri, versions[i % 3] ?? "");
      })();
      for (let i = 0; i < 24; i++) expect(versions).toContain(await text(store, uri));
      await writing;
    });

    it("stages a local path with the content and lists nothing half-written", async () => {
      const { store, root } = await open();
      await put(store, `${root}data`, "to read");
      const staged = await store.stage(`${root}data`);
      expect(readFileSync(staged.path, "utf8")).toBe("to read");
      await staged.release();
      const names: string[] = [];
      for await (const { uri } of store.list(root)) names.push(uri.slice(root.length));
      expect(names).toEqual(["data"]);
    });

    it("stages of a Parquet file at least the columns and rows that are wanted", async () => {
      const { store, root } = await open();
      const path = join(scratch, `table-${files++}.parquet`);
      const engine = await openEngine();
      await engine.run(
        `COPY (SELECT i, i % 7 AS seventh, hash(i)::VARCHAR AS text, [i, -i] AS pair FROM range(60000) t(i))
         TO '${path}' (FORMAT parquet, ROW_GROUP_SIZE 10000)`,
      );
      await store.publishFile(path, `${root}table.parquet`);
      const identity = await store.identify(`${root}table.parquet`);
      const answers = async (file: string, query: string) =>
        engine.rows(query.replace("FILE", `read_parquet('${file}', file_row_number = true)`));
      const wants: [StageWant, string][] = [
        [{}, "SELECT count(*), sum(i), bit_xor(hash(text, pair)) FROM FILE"],
        [{ columns: [], identity }, "SELECT count(*) FROM FILE"],
        [{ outline: true }, "DESCRIBE SELECT * FROM FILE"],
        [{ columns: ["TEXT", "pair"] }, "SELECT bit_xor(hash(text, pair)) FROM FILE"],
        [{ columns: ["seventh", "i"], identity }, "SELECT sum(i) FROM FILE WHERE seventh = 3"],
        [
          { columns: ["i"], rows: { start: 15_000, end: 20_000 } },
          "SELECT sum(i) FROM FILE WHERE file_row_number >= 15000 AND file_row_number < 20000",
        ],
      ];
      for (const [want, query] of wants) {
        store.prefetch?.(`${root}table.parquet`, want);
        const staged = await store.stage(`${root}table.parquet`, want);
        expect(await answers(staged.path, query)).toEqual(await answers(path, query));
        await staged.release();
      }
      engine.close();
    });

    it("publishes what is larger than one request, whole", async () => {
      const { store, root } = await open();
      const path = join(scratch, `large-${files++}`);
      const bytes = randomBytes(17 * 1024 * 1024);
      writeFileSync(path, bytes);
      expect(await store.publishFile(path, `${root}large`)).toEqual({ published: true, bytes: bytes.length });
      expect(Buffer.compare(await store.read(`${root}large`), bytes)).toBe(0);
      const staged = await store.stage(`${root}large`);
      expect(Buffer.compare(readFileSync(staged.path), bytes)).toBe(0);
      await staged.release();
      const late = await store.publishFile(path, `${root}large`, { ifAbsent: true });
      expect(late).toEqual({ published: false, bytes: bytes.length });
    });

    it.skipIf(gaps.conditionalParts)(
      `has one winner among several who publish what is larger ${gaps.conditionalParts ?? ""}`,
      async () => {
        const { store, root } = await open();
        const path = join(scratch, `large-${files++}`);
        writeFileSync(path, randomBytes(17 * 1024 * 1024));
        const races = Array.from({ length: 3 }, () =>
          store.publishFile(path, `${root}raced`, { ifAbsent: true }),
        );
        expect((await Promise.all(races)).filter(({ published }) => published)).toHaveLength(1);
      },
    );

    it("copies, where it can, replacing what was there", async () => {
      const { store, root } = await open();
      if (store.copy === undefined) return;
      await put(store, `${root}from/é and + %41`, "content");
      await put(store, `${root}to`, "before");
      await store.copy(`${root}from/é and + %41`, `${root}to`);
      expect(await text(store, `${root}to`)).toBe("content");
      expect(await text(store, `${root}from/é and + %41`)).toBe("content");
      await expect(store.copy(`${root}none`, `${root}to`)).rejects.toMatchObject({ code: "not-found" });
    });

    it("removes, and removing what is gone is no error", async () => {
      const { store, root } = await open();
      await put(store, `${root}x/y`, "1");
      await store.remove(`${root}x/y`);
      await store.remove(`${root}x/y`);
      expect(await store.stat(`${root}x/y`)).toBeUndefined();
      await put(store, `${root}x/y`, "2", { ifAbsent: true });
      expect(await text(store, `${root}x/y`)).toBe("2");
    });
  });
}
