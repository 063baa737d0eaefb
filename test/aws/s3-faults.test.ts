import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { ListMultipartUploadsCommand, S3Client } from "@aws-sdk/client-s3";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type S3Settings, s3Store } from "../../src/aws/s3/index.ts";
import { openEngine } from "../../src/engine/index.ts";
import type { Store } from "../../src/store/index.ts";
import { type FaultProxy, first, type SeenRequest, startFaultProxy } from "../support/fault-proxy.ts";
import { temporaryFolder } from "../support/paths.ts";
import { noVersitygw, type S3Server, startVersitygw } from "../support/s3-servers.ts";

const MiB = 1024 * 1024;
const folder = temporaryFolder();
const stagingFolder = join(folder, "staged");
let server: S3Server;
let proxy: FaultProxy;
/** Straight to the server, to prepare and to look. */
let direct: Store;
/** Small pieces and short waits, so that a few MiB show what many GiB do. */
const settings: S3Settings = {
  partBytes: 5 * MiB,
  rangeBytes: MiB,
  stallSeconds: 1,
  attempts: 3,
  firstDelayMs: 10,
};

function throughProxy(): Store {
  return s3Store({ ...server.access, endpoint: proxy.endpoint }, { stagingFolder, settings });
}

const isGet = ({ method, path }: SeenRequest): boolean => method === "GET" && !path.includes("list-type");
const isRange = (seen: SeenRequest): boolean => isGet(seen) && seen.range !== undefined;
const isPut = ({ method }: SeenRequest): boolean => method === "PUT";
const bytes = randomBytes(12 * MiB + 12_345);
const uri = "s3://faults/big.bin";
const small = "s3://faults/small.txt";
const bigFile = join(folder, "big.bin");

async function uploads(): Promise<number> {
  const { endpoint, credentials } = server.access;
  const client = new S3Client({
    region: "us-east-1",
    endpoint: endpoint ?? "",
    credentials,
    forcePathStyle: true,
  });
  const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: "faults" }));
  client.destroy();
  return Uploads.length;
}

describe.skipIf(noVersitygw)(`S3 behind a network that fails ${noVersitygw || ""}`, () => {
  beforeAll(async () => {
    server = await startVersitygw();
    proxy = await startFaultProxy(server.endpoint);
    await server.makeBucket("faults");
    writeFileSync(bigFile, bytes);
    direct = s3Store(server.access, { stagingFolder, settings });
    await direct.publishFile(bigFile, uri);
    await direct.publishBytes(Buffer.from("small"), small);
  });
  afterEach(() => {
    proxy.onRequest(() => undefined);
    proxy.forget();
  });
  afterAll(async () => {
    await proxy?.stop();
    await server?.stop();
  });

  describe("survives", () => {
    it.each([
      ["503 SlowDown", { kind: "slow-down" }],
      ["a connection that is reset before the answer", { kind: "reset" }],
      ["a connection that is reset amid the answer", { kind: "half", after: "reset" }],
      ["an answer that ends before its end", { kind: "half", after: "end" }],
      ["an answer that stands still", { kind: "half", after: "stall" }],
      ["500 InternalError", { kind: "error", status: 500, code: "InternalError" }],
    ] as const)("%s, reading whole, by range, as a stream and staging", async (_name, fault) => {
      const store = throughProxy();
      proxy.onRequest(first(1, isGet, fault));
      expect(Buffer.compare(await store.read(uri), bytes)).toBe(0);
      proxy.onRequest(first(1, isRange, fault));
      const part = await store.read(uri, { start: 1000, end: 900_000 });
      expect(Buffer.compare(part, bytes.subarray(1000, 900_000))).toBe(0);
      proxy.onRequest(first(1, isGet, fault));
      expect(Buffer.compare(await buffer(await store.stream(uri)), bytes)).toBe(0);
      proxy.onRequest(first(2, isRange, fault));
      const staged = await store.stage(uri);
      expect(Buffer.compare(readFileSync(staged.path), bytes)).toBe(0);
      await staged.release();
      expect(store.traffic?.().retries).toBeGreaterThanOrEqual(5);
    });

    it.each([
      ["503 SlowDown", { kind: "slow-down" }],
      ["a connection that is reset", { kind: "reset" }],
      ["an answer that is lost", { kind: "lost-answer" }],
    ] as const)("%s, publishing in one piece and in parts", async (_name, fault) => {
      const store = throughProxy();
      proxy.onRequest(first(1, isPut, fault));
      await store.publishBytes(Buffer.from("again"), "s3://faults/again");
      expect(Buffer.from(await direct.read("s3://faults/again")).toString()).toBe("again");
      let put = 0;
      proxy.onRequest((seen) => (isPut(seen) && ++put === 2 ? fault : undefined));
      await store.publishFile(bigFile, "s3://faults/in-parts");
      expect(Buffer.compare(await direct.read("s3://faults/in-parts"), bytes)).toBe(0);
      expect(await uploads()).toBe(0);
    });

    it("the lost answer of a conditional write: the winner knows that it won", async () => {
      const store = throughProxy();
      proxy.onRequest(first(1, isPut, { kind: "lost-answer" }));
      const won = await store.publishBytes(Buffer.from("mine"), "s3://faults/lost", { ifAbsent: true });
      expect(won).toEqual({ published: true });
      // And who comes later does not think so.
      const late = await store.publishBytes(Buffer.from("late"), "s3://faults/lost", { ifAbsent: true });
      expect(late).toEqual({ published: false });
      proxy.onRequest(
        first(1, ({ method, path }) => method === "POST" && path.includes("uploadId"), {
          kind: "lost-answer",
        }),
      );
      const parts = await store.publishFile(bigFile, "s3://faults/lost-parts", { ifAbsent: true });
      expect(parts.published).toBe(true);
      expect(await uploads()).toBe(0);
    });

    it("an answer that gives itself out to be whole and is half; a stream, which is handed on as it comes, says so", async () => {
      const store = throughProxy();
      const shortened = { kind: "shortened" } as const;
      proxy.onRequest(first(1, isGet, shortened));
      expect(Buffer.compare(await store.read(uri), bytes)).toBe(0);
      proxy.onRequest(first(2, isRange, shortened));
      expect(await store.read(uri, { start: 5, end: 500_000 })).toHaveLength(499_995);
      proxy.onRequest(first(1, isGet, shortened));
      await expect(buffer(await store.stream(uri))).rejects.toMatchObject({ code: "object-damaged" });
    });

    it("409 while another writer is at it", async () => {
      const store = throughProxy();
      const conflict = { kind: "error", status: 409, code: "ConditionalRequestConflict" } as const;
      proxy.onRequest(first(2, isPut, conflict));
      expect(await store.publishBytes(Buffer.from("x"), "s3://faults/conflict", { ifAbsent: true })).toEqual({
        published: true,
      });
    });

    it("bytes and checksums that were damaged once on the way", async () => {
      const store = throughProxy();
      for (const kind of ["flipped-byte", "wrong-checksum"] as const) {
        proxy.onRequest(first(1, isGet, { kind }));
        expect(Buffer.from(await store.read(small)).toString()).toBe("small");
      }
      proxy.onRequest(first(1, isRange, { kind: "flipped-byte" }));
      const staged = await store.stage(uri);
      expect(Buffer.compare(readFileSync(staged.path), bytes)).toBe(0);
      await staged.release();
    });
  });

  describe("says clearly", () => {
    it.each([
      ["a network that is down", { kind: "reset" }, "aws-unreachable"],
      ["answers that always break off", { kind: "half", after: "end" }, "aws-unreachable"],
      ["answers that always stand still", { kind: "half", after: "stall" }, "aws-unreachable"],
    ] as const)("that there is %s without end, as something that may pass", async (_name, fault, code) => {
      const store = throughProxy();
      proxy.onRequest((seen) => (isGet(seen) ? fault : undefined));
      await expect(store.read(small)).rejects.toMatchObject({
        name: "UserError",
        code,
        retry: true,
        exitCode: 4,
      });
      await expect(store.stage(uri, { columns: ["x"] })).rejects.toMatchObject({ code });
      await expect(store.stage(small)).rejects.toMatchObject({ code });
      expect(readdirSync(stagingFolder)).toEqual([]);
    });

    it("that there is throttling without end, as something that may pass", async () => {
      const store = throughProxy();
      proxy.onRequest(() => ({ kind: "slow-down" }));
      const throttled = { name: "UserError", code: "aws-throttled", retry: true, exitCode: 4 };
      await expect(store.publishBytes(Buffer.from("x"), "s3://faults/throttled")).rejects.toMatchObject(
        throttled,
      );
      proxy.onRequest(() => undefined);
      expect(await direct.stat("s3://faults/throttled")).toBeUndefined();
    });

    it.each(["flipped-byte", "wrong-checksum"] as const)(
      "that bytes are damaged on every try: %s",
      async (kind) => {
        const store = throughProxy();
        proxy.onRequest((seen) => (isGet(seen) ? { kind } : undefined));
        await expect(store.read(small)).rejects.toMatchObject({ code: "object-damaged" });
        await expect(buffer(await store.stream(small))).rejects.toMatchObject({ code: "object-damaged" });
        if (kind === "flipped-byte")
          await expect(store.stage(uri)).rejects.toMatchObject({ code: "object-damaged" });
        expect(readdirSync(stagingFolder)).toEqual([]);
      },
    );

    it("that an object was replaced between two ranges, and between plan and task", async () => {
      const changing = "s3://faults/changing.bin";
      await direct.publishFile(bigFile, changing);
      const identity = await direct.identify(changing);
      const store = throughProxy();
      let ranges = 0;
      proxy.onRequest((seen) => {
        if (!isRange(seen) || ++ranges !== 3) return undefined;
        return {
          kind: "meanwhile",
          happens: async () => {
            await direct.publishBytes(randomBytes(bytes.length), changing);
          },
        };
      });
      await expect(store.stage(changing)).rejects.toMatchObject({ code: "object-changed" });
      proxy.onRequest(() => undefined);
      await expect(store.stage(changing, { identity })).rejects.toMatchObject({ code: "object-changed" });
      await expect(store.stage(changing, { identity, columns: [] })).rejects.toMatchObject({
        code: "object-changed",
      });
      expect(readdirSync(stagingFolder)).toEqual([]);
    });

    it("that an object was replaced while its stream broke off", async () => {
      const changing = "s3://faults/streamed.bin";
      await direct.publishFile(bigFile, changing);
      const store = throughProxy();
      let gets = 0;
      proxy.onRequest((seen) => {
        if (!isGet(seen)) return undefined;
        gets++;
        if (gets === 1) return { kind: "half", after: "reset" };
        return {
          kind: "meanwhile",
          happens: async () => {
            await direct.publishBytes(randomBytes(bytes.length), changing);
          },
        };
      });
      await expect(buffer(await store.stream(changing))).rejects.toMatchObject({ code: "object-changed" });
    });
  });

  describe("leaves nothing half made", () => {
    it("of an upload in one piece whose bytes were damaged", async () => {
      const store = throughProxy();
      proxy.onRequest((seen) => (isPut(seen) ? { kind: "flipped-upload" } : undefined));
      await expect(store.publishBytes(Buffer.from("right"), "s3://faults/damaged")).rejects.toThrow();
      expect(await direct.stat("s3://faults/damaged")).toBeUndefined();
    });

    it.each([
      ["a part that never gets through", isPut, { kind: "reset" }],
      ["a part that was damaged", isPut, { kind: "flipped-upload" }],
      [
        "an end that is refused",
        ({ method, path }: SeenRequest) => method === "POST" && path.includes("uploadId"),
        { kind: "error", status: 403, code: "AccessDenied" },
      ],
    ] as const)("of an upload in parts with %s", async (_name, matches, fault) => {
      const store = throughProxy();
      proxy.onRequest((seen) => (matches(seen) ? fault : undefined));
      await expect(store.publishFile(bigFile, "s3://faults/failed")).rejects.toThrow();
      proxy.onRequest(() => undefined);
      expect(await direct.stat("s3://faults/failed")).toBeUndefined();
      expect(await uploads()).toBe(0);
    });
  });

  it("stages only what is wanted of a Parquet file, and no more than a twentieth beside", async () => {
    const engine = await openEngine();
    const path = join(folder, "wide.parquet");
    const columns = Array.from({ length: 30 }, (_, i) => `hash(i * ${i + 1})::VARCHAR AS c${i}`).join(", ");
    await engine.run(
      `COPY (SELECT i AS id, i % 50 AS kind, [i, i + 1] AS pair, ${columns} FROM range(200000) t(i))
       TO '${path}' (FORMAT parquet, ROW_GROUP_SIZE 40000)`,
    );
    const object = "s3://faults/wide/part.parquet";
    await direct.publishFile(path, object);
    const wanted = ["id", "KIND", "pair", "c3", "c4", "c17", "not_there"];
    const leaves = ["id", "kind", "pair", "c3", "c4", "c17"];
    const measured = await engine.row<{ chunks: bigint; footer: bigint; whole: bigint }>(
      `SELECT (SELECT sum(total_compressed_size + coalesce(bloom_filter_length, 0)) FROM parquet_metadata('${path}')
               WHERE split_part(path_in_schema, ',', 1) IN (${leaves.map((leaf) => `'${leaf}'`).join(", ")}))::BIGINT AS chunks,
         (footer_size + 8)::BIGINT AS footer, file_size_bytes::BIGINT AS whole FROM parquet_file_metadata('${path}')`,
    );
    const needed = Number(measured.chunks) + Number(measured.footer) + 4;
    expect(needed).toBeLessThan(Number(measured.whole) / 3);
    const store = throughProxy();
    const staged = await store.stage(object, { columns: wanted });
    const moved = proxy.seen.reduce((sum, { answeredBytes }) => sum + answeredBytes, 0);
    expect(moved).toBe(store.traffic?.().bytesRead);
    expect(moved).toBeLessThanOrEqual(1.05 * needed);
    expect(proxy.seen.length).toBe(store.traffic?.().requests);
    const query = (file: string) =>
      `SELECT count(*) AS n, sum(id) AS ids, bit_xor(hash(kind, pair, c3, c4, c17)) AS content,
         count(*) FILTER (kind = 7) AS seven FROM read_parquet('${file}')`;
    expect(await engine.row(query(staged.path))).toEqual(await engine.row(query(path)));
    const equality = (file: string) => `SELECT id FROM read_parquet('${file}') WHERE kind = 13 AND id < 100`;
    expect(await engine.rows(equality(staged.path))).toEqual(await engine.rows(equality(path)));
    // What was not staged fails, it is never wrong.
    await expect(engine.rows(`SELECT max(c9) FROM read_parquet('${staged.path}')`)).rejects.toThrow(
      /TProtocol/,
    );
    await staged.release();
    engine.close();
  });

  it("stages only the row groups that hold the rows", async () => {
    const engine = await openEngine();
    const object = "s3://faults/wide/part.parquet";
    const store = throughProxy();
    const all = await store.stage(object, { columns: ["id", "c5"] });
    const whole = store.traffic?.().bytesRead ?? 0;
    const rows = { start: 50_000, end: 110_000 };
    const some = await store.stage(object, { columns: ["id", "c5"], rows });
    const part = (store.traffic?.().bytesRead ?? 0) - whole;
    expect(part).toBeLessThan(whole * 0.6);
    const query = (file: string) =>
      `SELECT count(*) AS n, bit_xor(hash(id, c5)) AS content FROM read_parquet('${file}', file_row_number = true)
       WHERE file_row_number >= ${rows.start} AND file_row_number < ${rows.end}`;
    expect(await engine.row(query(some.path))).toEqual(await engine.row(query(all.path)));
    // Just where a group begins and ends.
    const groups = await engine.rows<{ group_rows: bigint }>(
      `SELECT DISTINCT ON (row_group_id) row_group_num_rows AS group_rows FROM parquet_metadata('${all.path}')
       ORDER BY row_group_id`,
    );
    const size = Number(groups[0]?.group_rows);
    const edge = { start: 2 * size, end: 3 * size };
    const border = await store.stage(object, { columns: ["id", "kind"], rows: edge });
    const counted = async (file: string, more: string) =>
      engine.row(
        `SELECT count(id) AS n, sum(id) AS ids FROM read_parquet('${file}', file_row_number = true)
         WHERE file_row_number >= ${edge.start} AND file_row_number < ${edge.end} ${more}`,
      );
    const source = join(folder, "wide.parquet");
    for (const more of ["", "AND kind = 13"])
      expect(await counted(border.path, more)).toEqual(await counted(source, more));
    await Promise.all([all, some, border].map((staged) => staged.release()));
    engine.close();
  });

  it("fetches ahead once: what was prefetched is not fetched again", async () => {
    const store = throughProxy();
    const want = { columns: ["id"] };
    store.prefetch?.("s3://faults/wide/part.parquet", want);
    store.prefetch?.("s3://faults/wide/part.parquet", want);
    const staged = await store.stage("s3://faults/wide/part.parquet", want);
    const gets = proxy.seen.filter(isGet).length;
    await staged.release();
    proxy.forget();
    const again = await store.stage("s3://faults/wide/part.parquet", want);
    expect(proxy.seen.filter(isGet).length).toBe(gets);
    await again.release();
    expect(readdirSync(stagingFolder)).toEqual([]);
  });
});
