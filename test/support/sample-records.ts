import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { literal, openEngine } from "../../src/engine/index.ts";

/**
 * Writes seeded invented records in the schema of the open-data snapshot, `files` Parquet files of `rows` each,
 * for tests of the workflow: every rule of the profile drops some, and species recur within counties.
 */
export async function writeSampleRecords(options: {
  folder: string;
  files: number;
  rows: number;
  /** Turns the order of the rows within the files around. */
  reversed?: boolean;
}): Promise<void> {
  mkdirSync(options.folder, { recursive: true });
  const engine = await openEngine();
  for (let file = 0; file < options.files; file++) {
    const first = file * options.rows;
    const path = join(options.folder, String(file).padStart(6, "0"));
    await engine.run(`COPY (
      WITH n AS (SELECT ${first}::BIGINT + range AS i, (hash(i) % 1000) / 1000.0 AS a, (hash(i + 7777777) % 1000) / 1000.0 AS b,
          (hash(i * 31) % 1000) / 1000.0 AS c, (hash(i * 17 + 3) % 60)::INTEGER AS sp FROM range(${options.rows}))
      SELECT (1000 + i)::VARCHAR AS gbifid, 'd' || (i % 7) AS datasetkey, 'urn:' || i AS occurrenceid, 'Animalia' AS kingdom,
        'Aves' AS "class", 'Family' || (sp % 9) AS family,
        CASE WHEN a < 0.02 THEN NULL WHEN a > 0.9 THEN 'Genus other' || sp ELSE 'Genus species' || sp END AS species,
        'Genus species' || sp || ' Author' AS scientificname,
        CASE WHEN b < 0.05 THEN 'GENUS' WHEN b < 0.2 THEN 'subspecies ' ELSE 'SPECIES' END AS taxonrank,
        (9000 + sp * 2 + (b < 0.2)::INTEGER)::VARCHAR AS taxonkey, CASE WHEN a < 0.02 THEN NULL ELSE (9000 + sp * 2)::VARCHAR END AS specieskey,
        CASE WHEN c < 0.85 THEN 'US' WHEN c < 0.9 THEN 'CA' END AS countrycode, 'State' AS stateprovince, 'locality ' || i AS locality,
        CASE WHEN i % 41 = 0 THEN NULL WHEN i % 43 = 0 THEN 'nan'::DOUBLE ELSE 30 + 15 * floor(a * 12) / 12 + b / 10 END AS decimallatitude,
        CASE WHEN i % 53 = 0 THEN 181.5 ELSE -120 + 45 * floor(b * 12) / 12 + a / 10 END AS decimallongitude,
        1000 * a AS coordinateuncertaintyinmeters, TIMESTAMP '2001-01-01' + to_days((i % 8000)::INTEGER) AS eventdate,
        2001 + (i % 21)::INTEGER AS "year", 1 + (i % 12)::INTEGER AS "month", 1 + (i % 28)::INTEGER AS "day",
        CASE WHEN i % 29 = 0 THEN 'FOSSIL_SPECIMEN' ELSE 'HUMAN_OBSERVATION' END AS basisofrecord,
        CASE WHEN i % 37 = 0 THEN 'absent' WHEN i % 3 = 0 THEN NULL ELSE 'present' END AS occurrencestatus, 'INST' AS institutioncode,
        CASE WHEN a < 0.5 THEN 'CC0_1_0' ELSE 'CC_BY_4_0' END AS license,
        CASE WHEN i % 2 = 0 THEN []::VARCHAR[] WHEN i % 5 = 0 THEN NULL ELSE ['ZERO_COORDINATE'] END AS issue
      FROM n ORDER BY i ${options.reversed === true ? "DESC" : ""}
    ) TO ${literal(path)} (FORMAT parquet)`);
  }
  engine.close();
}

/** A small register in the first US-RIIS format, on the taxa of the sample. */
export const sampleRegister = `locality,scientificName,scientificNameAuthorship,vernacularName,taxonRank,Introduced or Invasive,Biocontrol,associatedTaxa,Approximate Introduction Date,IntroDateNumber,Other Names,kingdom,phylum,class,order,family,taxonomicStatus,ITIS TSN,GBIF taxonKey,Authority,associatedReferences,Acquisition Date,modified,Update Remarks,occurrenceRemarks,occurrenceID
${[
  ["L48", "Genus species1", "Introduced", "9002", "R1"],
  ["L48", "Genus species2", "Invasive", "9004", "R2"],
  ["L48", "Genus species3 sub", "invasive", "9007", "R3"],
  ["L48", "Genus species4", "Introduced", "9008", "R4"],
  ["L48", "Genus species4", "Invasive", "9008", "R5"],
  ["HI", "Genus species5", "Invasive", "9010", "R6"],
  ["L48", "Genus nokey", "Invasive", "", "R7"],
]
  .map(
    ([place, name, degree, key, id]) =>
      `${place},${name},,,Species,${degree},,,,,,Animalia,,,,,,,${key},,,,,,,${id}`,
  )
  .join("\n")}
`;
