import { describe, expect, it } from "vitest";
import { multiPolygonWkb } from "../../test/support/report-sample.ts";
import { boundsOf, readPolygons } from "./wkb.ts";

const square = [
  [
    [0, 0],
    [2, 0],
    [2, 1],
    [0, 0],
  ],
];

describe("well-known binary", () => {
  it("gives the rings of every polygon", () => {
    const { type, polygons } = readPolygons(
      multiPolygonWkb({ type: "MultiPolygon", coordinates: [square, square] }),
    );
    expect(type).toBe("MultiPolygon");
    expect(polygons.map((rings) => rings.map((ring) => [...ring]))).toEqual([
      [[0, 0, 2, 0, 2, 1, 0, 0]],
      [[0, 0, 2, 0, 2, 1, 0, 0]],
    ]);
    expect(boundsOf(polygons)).toEqual([0, 0, 2, 1]);
  });

  it("is read in big-endian order too, and where it starts in the middle of a buffer", () => {
    const view = new DataView(new ArrayBuffer(7 + 13 + 64));
    view.setUint8(7, 0);
    view.setUint32(8, 3);
    view.setUint32(12, 1);
    view.setUint32(16, 4);
    for (const [i, value] of [0, 0, 2, 0, 2, 1, 0, 0].entries()) view.setFloat64(20 + 8 * i, value);
    const { type, polygons } = readPolygons(new Uint8Array(view.buffer, 7));
    expect(type).toBe("Polygon");
    expect([...(polygons[0]?.[0] ?? [])]).toEqual([0, 0, 2, 0, 2, 1, 0, 0]);
  });

  it("of nothing has no bounds", () => {
    expect(
      boundsOf(readPolygons(multiPolygonWkb({ type: "MultiPolygon", coordinates: [] })).polygons),
    ).toBeNull();
  });
});
