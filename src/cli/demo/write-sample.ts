import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Store } from "../../store/index.ts";
import { sampleColumns, sampleRecords } from "./records.ts";
import { sampleRegister } from "./register.ts";

/** The files of a sample. */
export interface Sample {
  readonly occurrences: string;
  readonly register: string;
}

/**
 * Writes the synthetic sample into a folder: occurrences.tsv, register.csv and a README.txt that says what they
 * are. The same bytes each time for the same number of records; a file that has them already is left alone.
 */
export async function writeSample(options: {
  folder: string;
  records: number;
  countiesPath: string;
  store: Store;
}): Promise<Sample> {
  const { folder, store } = options;
  const occurrences = join(folder, "occurrences.tsv");
  const register = join(folder, "register.csv");
  await putBytes(store, Buffer.from(readme(options.records)), join(folder, "README.txt"));
  await putBytes(store, Buffer.from(sampleRegister()), register);
  const scratch = await mkdtemp(join(tmpdir(), "bisonflow-demo-"));
  try {
    const made = join(scratch, "occurrences.tsv");
    await writeRecords(made, options);
    const same =
      (await store.stat(occurrences)) !== undefined &&
      (await store.identify(occurrences)) === (await store.identify(made));
    if (!same) await store.publishFile(made, occurrences);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  return { occurrences, register };
}

async function writeRecords(path: string, options: { records: number; countiesPath: string }): Promise<void> {
  const file = await open(path, "w");
  try {
    let lines = [sampleColumns.join("\t")];
    for (const record of sampleRecords(options)) {
      lines.push(sampleColumns.map((column) => record[column] ?? "").join("\t"));
      if (lines.length < 5000) continue;
      await file.write(`${lines.join("\n")}\n`);
      lines = [];
    }
    if (lines.length > 0) await file.write(`${lines.join("\n")}\n`);
  } finally {
    await file.close();
  }
}

async function putBytes(store: Store, bytes: Buffer, path: string): Promise<void> {
  if ((await store.stat(path)) !== undefined && bytes.equals(await store.read(path))) return;
  await store.publishBytes(bytes, path);
}

function readme(records: number): string {
  return `SYNTHETIC SAMPLE

Everything in this folder is invented by \`bisonflow demo\`, from a fixed seed, to show what a run of
bisonflow looks like. It proves nothing about any species, place or year, and must not be cited or
mixed with real data.

occurrences.tsv   ${records.toLocaleString("en-US")} records as a GBIF download (SIMPLE_CSV) lays them out. The names of
                  the species are real. Where, when and how often they were seen is invented, and so
                  are the datasets, the licences and the places. About one record in eight is made so
                  that the BISON profile drops it, by one of its five rules.
register.csv      a register laid out as US-RIIS version 2. What it says of a species is invented.

The keys are invented too: taxon keys from 990000001 and record ids from 990000000000001 are far above
those that GBIF gives, and the dataset keys are zeros and a digit, so that nothing here joins with real
records, taxa or registers by accident.

Removing this folder is safe: the next \`bisonflow demo\` makes the same one again.
`;
}
