import { describe, expect, it } from "vitest";
import { placeOfDistribution, placeOfLocality, placeOfState, placesOf } from "./places.ts";

describe("the place of a state", () => {
  it("is Alaska, Hawaii or the lower 48 by FIPS code, postal code, ISO code or name", () => {
    expect(["02", "2", "AK", "ak", "US-AK", "Alaska", " ALASKA "].map(placeOfState)).toEqual(
      Array(7).fill("AK"),
    );
    expect(["15", "HI", "Hawaii", "Hawai‘i", "Hawaiʻi"].map(placeOfState)).toEqual(Array(5).fill("HI"));
    expect(["17", "IL", "Illinois", "01", "1", "new mexico"].map(placeOfState)).toEqual(Array(6).fill("L48"));
  });

  it("counts the District of Columbia to the lower 48", () => {
    expect(["11", "DC", "District of Columbia", "Washington, D.C."].map(placeOfState)).toEqual(
      Array(4).fill("L48"),
    );
  });

  it("is nowhere for the territories and for what is no state", () => {
    const none = [
      "72",
      "66",
      "78",
      "60",
      "69",
      "PR",
      "GU",
      "VI",
      "AS",
      "MP",
      "Puerto Rico",
      "",
      "03",
      "99",
      "Ontario",
    ];
    expect(none.map(placeOfState)).toEqual(none.map(() => null));
  });

  it("covers 48 states, Alaska, Hawaii and the District by FIPS code", () => {
    const codes = Array.from({ length: 100 }, (_, code) => String(code).padStart(2, "0"));
    const places = codes.map(placeOfState).filter((place) => place !== null);
    expect(places.length).toBe(51);
    expect(places.filter((place) => place === "L48").length).toBe(49);
  });
});

describe("the places of a register", () => {
  it("are found by state for US-RIIS and by country for GRIIS", () => {
    expect(placesOf("us-riis-v1")).toEqual({ kind: "us-states" });
    expect(placesOf("us-riis-v2")).toEqual({ kind: "us-states" });
    expect(placesOf("griis")).toEqual({ kind: "country-code" });
  });

  it("are read from US-RIIS in any case and from GRIIS by country, then location", () => {
    expect(["ak", "L48", " Hawaii", "PR"].map(placeOfLocality)).toEqual(["AK", "L48", "HI", null]);
    expect(placeOfDistribution("be", "ISO_3166-2:BE-VLG")).toBe("BE");
    expect(placeOfDistribution(null, "ISO_3166-2:BE-VLG")).toBe("BE");
    expect(placeOfDistribution(null, "ISO3166:BE")).toBe("BE");
    expect(placeOfDistribution(null, "http://marineregions.org/mrgid/65")).toBe(
      "http://marineregions.org/mrgid/65",
    );
    expect(placeOfDistribution(null, null)).toBeNull();
  });
});
