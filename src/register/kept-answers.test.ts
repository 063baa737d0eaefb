import { spawn } from "node:child_process";
import { appendFileSync, chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { answering, exact, folder, nameOf, serve, service } from "../../test/register/match-server.ts";
import { row } from "../../test/register/row.ts";
import { IssueCounter } from "../trouble/index.ts";
import { resolveByService } from "./resolve-by-service.ts";

describe("the cache of answers", () => {
  it("holds each answer with its question, service and date", async () => {
    const { baseUrl } = await serve(answering);
    const kept = service(baseUrl, { now: () => new Date("2026-01-02T03:04:05Z") });
    await resolveByService([row("Aus bus")], kept);
    const text = readFileSync(join(kept.cacheFolder ?? "", "answers-v1.ndjson"), "utf8");
    expect(JSON.parse(text)).toEqual({
      request: "/v1/species/match?name=Aus+bus",
      service: baseUrl,
      version: "v1",
      date: "2026-01-02T03:04:05.000Z",
      body: JSON.parse(exact("Aus bus")),
    });
  });

  it("survives a torn last line: it is counted, asked again, and does not spoil the next one", async () => {
    const { baseUrl, asked } = await serve(answering);
    const issues = new IssueCounter();
    const kept = service(baseUrl, { issues });
    await resolveByService([row("Aus bus"), row("Aus cus")], kept);
    const path = join(kept.cacheFolder ?? "", "answers-v1.ndjson");
    const text = readFileSync(path, "utf8");
    writeFileSync(path, text.slice(0, -20));
    await resolveByService([row("Aus bus"), row("Aus cus")], kept);
    expect(asked.length).toBe(3);
    await resolveByService([row("Aus bus"), row("Aus cus")], kept);
    expect(asked.length).toBe(3);
    expect(issues.list()).toMatchObject([{ code: "cache-line-torn" }]);
  });

  it("does not mix services, and lets a later answer stand over an earlier one", async () => {
    const { baseUrl } = await serve(answering);
    const kept = service(baseUrl);
    await resolveByService([row("Aus bus")], kept);
    const line = {
      request: "/v1/species/match?name=Aus+bus",
      version: "v1",
      date: "2026-01-02T03:04:05.000Z",
    };
    const answer = (key: number) => ({ usageKey: key, matchType: "EXACT" });
    const path = join(kept.cacheFolder ?? "", "answers-v1.ndjson");
    appendFileSync(path, `${JSON.stringify({ ...line, service: "http://127.0.0.1:1", body: answer(1) })}\n`);
    expect((await resolveByService([row("Aus bus")], { ...kept, offline: true }))[0]?.keyUsed).toBe("7");
    appendFileSync(path, `${JSON.stringify({ ...line, service: baseUrl, body: answer(2) })}\n`);
    expect((await resolveByService([row("Aus bus")], { ...kept, offline: true }))[0]?.keyUsed).toBe("2");
  });

  it.skipIf(process.getuid?.() === 0)("says when it cannot be written", async () => {
    const { baseUrl } = await serve(answering);
    const locked = join(folder, "locked");
    mkdirSync(locked);
    chmodSync(locked, 0o500);
    await expect(
      resolveByService([row("Aus bus")], service(baseUrl, { cacheFolder: locked })),
    ).rejects.toMatchObject({
      code: "cache-unwritable",
    });
  });

  it("says when its folder cannot be made", async () => {
    const { baseUrl } = await serve(answering);
    const notAFolder = join(folder, "file");
    writeFileSync(notAFolder, "");
    const blocked = service(baseUrl, { cacheFolder: join(notAFolder, "below") });
    await expect(resolveByService([row("Aus bus")], blocked)).rejects.toMatchObject({
      code: "cache-unwritable",
    });
  });

  it("loses no answer to SIGKILL: what was counted as done is not asked again", async () => {
    const { baseUrl, asked } = await serve((request, response) => {
      setTimeout(() => response.end(exact(nameOf(request))), 2);
    });
    const cacheFolder = join(folder, "killed");
    const names = Array.from(
      { length: 400 },
      (_, index) => `Aus b${index.toString(26).replace(/\d/g, (digit) => "qrstuvwxyz"[Number(digit)] ?? "")}`,
    );
    const rows = names.map((name) => row(name));
    const script = join(folder, "ask.mjs");
    const jiti = import.meta.resolve("jiti");
    const module = fileURLToPath(new URL("./resolve-by-service.ts", import.meta.url));
    writeFileSync(
      script,
      `import { createJiti } from ${JSON.stringify(jiti)};
       const { resolveByService } = await createJiti(import.meta.url).import(${JSON.stringify(module)});
       await resolveByService(${JSON.stringify(rows)}, { baseUrl: ${JSON.stringify(baseUrl)}, version: "v1", concurrency: 4,
         cacheFolder: ${JSON.stringify(cacheFolder)}, onProgress: (done) => process.stdout.write(done + "\\n") });`,
    );
    let done = 0;
    for (let round = 0; round < 3; round++) {
      const stopAt = done + 60;
      const child = spawn(process.execPath, [script], { stdio: ["ignore", "pipe", "inherit"] });
      child.stdout.on("data", (text: Buffer) => {
        done = Math.max(done, Number(text.toString().trim().split("\n").at(-1)));
        if (done >= stopAt) child.kill("SIGKILL");
      });
      await new Promise((resolve) => child.on("close", resolve));
    }
    expect(existsSync(join(cacheFolder, "answers-v1.ndjson"))).toBe(true);
    expect(done).toBeGreaterThanOrEqual(180);
    const offline = await resolveByService(rows, { baseUrl, version: "v1", cacheFolder, offline: true });
    expect(offline.filter(({ how }) => how === "exact").length).toBeGreaterThanOrEqual(done);
    const before = asked.length;
    const rest = await resolveByService(rows, { baseUrl, version: "v1", cacheFolder });
    expect(rest.every(({ how }) => how === "exact")).toBe(true);
    expect(asked.length - before).toBeLessThanOrEqual(rows.length - done);
  });
});
