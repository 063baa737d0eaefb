import { spawn } from "node:child_process";
import { appendFileSync, chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { noSharedData, sharedFile, temporaryFolder } from "../../test/support/paths.ts";
import { IssueCounter, TaskFailure, UserError } from "../trouble/index.ts";
import type { RegisterRow } from "./register-row.ts";
import { type MatchService, resolveByService } from "./resolve-by-service.ts";

const folder = temporaryFolder();
let made = 0;
const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

type Handler = (request: IncomingMessage, response: ServerResponse, times: number) => void;

/** A server on this machine; `times` says how often the same question was asked. */
async function serve(handler: Handler): Promise<{ baseUrl: string; asked: URL[]; most: () => number }> {
  const asked: URL[] = [];
  const times = new Map<string, number>();
  let open = 0;
  let most = 0;
  const server = createServer((request, response) => {
    const url = request.url ?? "";
    asked.push(new URL(url, "http://127.0.0.1"));
    times.set(url, (times.get(url) ?? 0) + 1);
    most = Math.max(most, ++open);
    response.on("close", () => open--);
    handler(request, response, times.get(url) ?? 1);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked, most: () => most };
}

function row(scientificName: string, more: Partial<RegisterRow> = {}): RegisterRow {
  return {
    rowId: scientificName,
    place: "L48",
    scientificName,
    authorship: null,
    kingdom: null,
    rank: null,
    givenKey: null,
    degree: "introduced",
    degreeOfEstablishment: null,
    establishmentMeans: null,
    line: 2,
    ...more,
  };
}

function service(baseUrl: string, more: Partial<MatchService> = {}): MatchService {
  return {
    baseUrl,
    version: "v1",
    cacheFolder: join(folder, String(made++)),
    patience: { minDelayMs: 5, maxDelayMs: 20, timeoutMs: 400, retries: 4 },
    ...more,
  };
}

const exact = (name: string) =>
  JSON.stringify({ usageKey: name.length, scientificName: name, canonicalName: name, matchType: "EXACT" });
const nameOf = (request: IncomingMessage) =>
  new URL(request.url ?? "", "http://x").searchParams.get("name") ?? "";
const answering: Handler = (request, response) => response.end(exact(nameOf(request)));

describe.skipIf(noSharedData)("the stored answers behind a server that fails now and then", () => {
  const lines = (version: string) =>
    readFileSync(sharedFile(`taxonomy/species-match-${version}.ndjson`), "utf8")
      .trimEnd()
      .split("\n");

  /** First question: trouble of one kind or another. From the second on: the answer. */
  const trouble: ((response: ServerResponse) => void)[] = [
    (response) => response.writeHead(503).end("busy"),
    (response) => response.writeHead(429, { "retry-after": "0" }).end(),
    (response) => response.destroy(),
    (response) => response.writeHead(500, { "content-type": "text/html" }).end("<html>oops</html>"),
    (response) => response.writeHead(200).end('{"usageKey":5,"matchTy'),
    (response) => {
      response.writeHead(200, { "content-length": "500" }).write('{"usageKey":5');
      response.destroy();
    },
    (response) => response.end("<html>a proxy's greeting</html>"),
  ];

  it("come through one by one, version 1", async () => {
    const byName = new Map<string, string>();
    for (const line of lines("v1")) {
      const { canonicalName, scientificName } = JSON.parse(line) as {
        canonicalName?: string;
        scientificName?: string;
      };
      if (canonicalName !== undefined && scientificName?.startsWith(canonicalName))
        byName.set(canonicalName, line);
    }
    const rows = [...byName.keys()].map((name) => row(name));
    let failures = 0;
    const { baseUrl, asked, most } = await serve((request, response, times) => {
      const fault = times === 1 ? trouble[failures++ % (trouble.length + 3)] : undefined;
      if (fault !== undefined) fault(response);
      else response.end(byName.get(nameOf(request)) ?? "{}");
    });
    const progress: number[] = [];
    const patient = service(baseUrl, { concurrency: 3, onProgress: (done) => progress.push(done) });
    const resolutions = await resolveByService(rows, patient);
    const counts = new Map<string, number>();
    for (const { how } of resolutions) counts.set(how, (counts.get(how) ?? 0) + 1);
    expect(Object.fromEntries(counts)).toEqual({ exact: 121, fuzzy: 1, "higher rank": 3, none: 1 });
    expect(resolutions.find(({ name }) => name === "Dinosaura")).toMatchObject({
      how: "exact",
      keyUsed: "2446984",
    });
    expect(resolutions.find(({ name }) => name === "Xyris")).toMatchObject({
      how: "higher rank",
      keyUsed: null,
      candidateKey: "2692599",
    });
    expect(most()).toBeLessThanOrEqual(3);
    expect(progress.at(0)).toBe(0);
    expect(progress.at(-1)).toBe(rows.length);
    const before = asked.length;
    expect(before).toBeGreaterThan(rows.length);
    // The second run asks nothing, and offline is the same.
    expect(await resolveByService(rows, patient)).toEqual(resolutions);
    expect(await resolveByService(rows, { ...patient, offline: true })).toEqual(resolutions);
    expect(asked.length).toBe(before);
  });

  it("come through, version 2", async () => {
    const bodies = lines("v2").map((line) => JSON.parse(line) as { request: string; body: object });
    const { baseUrl } = await serve((request, response, times) => {
      const query = new URL(request.url ?? "", "http://x").searchParams;
      const found = bodies.find(({ request: stored }) => {
        const other = new URL(stored).searchParams;
        const same = (term: string) =>
          (query.get(term) ?? "").toLowerCase() === (other.get(term) ?? "").toLowerCase();
        return !other.has("strict") && ["scientificName", "kingdom", "taxonRank", "checklistKey"].every(same);
      });
      if (times === 1) response.writeHead(503).end();
      else response.end(JSON.stringify(found?.body ?? { diagnostics: { matchType: "NONE" } }));
    });
    const rows = [
      row("Helianthus annuus", { rank: "Species" }),
      row("Anastrophyllum minutum"),
      row("Calopteryx splendens", { kingdom: "Plantae", givenKey: "1427067" }),
      row("Calopteryx fakeus"),
      row("Calopteryx", { rank: "Genus" }),
    ];
    const resolutions = await resolveByService(rows, service(baseUrl, { version: "v2" }));
    expect(
      resolutions.map(({ how, keyUsed, acceptedName, candidateKey }) => [
        how,
        keyUsed,
        acceptedName,
        candidateKey,
      ]),
    ).toEqual([
      ["exact", "9206251", "Helianthus annuus L.", null],
      ["exact", "2689422", "Sphenolobus minutus (Schreb. ex Cranz) Berggr.", null],
      ["given", "1427067", null, "7763613"],
      ["none", null, null, null],
      ["none", null, null, null],
    ]);
    expect(resolutions[2]?.note).toBe("higher rank; matches Calopteryx A.C.Sm.");
    expect(resolutions[4]?.note).toBe("Multiple equal matches for Calopteryx");
  });

  it("of the Catalogue of Life are not joined with the register's backbone keys", async () => {
    const [aves] = lines("v2").filter((line) => line.includes('"key":"V2"'));
    const body = JSON.stringify((JSON.parse(aves ?? "") as { body: object }).body);
    const { baseUrl, asked } = await serve((_request, response) => response.end(body));
    const col = service(baseUrl, { version: "v2", checklistKey: "7ddf754f" });
    const [resolution] = await resolveByService([row("Aves ignota", { givenKey: "3120284" })], col);
    expect(resolution).toMatchObject({ how: "higher rank", keyUsed: null, candidateKey: "V2" });
    expect(resolution?.note).toContain("another checklist");
    expect(asked[0]?.searchParams.get("checklistKey")).toBe("7ddf754f");
  });
});

describe("the client of the match service", () => {
  it("asks equal questions once", async () => {
    const { baseUrl, asked } = await serve(answering);
    const rows = [row("Aus bus"), row("Aus bus", { place: "HI" }), row("Aus bus", { kingdom: "Plantae" })];
    expect((await resolveByService(rows, service(baseUrl))).map(({ keyUsed }) => keyUsed)).toEqual([
      "7",
      "7",
      "7",
    ]);
    expect(asked.length).toBe(2);
  });

  it("waits as long as Retry-After says, in seconds or as a date", async () => {
    for (const header of ["1", () => new Date(Date.now() + 2000).toUTCString()]) {
      const at: number[] = [];
      const { baseUrl } = await serve((request, response, times) => {
        at.push(Date.now());
        if (times > 1) answering(request, response, times);
        else response.writeHead(429, { "retry-after": typeof header === "string" ? header : header() }).end();
      });
      await resolveByService([row("Aus bus")], service(baseUrl));
      expect((at[1] ?? 0) - (at[0] ?? 0)).toBeGreaterThanOrEqual(950);
    }
  });

  it("gives up a question that hangs, and asks it again", async () => {
    const { baseUrl } = await serve((request, response, times) => {
      if (times > 1) answering(request, response, times);
    });
    const [resolution] = await resolveByService(
      [row("Aus bus")],
      service(baseUrl, { patience: { timeoutMs: 100, minDelayMs: 5 } }),
    );
    expect(resolution?.how).toBe("exact");
  });

  it("does not ask again what is refused, and lists it", async () => {
    const { baseUrl, asked } = await serve((request, response, times) => {
      if (nameOf(request) === "Aus malus") response.writeHead(400).end("bad name");
      else answering(request, response, times);
    });
    const rows = [
      row("Aus bus"),
      row("Aus malus"),
      row("Aus malus", { rowId: "g", rank: "Species", givenKey: "12" }),
    ];
    const resolutions = await resolveByService(rows, service(baseUrl, { concurrency: 1 }));
    expect(resolutions.map(({ how, keyUsed }) => [how, keyUsed])).toEqual([
      ["exact", "7"],
      ["none", null],
      ["given", "12"],
    ]);
    expect(resolutions[1]?.note).toContain("the service refuses the name (HTTP 400 Bad Request: bad name)");
    expect(asked.length).toBe(3);
  });

  it("blames the address when everything is refused", async () => {
    const { baseUrl, asked } = await serve((_request, response) => response.writeHead(404).end("not here"));
    const rows = Array.from({ length: 50 }, (_, index) => row(`Aus bus${"x".repeat(index)}`));
    const error = await resolveByService(rows, service(baseUrl, { concurrency: 2 })).catch(
      (cause: unknown) => cause,
    );
    expect(error).toBeInstanceOf(UserError);
    expect(error).toMatchObject({ code: "service-refuses" });
    expect(asked.length).toBeLessThan(12);
  });

  it("fails when names stay without an answer, keeps what was answered, and goes on from there", async () => {
    let broken = true;
    const { baseUrl, asked } = await serve((request, response, times) => {
      if (broken && nameOf(request).endsWith("z")) response.writeHead(502).end("gateway");
      else answering(request, response, times);
    });
    const rows = ["a", "b", "c", "z", "zz"].map((end) => row(`Aus b${end}`));
    const patient = service(baseUrl, { concurrency: 2, patience: { retries: 1, minDelayMs: 1 } });
    const error = await resolveByService(rows, patient).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(TaskFailure);
    expect(error).toMatchObject({ retry: true, hint: expect.stringContaining("run again") });
    expect((error as TaskFailure).message).toContain("3 of 5 answered, 2 failed");
    expect((error as TaskFailure).detail).toContain("HTTP 502 Bad Gateway: gateway");
    broken = false;
    const before = asked.length;
    expect((await resolveByService(rows, patient)).every(({ how }) => how === "exact")).toBe(true);
    expect(asked.length - before).toBe(2);
  });

  it("stops asking a service that is down", async () => {
    const { baseUrl, asked } = await serve((_request, response) => response.destroy());
    const rows = Array.from({ length: 200 }, (_, index) => row(`Aus b${"x".repeat(index)}`));
    const error = await resolveByService(
      rows,
      service(baseUrl, { patience: { retries: 1, minDelayMs: 1 } }),
    ).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(TaskFailure);
    expect(asked.length).toBeLessThan(50);
  });

  it("can be stopped at any time, keeping what it has", async () => {
    const stop = new AbortController();
    const { baseUrl } = await serve((request, response, times) => {
      if (nameOf(request) === "Aus hang") stop.abort(new Error("stopped by the user"));
      else answering(request, response, times);
    });
    const rows = [row("Aus bus"), row("Aus hang"), row("Aus cus")];
    const stopped = service(baseUrl, {
      concurrency: 1,
      signal: stop.signal,
      patience: { timeoutMs: 30_000 },
    });
    await expect(resolveByService(rows, stopped)).rejects.toThrow("stopped by the user");
    const { signal: _signal, ...again } = stopped;
    const offline = await resolveByService(rows, { ...again, offline: true });
    expect(offline.map(({ how }) => how)).toEqual(["exact", "none", "none"]);
  });

  it("offline says which names are missing, and falls back to their keys", async () => {
    const rows = [row("Aus bus"), row("Aus cus", { givenKey: "12" })];
    const resolutions = await resolveByService(rows, service("http://127.0.0.1:9", { offline: true }));
    expect(resolutions.map(({ how, keyUsed }) => [how, keyUsed])).toEqual([
      ["none", null],
      ["given", "12"],
    ]);
    for (const { note } of resolutions) expect(note).toContain("not in the cache");
  });

  it("uses a fuzzy match only if allowed", async () => {
    const { baseUrl } = await serve((_request, response) =>
      response.end(
        JSON.stringify({
          usageKey: 2165030,
          scientificName: "Xysticus spiethi Gertsch, 1953",
          matchType: "FUZZY",
        }),
      ),
    );
    const strict = service(baseUrl);
    expect(await resolveByService([row("Xysticus spiethii")], strict)).toMatchObject([
      {
        how: "fuzzy",
        keyUsed: null,
        candidateKey: "2165030",
        note: "matches Xysticus spiethi Gertsch, 1953",
      },
    ]);
    expect(await resolveByService([row("Xysticus spiethii")], { ...strict, allowFuzzy: true })).toMatchObject(
      [{ how: "fuzzy", keyUsed: "2165030", acceptedName: "Xysticus spiethi Gertsch, 1953" }],
    );
  });
});

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
