// Makes Parquet in the schema of GBIF's open-data snapshot, the same bytes for the same seed: six records in
// ten in the US, clustered around places as people are, species with a long tail and a range.
import { existsSync, mkdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";

const rowsOfFile = 1_000_000;

/** Writes `rows` records into files of a million each under `folder`; files that stand there are kept. */
export async function makeSnapshot({ folder, rows, seed = 42 }) {
  mkdirSync(folder, { recursive: true });
  const instance = await DuckDBInstance.create(":memory:", { threads: "2" });
  const connection = await instance.connect();
  const files = [];
  for (let first = 0; first < rows; first += rowsOfFile) {
    const path = join(folder, String(first / rowsOfFile).padStart(6, "0"));
    files.push(path);
    if (existsSync(path)) continue;
    await connection.run(snapshotSql({ first, count: Math.min(rowsOfFile, rows - first), seed, path: `${path}.new` }));
    renameSync(`${path}.new`, path);
  }
  connection.closeSync();
  instance.closeSync();
  return files;
}

function snapshotSql({ first, count, seed, path }) {
  // hash() is DuckDB's own: the same numbers for the same row on every machine.
  const random = (salt) => `((hash(i * 2654435761 + ${seed * 1000 + salt}) >> 11) / 9007199254740992.0)`;
  return `COPY (
WITH numbers AS (SELECT ${first}::BIGINT + range AS i FROM range(${count})),
draws AS (
  SELECT i, ${random(1)} AS a, ${random(2)} AS b, ${random(3)} AS c, ${random(4)} AS d, ${random(5)} AS e,
    ${random(6)} AS f, ${random(7)} AS g, ${random(8)} AS h, ${random(9)} AS k FROM numbers),
placed AS (
  SELECT *,
    a < 0.665 AS us,
    -- 4,000 places, the first ones drawn more often; a fifth of the records lie anywhere.
    floor(4000 * power(b, 2.2))::INTEGER AS place,
    -- Species: a long tail, and each place has its own part of it.
    floor(30000 * power(c, 3.5))::INTEGER AS rank
  FROM draws),
taxa AS (
  SELECT *, CASE WHEN k < 0.7 THEN (rank * 7 + (place % 40) * 613) % 30000 ELSE rank END AS sp FROM placed)
SELECT
  (4000000000 + i)::VARCHAR AS gbifid,
  '50c9509d-22c7-4a22-a47d-' || lpad((hash(place) % 400)::VARCHAR, 12, '0') AS datasetkey,
  'URN:catalog:BENCH:' || hash(i) AS occurrenceid,
  CASE WHEN sp % 3 = 0 THEN 'Plantae' ELSE 'Animalia' END AS kingdom,
  CASE WHEN sp % 3 = 0 THEN 'Tracheophyta' ELSE 'Chordata' END AS phylum,
  'Class ' || (sp % 40) AS "class", 'Order ' || (sp % 200) AS "order", 'Family ' || (sp % 900) AS family,
  'Genus' || (sp % 5000) AS genus, 'Genus' || (sp % 5000) || ' species' || sp AS species,
  NULL::VARCHAR AS infraspecificepithet,
  CASE WHEN d < 0.93 THEN 'SPECIES' WHEN d < 0.97 THEN 'SUBSPECIES' WHEN d < 0.99 THEN 'GENUS' ELSE 'FAMILY' END AS taxonrank,
  'Genus' || (sp % 5000) || ' species' || sp || ' (Author, 1900)' AS scientificname,
  'Genus' || (sp % 5000) || ' species' || sp AS verbatimscientificname, 'Author' AS verbatimscientificnameauthorship,
  CASE WHEN us THEN 'US' WHEN a < 0.8 THEN 'CA' WHEN a < 0.9 THEN 'SE' WHEN a < 0.99 THEN 'DE' END AS countrycode,
  'Park ' || place || ', trail ' || (hash(i) % 500) AS locality, 'State ' || (place % 50) AS stateprovince,
  'PRESENT' AS occurrencestatus, 1 + (hash(i * 3) % 9)::INTEGER AS individualcount,
  '28eb1a3f-1c15-4a95-931a-4af90ecb574d' AS publishingorgkey,
  CASE WHEN e < 0.015 THEN NULL WHEN us AND f < 0.8 THEN 26 + 22.5 * ((hash(place * 17 + 1) % 100000) / 100000.0) + 0.25 * (g - 0.5)
       WHEN us THEN 25 + 24 * g ELSE -60 + 130 * g END AS decimallatitude,
  CASE WHEN e < 0.015 THEN NULL WHEN us AND f < 0.8 THEN -123.5 + 55 * ((hash(place * 31 + 2) % 100000) / 100000.0) + 0.25 * (h - 0.5)
       WHEN us THEN -125 + 58 * h ELSE -180 + 360 * h END AS decimallongitude,
  CASE WHEN d < 0.4 THEN NULL ELSE floor(1000 * e) END AS coordinateuncertaintyinmeters, NULL::DOUBLE AS coordinateprecision,
  NULL::DOUBLE AS elevation, NULL::DOUBLE AS elevationaccuracy, NULL::DOUBLE AS depth, NULL::DOUBLE AS depthaccuracy,
  TIMESTAMP '1990-01-01' + to_days((hash(i * 5) % 13000)::INTEGER) AS eventdate,
  1 + (hash(i * 5) % 28)::INTEGER AS "day", 1 + (hash(i * 7) % 12)::INTEGER AS "month", 1990 + (hash(i * 5) % 36)::INTEGER AS "year",
  (5000000 + sp)::VARCHAR AS taxonkey, (5000000 + sp)::VARCHAR AS specieskey,
  CASE WHEN k < 0.92 THEN 'HUMAN_OBSERVATION' WHEN k < 0.97 THEN 'PRESERVED_SPECIMEN' ELSE 'MACHINE_OBSERVATION' END AS basisofrecord,
  'CLO' AS institutioncode, 'EBIRD' AS collectioncode, 'OBS' || hash(i * 11) AS catalognumber, NULL::VARCHAR AS recordnumber,
  []::VARCHAR[] AS identifiedby, NULL::TIMESTAMP AS dateidentified,
  CASE WHEN place % 10 < 5 THEN 'CC_BY_4_0' WHEN place % 10 < 8 THEN 'CC0_1_0' ELSE 'CC_BY_NC_4_0' END AS license,
  'holder' AS rightsholder, ['observer ' || (hash(i * 13) % 100000)] AS recordedby, []::VARCHAR[] AS typestatus,
  NULL::VARCHAR AS establishmentmeans, TIMESTAMP '2026-10-20 01:02:03' AS lastinterpreted, []::VARCHAR[] AS mediatype,
  CASE WHEN g < 0.4 THEN []::VARCHAR[] ELSE ['CONTINENT_DERIVED_FROM_COORDINATES'] END AS issue
FROM taxa) TO '${path}' (FORMAT parquet, COMPRESSION snappy)`;
}
