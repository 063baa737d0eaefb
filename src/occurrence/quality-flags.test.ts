import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { textRelation } from "../../test/occurrence/text-relation.ts";
import { type Engine, openEngine } from "../engine/index.ts";
import { qualityFlags } from "./index.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine();
});
afterAll(() => engine.close());

describe("quality flags", () => {
  async function flagged(
    name: string,
    context: Parameters<typeof qualityFlags>[1],
    rows: readonly object[],
  ): Promise<boolean[]> {
    const columns = {
      decimallatitude: "DOUBLE",
      decimallongitude: "DOUBLE",
      issue: "VARCHAR[]",
      swapped_inside: "BOOLEAN",
    };
    const { sql, values } = textRelation(
      rows.map((row) => ({
        decimallatitude: null,
        decimallongitude: null,
        issue: null,
        swapped_inside: null,
        ...row,
      })),
      columns,
    );
    const [flag] = qualityFlags([name], context);
    const answer = await engine.rows(`SELECT ${flag?.sql} AS f FROM ${sql}`, values);
    return answer.map(({ f }) => f as boolean);
  }
  const point = (decimallatitude: number | null, decimallongitude: number | null) => ({
    decimallatitude,
    decimallongitude,
  });

  it("are never null", async () => {
    for (const name of [
      "zero_coordinates",
      "equal_coordinates",
      "country_centroid",
      "state_centroid",
      "swapped_coordinates",
      "ZERO_COORDINATE",
    ]) {
      expect([name, await flagged(name, { centroids: [{ lon: 1, lat: 2 }] }, [{}])]).toEqual([name, [false]]);
    }
  });

  it("say what is odd", async () => {
    expect(await flagged("zero_coordinates", {}, [point(0, 0), point(0, 1)])).toEqual([true, false]);
    expect(await flagged("equal_coordinates", {}, [point(5, 5), point(5, -5)])).toEqual([true, false]);
    expect(await flagged("ZERO_COORDINATE", {}, [{ issue: "A;ZERO_COORDINATE" }, { issue: "A" }])).toEqual([
      true,
      false,
    ]);
    expect(
      await flagged("swapped_coordinates", {}, [{ swapped_inside: true }, { swapped_inside: false }]),
    ).toEqual([true, false]);
    expect(qualityFlags(["ZERO_COORDINATE"], {})[0]?.name).toBe("flag_zero_coordinate");
  });

  it("find every point within the tolerance of a centroid and no other", async () => {
    const centroids = fc.sample(
      fc.record({
        lon: fc.double({ min: -180, max: 180, noNaN: true }),
        lat: fc.double({ min: -90, max: 90, noNaN: true }),
      }),
      { numRuns: 300, seed: 3 },
    );
    const near = centroids.flatMap(({ lon, lat }, k) => [
      point(lat, lon),
      point(lat + 0.0099, lon - 0.0099),
      point(lat + 0.011, lon),
      point(lat, lon + ((k % 7) - 3) / 200),
    ]);
    const expected = near.map(({ decimallatitude, decimallongitude }) =>
      centroids.some(
        ({ lon, lat }) =>
          Math.abs((decimallatitude ?? 999) - lat) <= 0.01 &&
          Math.abs((decimallongitude ?? 999) - lon) <= 0.01,
      ),
    );
    expect(await flagged("state_centroid", { stateCentroids: centroids, centroids: [] }, near)).toEqual(
      expected,
    );
  });

  it("that nobody knows are refused", () => {
    expect(() => qualityFlags(["odd_coordinates"], {})).toThrow("no such quality flag");
    expect(() => qualityFlags(["ZERO_COORDINATES"], {})).toThrow("ZERO_COORDINATES");
  });
});
