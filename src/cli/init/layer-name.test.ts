import { describe, expect, it } from "vitest";
import { layerNames } from "./layer-name.ts";

describe("names guessed for layers", () => {
  it("say what a layer is about, else the file's own name, fit for a column", () => {
    const paths = [
      "x/cb_2021_us_county_5m.zip",
      "tl_states.gpkg",
      "AIANNH.shp",
      "PADUS3_0.gdb",
      "My Plots (2020).geojson",
      "2020 grid.fgb",
      "….fgb",
    ];
    expect(layerNames(paths)).toEqual([
      "county",
      "state",
      "aiannh",
      "padus",
      "my_plots_2020",
      "layer_2020_grid",
      "layer",
    ]);
  });

  it("are never given twice", () => {
    expect(layerNames(["county_a.zip", "county_b.zip", "county_2.zip"])).toEqual([
      "county",
      "county_2",
      "county_3",
    ]);
  });
});
