import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import type { Store } from "../../src/store/index.ts";
import { temporaryFolder } from "../support/paths.ts";

/** An implementation under test: `root` is a fresh prefix ending in "/" whose objects are this test's alone. */
export interface StoreUnderTest {
  readonly store: Store;
  readonly root: string;
}

/** What every implementation of the store port keeps; `open` is called once a test. */
export function storeContract(name: string, open: () => Promise<StoreUnderTest>): void {
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
