import { writeFileSync } from "node:fs";
import { join } from "node:path";

/** The files of a run of a few records and one layer of two squares, by their names. Rights are the same as for many. */
export function smallInputs(): Record<"records.csv" | "squares.geojson", string> {
  const header =
    "gbifID,countryCode,decimalLatitude,decimalLongitude,taxonRank,basisOfRecord,taxonKey,speciesKey,species";
  const rows = [1, 2, 3].map(
    (id) => `${id},US,40.${id},-88.9,SPECIES,HUMAN_OBSERVATION,2435099,2435099,Puma concolor`,
  );
  const square = (west: number) => ({
    type: "Feature",
    properties: { id: `q${-west}`, name: `Square ${-west}` },
    geometry: {
      type: "Polygon",
      coordinates: [
        [
          [west, 40],
          [west + 1, 40],
          [west + 1, 41],
          [west, 41],
          [west, 40],
        ],
      ],
    },
  });
  const layer = { type: "FeatureCollection", features: [square(-89), square(-88)] };
  return {
    "records.csv": `${[header, ...rows].join("\n")}\n`,
    "squares.geojson": JSON.stringify(layer),
  };
}

/** A configuration of that run, whose files lie in `folder`; with "" beside the configuration. */
export function smallRun(folder: string): { occurrences: string[]; layers: object[] } {
  return {
    occurrences: [join(folder, "records.csv")],
    layers: [{ name: "square", path: join(folder, "squares.geojson"), idField: "id", nameField: "name" }],
  };
}

/** Writes a run of a few records, and its configuration. */
export function writeSmallRun(folder: string, config: string): void {
  for (const [name, text] of Object.entries(smallInputs())) writeFileSync(join(folder, name), text);
  writeFileSync(config, JSON.stringify({ ...smallRun(folder), cacheFolder: join(folder, "cache") }));
}
