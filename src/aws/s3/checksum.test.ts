import { createHash, randomBytes } from "node:crypto";
import { crc32 } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checksumIn, crc32Text, type ObjectChecksum, verification } from "./checksum.ts";

// The check values of "123456789" that the algorithms' catalogues give.
const known: Record<ObjectChecksum["algorithm"], string> = {
  CRC32: "cbf43926",
  CRC32C: "e3069283",
  CRC64NVME: "ae8b14860a799888",
  SHA1: "f7c3bc1d808e04732adf679965ccc34ca7ae3441",
  SHA256: "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225",
};
const text = Buffer.from("123456789");

describe("an object's checksum", () => {
  it.each(Object.entries(known))("%s is that of the standards", async (algorithm, hex) => {
    const value = Buffer.from(hex, "hex").toString("base64");
    const expected = { algorithm: algorithm as ObjectChecksum["algorithm"], value, parts: undefined };
    const right = verification(expected);
    right.update(text.subarray(0, 4));
    right.update(text.subarray(4));
    expect(await right.agrees()).toBe(true);
    const wrong = verification(expected);
    wrong.update(Buffer.from("123456780"));
    expect(await wrong.agrees()).toBe(false);
  });

  it("made of parts' checksums agrees wherever the chunks are cut, and only with the right bytes", async () => {
    const lengths = [100, 100, 37];
    const bytes = randomBytes(237);
    const digests = [bytes.subarray(0, 100), bytes.subarray(100, 200), bytes.subarray(200)].map((part) =>
      createHash("sha256").update(part).digest(),
    );
    const value = createHash("sha256").update(Buffer.concat(digests)).digest("base64");
    const expected = checksumIn({ ChecksumSHA256: `${value}-3` });
    expect(expected).toEqual({ algorithm: "SHA256", value, parts: 3 });
    if (expected === undefined) return;
    const feed = async (all: Buffer, cuts: readonly number[]): Promise<boolean> => {
      const check = verification(expected, lengths);
      let from = 0;
      for (const cut of [...cuts].sort((a, b) => a - b)) {
        check.update(all.subarray(from, cut));
        from = cut;
      }
      check.update(all.subarray(from));
      return check.agrees();
    };
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(237)), fc.nat(236), async (cuts, at) => {
        expect(await feed(bytes, cuts)).toBe(true);
        const other = Buffer.from(bytes);
        other[at] = (other[at] ?? 0) ^ 1;
        expect(await feed(other, cuts)).toBe(false);
        expect(
          await feed(
            bytes.subarray(0, at),
            cuts.filter((cut) => cut < at),
          ),
        ).toBe(false);
      }),
    );
  });

  it("is written as S3 does", () => {
    expect(crc32Text(crc32(text))).toBe(Buffer.from(known.CRC32, "hex").toString("base64"));
    expect(checksumIn({})).toBeUndefined();
  });
});
