import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Engine, openEngine } from "../engine/index.ts";
import { KeptSession } from "./kept-session.ts";

const folder = mkdtempSync(join(tmpdir(), "kept-session-"));

/** A session whose table `common` counts how often it was prepared. */
function work(spill: string) {
  const done = { prepared: 0 };
  const options = {
    spill: join(folder, spill),
    open: () => openEngine({ memoryLimitMiB: 60, tempDirectory: join(folder, spill) }),
    prepare: async (engine: Engine) => {
      done.prepared += 1;
      await engine.run("CREATE TABLE common AS SELECT 7 AS seven");
      return "common";
    },
  };
  return { done, options };
}

const seven = (engine: Engine) => engine.rows("FROM common");

describe("a kept session", () => {
  it("is prepared once for all tasks of a key, and anew for another", async () => {
    const session = new KeptSession();
    const { done, options } = work("a");
    const first = await session.use("one", options);
    const second = await session.use("one", { ...options, spill: join(folder, "b") });
    expect(second.engine).toBe(first.engine);
    expect(second.common).toBe("common");
    expect(await seven(second.engine)).toEqual([{ seven: 7 }]);
    const third = await session.use("two", options);
    expect(third.engine).not.toBe(first.engine);
    expect(done.prepared).toBe(2);
    session.close();
  });

  it("spills into the folder of the task at hand, and is not used again once it has", async () => {
    const session = new KeptSession();
    const { done, options } = work("first");
    await session.use("one", options);
    const { engine } = await session.use("one", { ...options, spill: join(folder, "second") });
    const big = "SELECT i, md5(i::VARCHAR) AS a, md5((i + 1)::VARCHAR) AS b FROM range(2000000) r(i)";
    await engine.run(`CREATE TEMP TABLE big AS ${big}`);
    expect([existsSync(join(folder, "first")), existsSync(join(folder, "second"))]).toEqual([false, true]);
    const after = await session.use("one", { ...options, spill: join(folder, "third") });
    expect(after.engine).not.toBe(engine);
    expect(await seven(after.engine)).toEqual([{ seven: 7 }]);
    expect(done.prepared).toBe(2);
    session.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it("is opened anew after what prepares it has failed", async () => {
    const session = new KeptSession();
    const { options } = work("c");
    const fails = { ...options, prepare: () => Promise.reject(new Error("no register")) };
    await expect(session.use("one", fails)).rejects.toThrow("no register");
    expect(await seven((await session.use("one", options)).engine)).toEqual([{ seven: 7 }]);
    session.close();
  });
});
