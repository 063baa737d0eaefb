// DuckDB alone, as somebody would write it: filter with the rules of BISON's profile, write outputs.md's default
// columns. One process, one thread:  node bench/plain-copy.mjs OUT_FOLDER LEVEL FILES,FOR,PART,0 FILES,FOR,PART,1 ...
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";

const columns = `gbifid, datasetkey, occurrenceid, kingdom, "class", family, species, scientificname, taxonrank, taxonkey,
  NULL::VARCHAR AS acceptedtaxonkey, specieskey, countrycode, stateprovince, locality, decimallatitude, decimallongitude,
  coordinateuncertaintyinmeters, eventdate, "year", "month", "day", basisofrecord, occurrencestatus, institutioncode,
  license, issue`;
const filter = `countrycode = 'US'
  AND decimallatitude BETWEEN -90 AND 90 AND decimallongitude BETWEEN -180 AND 180
  AND coalesce(occurrencestatus, 'PRESENT') = 'PRESENT'
  AND taxonrank IN ('SPECIES', 'SUBSPECIES', 'VARIETY', 'FORM', 'INFRASPECIFIC_NAME', 'INFRASUBSPECIFIC_NAME')
  AND basisofrecord IN ('HUMAN_OBSERVATION', 'OBSERVATION', 'OCCURRENCE', 'PRESERVED_SPECIMEN')`;

const [folder, level, ...parts] = process.argv.slice(2);
const instance = await DuckDBInstance.create(":memory:", { threads: "1" });
const connection = await instance.connect();
let kept = 0;
for (const [index, part] of parts.entries()) {
  const files = part.split(",").map((file) => `'${file}'`);
  const out = join(folder, `${process.pid}-${index}.parquet`);
  const { rowsChanged } = await connection.run(
    `COPY (SELECT ${columns} FROM read_parquet([${files.join(", ")}]) WHERE ${filter})
     TO '${out}' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL ${level})`,
  );
  kept += rowsChanged;
}
connection.closeSync();
instance.closeSync();
console.log(kept);
