import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { answering, nameOf, serve, service } from "../../test/register/match-server.ts";
import { row } from "../../test/register/row.ts";
import { ExitCode, TaskFailure, UserError } from "../trouble/index.ts";
import { resolveByService } from "./resolve-by-service.ts";

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

  it("gives up soon where nobody is at the address, however patient with others", async () => {
    const { baseUrl, asked } = await serve((_request, response) => response.destroy());
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const rows = Array.from({ length: 50 }, (_, index) => row(`Aus b${"x".repeat(index)}`));
    const patience = { retries: 20, minDelayMs: 1, maxDelayMs: 1 };
    const refused = service(`http://127.0.0.1:${port}`, { concurrency: 1, patience });
    const error = await resolveByService(rows, refused).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(UserError);
    expect(error).toMatchObject({ code: "service-unreachable", exitCode: ExitCode.environment });
    expect((error as UserError).message).toContain("ECONNREFUSED");
    for (const wrong of ["http://127.0.0.1:9", "ftp://127.0.0.1", "somewhere"]) {
      const asked = service(wrong, { patience: { minDelayMs: 60_000 } });
      await expect(resolveByService(rows, asked)).rejects.toMatchObject({ code: "service-unreachable" });
    }
    // One that is there and breaks off is asked again as often as agreed.
    await resolveByService(rows, service(baseUrl, { concurrency: 1, patience })).catch(() => {});
    expect(asked.length).toBe(8 * 21);
  });

  it("that goes away between its answers may be back: the run can be tried again", async () => {
    const server = createServer((request, response) => {
      server.close();
      answering(request, response.setHeader("connection", "close"), 1);
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const gone = service(`http://127.0.0.1:${port}`, { concurrency: 1, patience: { minDelayMs: 1 } });
    const error = await resolveByService([row("Aus bus"), row("Aus cus")], gone).catch(
      (cause: unknown) => cause,
    );
    expect(error).toBeInstanceOf(TaskFailure);
    expect(error).toMatchObject({ retry: true, message: expect.stringContaining("1 of 2 answered") });
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
