// npm run bench [-- --rows 10|100|all] [--only NAME] [--repetitions N, of annotate]: measures, prints and writes bench/RESULTS.md.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { benchFolder } from "./inputs.mjs";
import { describeMachine } from "./machine.mjs";

const { values } = parseArgs({
  options: {
    rows: { type: "string", default: "10" },
    only: { type: "string" },
    repetitions: { type: "string" },
  },
});
const sizes = { 10: [10], 100: [100], all: [10, 100] }[values.rows];
// Each gives the sections of the page that it writes, by name.
const measurements = {
  "first-run": { "first-run": async () => (await import("./first-run.mjs")).measureFirstRun() },
  locator: { locator: async () => (await import("./peers.mjs")).measurePeers() },
  annotate: eachSize("annotate", async (millions) =>
    (await import("./annotate.mjs")).measureAnnotate({
      millions,
      ...(values.repetitions && { repetitions: Number(values.repetitions) }),
    }),
  ),
  summaries: eachSize("summaries", async (millions) =>
    (await import("./summaries.mjs")).measureSummaries({ millions }),
  ),
  memory: { memory: async () => (await import("./memory.mjs")).measureMemory({ millions: sizes }) },
};
const names = values.only === undefined ? Object.keys(measurements) : [values.only];
if (sizes === undefined || names.some((name) => !(name in measurements))) {
  console.error(
    `Usage: npm run bench -- [--rows 10|100|all] [--only ${Object.keys(measurements).join("|")}] [--repetitions N]`,
  );
  process.exit(2);
}

const results = fileURLToPath(new URL("RESULTS.md", import.meta.url));
console.error(`Data and outputs go to ${benchFolder} (BENCH_FOLDER).`);
const sections = new Map(existsSync(results) ? sectionsOf(readFileSync(results, "utf8")) : []);
for (const [name, measure] of names.flatMap((one) => Object.entries(measurements[one]))) {
  const machine = describeMachine();
  console.error(`${name} ...`);
  const text = `${await measure()}\n\n${machine.map((line) => `> ${line}`).join("  \n")}`;
  console.log(`\n${text}`);
  sections.set(name, text);
  // After each, so that a bench cut short leaves what it has.
  writeFileSync(results, page());
}

function eachSize(name, measure) {
  return Object.fromEntries(
    (sizes ?? []).map((millions) => [`${name}-${millions}`, () => measure(millions)]),
  );
}

function page() {
  const order = [
    "first-run",
    "locator",
    "annotate-10",
    "annotate-100",
    "summaries-10",
    "summaries-100",
    "memory",
  ];
  const known = order.filter((name) => sections.has(name));
  return `# What was measured

Written by \`npm run bench\`. Every ratio is of figures of one run; what a section ran on stands below it.
The records are invented (bench/make-snapshot.mjs, seed 42), the layers and the register real.

${known.map((name) => `<!-- ${name} -->\n${sections.get(name)}`).join("\n\n")}
`;
}

/** The sections of an older page, so that one measured again leaves the others as they are. */
function sectionsOf(text) {
  return text
    .split(/\n?\n<!-- /)
    .slice(1)
    .map((part) => [part.slice(0, part.indexOf(" -->")), part.slice(part.indexOf(" -->") + 5).trim()]);
}
