import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import { Crc32c, Crc64Nvme } from "@aws-sdk/checksums/crc";

/** What S3 can say of an object's bytes, the cheapest to compute first. */
const algorithms = ["CRC32", "CRC32C", "SHA1", "SHA256", "CRC64NVME"] as const;
type Algorithm = (typeof algorithms)[number];

/** A checksum that an object carries: of all its bytes, or of the checksums of its `parts`. */
export interface ObjectChecksum {
  readonly algorithm: Algorithm;
  /** Base64. */
  readonly value: string;
  /** How many parts it is made of; undefined for one over the whole. */
  readonly parts: number | undefined;
}

/** The fields of an answer of GetObject or HeadObject that tell a checksum. */
export type ChecksumFields = { readonly [A in Algorithm as `Checksum${A}`]?: string | undefined };

/** The checksum in an answer, or undefined where the object has none. */
export function checksumIn(answer: ChecksumFields): ObjectChecksum | undefined {
  for (const algorithm of algorithms) {
    const text = answer[`Checksum${algorithm}`];
    if (text === undefined) continue;
    const [value = "", parts] = text.split("-");
    return { algorithm, value, parts: parts === undefined ? undefined : Number(parts) };
  }
  return undefined;
}

/** Base64 of the CRC32 of bytes, after that of bytes before them. */
export function crc32Text(value: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes.toString("base64");
}

interface Running {
  update(bytes: Uint8Array): void;
  digest(): Promise<Uint8Array>;
}

function running(algorithm: Algorithm): Running {
  switch (algorithm) {
    case "CRC32": {
      let value = 0;
      return {
        update: (bytes) => {
          value = crc32(bytes, value);
        },
        digest: async () => Buffer.from(crc32Text(value), "base64"),
      };
    }
    case "SHA1":
    case "SHA256": {
      const hash = createHash(algorithm.toLowerCase());
      return { update: (bytes) => void hash.update(bytes), digest: async () => hash.digest() };
    }
    case "CRC32C": {
      const sum = new Crc32c();
      return { update: (bytes) => sum.update(bytes), digest: () => sum.digest() };
    }
    case "CRC64NVME": {
      const sum = new Crc64Nvme();
      return { update: (bytes) => sum.update(bytes), digest: () => sum.digest() };
    }
  }
}

/** Compares bytes that come in order with an object's checksum. */
export interface Verification {
  update(bytes: Uint8Array): void;
  /** Whether all bytes together are those of the checksum. */
  agrees(): Promise<boolean>;
}

/** `partBytes`: the length of each part, for a checksum that is made of parts' checksums. */
export function verification(expected: ObjectChecksum, partBytes: readonly number[] = []): Verification {
  if (expected.parts === undefined) {
    const sum = running(expected.algorithm);
    return {
      update: (bytes) => sum.update(bytes),
      agrees: async () => Buffer.from(await sum.digest()).toString("base64") === expected.value,
    };
  }
  const digests: Promise<Uint8Array>[] = [];
  let sum = running(expected.algorithm);
  let left = partBytes[0] ?? 0;
  const endPart = (): void => {
    digests.push(sum.digest());
    sum = running(expected.algorithm);
    left = partBytes[digests.length] ?? Number.POSITIVE_INFINITY;
  };
  return {
    update: (bytes) => {
      let rest = bytes;
      while (rest.length > 0) {
        const now = rest.subarray(0, Math.min(rest.length, left));
        sum.update(now);
        left -= now.length;
        rest = rest.subarray(now.length);
        if (left === 0) endPart();
      }
    },
    agrees: async () => {
      if (digests.length !== expected.parts) return false;
      const whole = running(expected.algorithm);
      whole.update(Buffer.concat(await Promise.all(digests)));
      return Buffer.from(await whole.digest()).toString("base64") === expected.value;
    },
  };
}
