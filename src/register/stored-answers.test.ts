import { readFileSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { describe, expect, it } from "vitest";
import { nameOf, serve, service } from "../../test/register/match-server.ts";
import { row } from "../../test/register/row.ts";
import { noSharedData, sharedFile } from "../../test/support/paths.ts";
import { resolveByService } from "./resolve-by-service.ts";

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
