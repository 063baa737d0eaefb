import { describe, expect, it } from "vitest";
import { sourceOf } from "../../test/region/brute-force.ts";
import { compileLayer } from "./compile-layer.ts";
import { decodeLayer, encodeLayer } from "./encode-layer.ts";

const source = sourceOf([
  {
    id: "é",
    polygons: [
      [
        [
          [0, 0],
          [1, 0],
          [0.5, 1],
        ],
      ],
    ],
  },
  {
    id: "b",
    polygons: [
      [
        [
          [0, 0],
          [1, 0],
          [0.5, -1],
        ],
      ],
    ],
  },
]);
const layer = compileLayer(
  { ...source, coarser: [{ name: "state", ids: ["1", null], names: ["One", null] }] },
  { overlap: "all", snapMeters: 12.5 },
);
const bytes = encodeLayer(layer);

describe("a compiled layer as bytes", () => {
  it("comes back as it was, on the same memory", () => {
    const decoded = decodeLayer(bytes);
    expect(decoded).toEqual(layer);
    expect(decoded?.edges.buffer).toBe(bytes.buffer);
    expect(decoded?.coarser[0]).toEqual({
      name: "state",
      ids: ["1"],
      names: ["One"],
      of: Int32Array.of(-1, 0),
    });
  });

  it("comes back from any place in memory", () => {
    const shifted = new Uint8Array(bytes.length + 3);
    shifted.set(bytes, 3);
    expect(decodeLayer(shifted.subarray(3))).toEqual(layer);
  });

  it("is the same bytes each time", () => {
    expect(
      encodeLayer(
        compileLayer(
          { ...source, coarser: [{ name: "state", ids: ["1", null], names: ["One", null] }] },
          { overlap: "all", snapMeters: 12.5 },
        ),
      ),
    ).toEqual(bytes);
  });

  it("is refused cut short, lengthened, foreign, or with any byte changed", () => {
    for (const length of [0, 7, 31, 32, 100, bytes.length - 1])
      expect(decodeLayer(bytes.slice(0, length))).toBeUndefined();
    expect(decodeLayer(Buffer.concat([bytes, Buffer.alloc(1)]))).toBeUndefined();
    expect(decodeLayer(new TextEncoder().encode("SQLite format 3".padEnd(200)))).toBeUndefined();
    for (let at = 0; at < bytes.length; at += at < 32 ? 1 : 997) {
      // The last four bytes of the header say nothing.
      if (at >= 28 && at < 32) continue;
      const changed = bytes.slice();
      changed[at] = (changed[at] as number) ^ 1;
      expect(decodeLayer(changed), `byte ${at}`).toBeUndefined();
    }
  });
});
