import { spawn, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { root as checkout, temporaryFolder } from "../../../test/support/paths.ts";
import { localStore, removeLeftovers } from "../index.ts";
import { describeSystemError } from "./system-error.ts";

const folder = temporaryFolder();
const store = localStore();

async function names(prefix: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { uri } of store.list(prefix)) found.push(uri);
  return found;
}

describe("the local store", () => {
  it("takes file:// uris and refuses other schemes", async () => {
    const path = join(folder, "with space.txt");
    await store.publishBytes(Buffer.from("x"), pathToFileURL(path).href);
    expect(readFileSync(path, "utf8")).toBe("x");
    await expect(store.read("s3://bucket/key")).rejects.toMatchObject({ code: "not-a-local-path" });
  });

  it("identifies by the sha256 of the bytes", async () => {
    const path = join(folder, "abc");
    writeFileSync(path, "abc");
    expect(await store.identify(path)).toBe(
      "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    );
  });

  it("follows links, and not for ever", async () => {
    const loop = join(folder, "loop");
    mkdirSync(join(loop, "real"), { recursive: true });
    writeFileSync(join(loop, "real", "f"), "1");
    symlinkSync("..", join(loop, "real", "up"));
    symlinkSync("real", join(loop, "linked"));
    symlinkSync("nowhere", join(loop, "dangling"));
    expect(await names(`${loop}/`)).toEqual([join(loop, "linked", "f"), join(loop, "real", "f")]);
  });

  it("publishes the content behind a symbolic link", async () => {
    const target = join(folder, "link-target");
    writeFileSync(target, "content");
    symlinkSync(target, join(folder, "link"));
    await store.publishFile(join(folder, "link"), join(folder, "published"));
    writeFileSync(join(folder, "other"), "");
    await store.publishFile(join(folder, "other"), target);
    expect(readFileSync(join(folder, "published"), "utf8")).toBe("content");
  });

  it("says what is wrong when a part of the path is a file", async () => {
    const file = join(folder, "a-file");
    writeFileSync(file, "");
    for (const uri of [join(file, "x"), join(file, "x", "y")]) {
      await expect(store.publishBytes(Buffer.from("1"), uri)).rejects.toMatchObject({
        name: "UserError",
        code: "not-a-folder",
        exitCode: 4,
      });
    }
  });

  it("says so when a folder cannot be written", async () => {
    const locked = join(folder, "locked");
    mkdirSync(locked);
    chmodSync(locked, 0o500);
    const isRoot = process.geteuid?.() === 0;
    // Root may write anywhere: be nobody for a moment.
    if (isRoot) process.seteuid?.(65534);
    try {
      await expect(store.publishBytes(Buffer.from("1"), join(locked, "x"))).rejects.toMatchObject({
        code: "permission-denied",
        exitCode: 4,
      });
    } finally {
      if (isRoot) process.seteuid?.(0);
    }
  });

  it("puts what the system and other libraries refuse in plain words", () => {
    const full = Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
    expect(describeSystemError(full, "/out")).toMatchObject({ code: "disk-full", exitCode: 4 });
    const fromDuckdb = new Error('IO Error: Could not write file "x.parquet": No space left on device');
    expect(describeSystemError(fromDuckdb, "/out")?.message).toBe("/out: no space is left on the disk.");
    expect(describeSystemError(new Error("Binder Error: no column x"), "/out")).toBeUndefined();
  });

  const mayMount = spawnSync("unshare", ["-rm", "mount", "-t", "tmpfs", "tmpfs", folder]).status === 0;

  it.skipIf(!mayMount)(
    "publishes nothing and leaves nothing on a disk that is full, and says so",
    async () => {
      const disk = join(folder, "disk");
      mkdirSync(disk);
      const { output } = runModule(
        `const { localStore } = await import(${JSON.stringify(join(checkout, "src/store/index.ts"))});
      const { readdirSync, writeFileSync } = await import("node:fs");
      const store = localStore();
      const code = await store.publishBytes(Buffer.alloc(1 << 20), ${JSON.stringify(join(disk, "a/big"))}).catch((e) => e.code);
      writeFileSync(${JSON.stringify(join(folder, "elsewhere"))}, Buffer.alloc(1 << 20));
      const copied = await store.publishFile(${JSON.stringify(join(folder, "elsewhere"))}, ${JSON.stringify(join(disk, "b"))}).catch((e) => e.code);
      const small = await store.publishFile(process.argv[0], ${JSON.stringify(join(disk, "c"))}).catch((e) => e.exitCode);
      console.log(JSON.stringify([code, copied, small, readdirSync(${JSON.stringify(disk)}, { recursive: true })]));`,
        ["unshare", "-rm", "sh", "-c", `mount -t tmpfs -o size=256k tmpfs '${disk}' && exec "$@"`, "sh"],
      );
      expect(JSON.parse(await output)).toEqual(["disk-full", "disk-full", 4, ["a"]]);
    },
  );

  // Real processes, because promises of one process share its event loop.
  it("has one winner among racing processes, and a killed writer leaves only what the next run removes", async () => {
    const arena = join(folder, "arena");
    mkdirSync(arena);
    const start = Date.now() + 1500;
    const script = `
      const { publishAtomically } = await import(${JSON.stringify(join(checkout, "src/store/local/publish.ts"))});
      const { writeFile } = await import("node:fs/promises");
      await new Promise((go) => setTimeout(go, ${start} - Date.now()));
      let won = 0;
      for (let i = 0; i < 40; i++) {
        const me = String(process.pid).repeat(2000);
        if (await publishAtomically(${JSON.stringify(arena)} + "/" + i, (path) => writeFile(path, me), true)) won++;
      }
      console.log(won);`;
    const racers = Array.from({ length: 3 }, () => runModule(script));
    const won = (await Promise.all(racers.map(({ output }) => output))).map(Number);
    expect(won.reduce((a, b) => a + b)).toBe(40);
    for (const name of await names(`${arena}/`))
      expect(readFileSync(name, "utf8")).toMatch(/^(\d+?)\1{1999}$/);

    const { child, output } = runModule(`
      const { publishAtomically } = await import(${JSON.stringify(join(checkout, "src/store/local/publish.ts"))});
      const { writeFile } = await import("node:fs/promises");
      await publishAtomically(${JSON.stringify(join(arena, "killed"))}, async (path) => {
        await writeFile(path, "half");
        process.kill(process.pid, "SIGKILL");
      }, false);`);
    await output.catch(() => undefined);
    expect(child.signalCode).toBe("SIGKILL");
    expect(await store.stat(join(arena, "killed"))).toBeUndefined();
    expect(await names(`${arena}/`)).toHaveLength(40);
    expect(readdirSync(arena).filter((name) => name.startsWith(".tmp-"))).toHaveLength(1);
    expect(await removeLeftovers(arena)).toBe(1);
    expect(readdirSync(arena)).toHaveLength(40);
  });
});

/** TypeScript of this checkout in a process of its own: through jiti, since Node 20 does not strip types. */
function runModule(script: string, before: readonly string[] = []) {
  const [command = process.execPath, ...args] = [
    ...before,
    process.execPath,
    "--input-type=module",
    "-e",
    `import { createJiti } from "jiti"; const jiti = createJiti(${JSON.stringify(checkout)}); ${script.replaceAll("await import(", "await jiti.import(")}`,
  ];
  const child = spawn(command, args, { cwd: checkout, stdio: ["ignore", "pipe", "inherit"] });
  const output = new Promise<string>((done, fail) => {
    let text = "";
    child.stdout.on("data", (chunk) => {
      text += chunk;
    });
    child.on("close", (code) => (code === 0 ? done(text.trim()) : fail(new Error(`exit ${code}`))));
  });
  return { child, output };
}
