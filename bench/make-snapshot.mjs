// Makes Parquet in the schema of GBIF's open-data snapshot, the same bytes for the same seed: six records in
// ten in the US, clustered around places as people are; a few common species everywhere, and in each state a
// long tail of its own, so that cells of county and species stay far fewer than records.
import { existsSync, mkdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { usPlaces } from "./us-places.mjs";

const rowsOfFile = 1_000_000;
const speciesCount = 30_000;
/** Species that a state has; the first ones, common everywhere, are the same in all. */
const speciesOfState = 1_200;
const commonSpecies = 120;

/**
 * Writes `rows` records into files of a million each under `folder`; files that stand there are kept. Every
 * fifth species has one of `keys` (those of a register, say) as its key, so that a register finds some.
 */
export async function makeSnapshot({ folder, rows, seed = 42, keys = [], lanes = 2 }) {
  mkdirSync(folder, { recursive: true });
  const starts = Array.from({ length: Math.ceil(rows / rowsOfFile) }, (_, file) => file * rowsOfFile);
  const pathOf = (first) => join(folder, String(first / rowsOfFile).padStart(6, "0"));
  const open = starts.filter((first) => !existsSync(pathOf(first)));
  // One thread a lane: rows keep their order, so a file has the same bytes whatever the machine.
  const lane = async () => {
    const instance = await DuckDBInstance.create(":memory:", { threads: "1" });
    const connection = await instance.connect();
    await connection.run("SET disabled_optimizers = 'join_order,build_side_probe_side'");
    await makePlaces(connection);
    await makeSpecies(connection, keys);
    for (let first = open.shift(); first !== undefined; first = open.shift()) {
      const path = pathOf(first);
      await connection.run(
        snapshotSql({ first, count: Math.min(rowsOfFile, rows - first), seed, path: `${path}.new` }),
      );
      renameSync(`${path}.new`, path);
    }
    connection.closeSync();
    instance.closeSync();
  };
  await Promise.all(Array.from({ length: Math.min(lanes, open.length) }, lane));
  return starts.map(pathOf);
}

async function makePlaces(connection) {
  const places = usPlaces();
  await connection.run(
    `CREATE TABLE places AS
     SELECT place::INTEGER AS place, lon, lat, state::INTEGER AS state, state_name AS stateprovince,
       '50c9509d-22c7-4a22-a47d-' || lpad((hash(place) % 400)::VARCHAR, 12, '0') AS datasetkey,
       CASE WHEN place % 10 < 5 THEN 'CC_BY_4_0' WHEN place % 10 < 8 THEN 'CC0_1_0' ELSE 'CC_BY_NC_4_0' END AS license
     FROM (SELECT unnest(from_json($1, '[{"place":"INTEGER","lon":"DOUBLE","lat":"DOUBLE","state":"INTEGER","state_name":"VARCHAR"}]'), recursive := true))`,
    [JSON.stringify(places)],
  );
}

async function makeSpecies(connection, keys) {
  await connection.run(
    `CREATE TABLE species AS
     SELECT sp::INTEGER AS sp,
       CASE WHEN sp % 3 = 0 THEN 'Plantae' ELSE 'Animalia' END AS kingdom,
       CASE WHEN sp % 3 = 0 THEN 'Tracheophyta' ELSE 'Chordata' END AS phylum,
       'Class ' || (sp % 40) AS "class", 'Order ' || (sp % 200) AS "order", 'Family ' || (sp % 900) AS family,
       'Genus' || (sp % 5000) AS genus, 'Genus' || (sp % 5000) || ' species' || sp AS species,
       'Genus' || (sp % 5000) || ' species' || sp || ' (Author, 1900)' AS scientificname,
       CASE WHEN sp % 5 = 0 AND len(keys) > 0 THEN keys[1 + (sp // 5) % len(keys)] ELSE (50000000 + sp)::VARCHAR END AS taxonkey
     FROM (SELECT range AS sp FROM range(${speciesCount})), (SELECT from_json($1, '["VARCHAR"]') AS keys)`,
    [JSON.stringify(keys)],
  );
}

function snapshotSql({ first, count, seed, path }) {
  // hash() is DuckDB's own: the same numbers for the same row on every machine.
  const random = (salt) => `((hash(i * 2654435761 + ${seed * 1000 + salt}) >> 11) / 9007199254740992.0)`;
  return `COPY (
WITH draws AS (
  SELECT i, ${random(1)} AS a, ${random(2)} AS b, ${random(3)} AS c, ${random(4)} AS d, ${random(5)} AS e,
    ${random(6)} AS f, ${random(7)} AS g, ${random(8)} AS h, ${random(9)} AS k
  FROM (SELECT ${first}::BIGINT + range AS i FROM range(${count}))),
placed AS (
  SELECT *, a < 0.6 AS us,
    -- 4,000 places, the first ones drawn more often.
    floor(4000 * power(b, 3))::INTEGER AS place_drawn,
    floor(${speciesOfState} * power(0.2 + 0.8 * c, 6))::INTEGER AS rank
  FROM draws),
taxa AS (
  SELECT draws.*, places.*, CASE
      WHEN k < 0.01 THEN floor(${speciesCount} * g)::INTEGER
      WHEN rank < ${commonSpecies} THEN rank
      ELSE ${commonSpecies} + (rank * 19 + state * 571) % ${speciesCount - commonSpecies} END AS sp_drawn
  FROM placed draws JOIN places ON places.place = draws.place_drawn)
SELECT
  (4000000000 + i)::VARCHAR AS gbifid, datasetkey, 'URN:catalog:BENCH:' || hash(i) AS occurrenceid,
  kingdom, phylum, "class", "order", family, genus, species, NULL::VARCHAR AS infraspecificepithet,
  CASE WHEN d < 0.93 THEN 'SPECIES' WHEN d < 0.97 THEN 'SUBSPECIES' WHEN d < 0.99 THEN 'GENUS' ELSE 'FAMILY' END AS taxonrank,
  scientificname, species AS verbatimscientificname, 'Author' AS verbatimscientificnameauthorship,
  CASE WHEN us THEN 'US' WHEN a < 0.8 THEN 'CA' WHEN a < 0.9 THEN 'SE' WHEN a < 0.99 THEN 'DE' END AS countrycode,
  'Park ' || place || ', trail ' || floor(500 * f)::INTEGER AS locality, stateprovince,
  'PRESENT' AS occurrencestatus, 1 + floor(9 * g)::INTEGER AS individualcount,
  '28eb1a3f-1c15-4a95-931a-4af90ecb574d' AS publishingorgkey,
  -- Around a place as around a town: denser in the middle. A 70th without coordinates; others anywhere.
  CASE WHEN e < 0.015 THEN NULL WHEN us THEN round(lat + 0.4 * (f - 0.5) * f * (0.1 + h), 6) ELSE round(-60 + 130 * f, 6) END AS decimallatitude,
  CASE WHEN e < 0.015 THEN NULL WHEN us THEN round(lon + 0.5 * (g - 0.5) * g * (0.1 + h), 6) ELSE round(-180 + 360 * h, 6) END AS decimallongitude,
  CASE WHEN d < 0.4 THEN NULL ELSE floor(1000 * e) END AS coordinateuncertaintyinmeters, NULL::DOUBLE AS coordinateprecision,
  NULL::DOUBLE AS elevation, NULL::DOUBLE AS elevationaccuracy, NULL::DOUBLE AS depth, NULL::DOUBLE AS depthaccuracy,
  TIMESTAMP '1990-01-01' + to_days(floor(13000 * sqrt(h))::INTEGER) AS eventdate,
  1 + floor(28 * h)::INTEGER AS "day", 1 + floor(12 * g)::INTEGER AS "month", 1990 + floor(13000 * sqrt(h) / 365.25)::INTEGER AS "year",
  taxonkey, taxonkey AS specieskey,
  CASE WHEN k < 0.92 THEN 'HUMAN_OBSERVATION' WHEN k < 0.97 THEN 'PRESERVED_SPECIMEN' ELSE 'MACHINE_OBSERVATION' END AS basisofrecord,
  'CLO' AS institutioncode, 'EBIRD' AS collectioncode, 'OBS' || (900000000 + i) AS catalognumber, NULL::VARCHAR AS recordnumber,
  []::VARCHAR[] AS identifiedby, NULL::TIMESTAMP AS dateidentified, license,
  'holder' AS rightsholder, ['observer ' || floor(100000 * b * c)::INTEGER] AS recordedby, []::VARCHAR[] AS typestatus,
  NULL::VARCHAR AS establishmentmeans, TIMESTAMP '2026-10-20 01:02:03' AS lastinterpreted, []::VARCHAR[] AS mediatype,
  CASE WHEN g < 0.4 THEN []::VARCHAR[] ELSE ['CONTINENT_DERIVED_FROM_COORDINATES'] END AS issue
FROM taxa JOIN species ON species.sp = taxa.sp_drawn) TO '${path}' (FORMAT parquet, COMPRESSION snappy)`;
}
