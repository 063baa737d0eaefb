import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bisonflow, startBisonflow } from "../support/command.ts";
import { noSharedData, sharedFile, temporaryFolder } from "../support/paths.ts";
import { readManifest, resultContent } from "../support/result-content.ts";
import { writeSampleRecords } from "../support/sample-records.ts";

const folder = temporaryFolder();
const records = join(folder, "records");

beforeAll(() => writeSampleRecords({ folder: records, files: 2, rows: 2000 }));

function run(out: string, args: readonly string[]) {
  const common = ["--out", join(folder, out), "--cache", join(folder, "cache"), "--no-catalog", "--json"];
  const { status, stderr } = bisonflow(["run", ...args, ...common], { cwd: folder });
  const last = stderr.trimEnd().split("\n").at(-1) ?? "";
  const error = last.startsWith("{")
    ? (JSON.parse(last) as { error: { code: string; message: string; hint: string } }).error
    : undefined;
  return { status, stderr, error };
}

/** A refusal: its code, an exit code that is no bug, words that say what to do, and nothing that looks finished. */
function expectRefusal(out: string, args: readonly string[], code: string | RegExp, status = 2): void {
  const refused = run(out, args);
  expect(refused.error?.code, refused.stderr).toMatch(code);
  expect(refused.status).toBe(status);
  expect(refused.error?.hint).not.toBe("");
  expect(refused.stderr).not.toContain("    at ");
  for (const name of ["manifest.json", "report.html", "tables", "occurrences"]) {
    expect(existsSync(join(folder, out, name)), name).toBe(false);
  }
}

describe("a run refuses, clearly and with nothing half written,", () => {
  it("records that are not there, or no records at all", () => {
    expectRefusal("a", ["--occurrences", "nowhere.zip"], /not-found|nothing/);
    expectRefusal("a", [], "occurrences-missing");
  });

  it("a file that is none of the accepted kinds", () => {
    writeFileSync(join(folder, "letter.txt"), "Dear colleague,\nplease find attached\n");
    writeFileSync(
      join(folder, "noise.bin"),
      Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * 97) % 256)),
    );
    writeFileSync(join(folder, "empty.csv"), "");
    for (const name of ["letter.txt", "noise.bin", "empty.csv"])
      expectRefusal("b", ["--occurrences", name], /./);
  });

  it("a Parquet file that is cut short", () => {
    const path = join(folder, "cut.parquet");
    writeFileSync(path, readFileSync(join(records, "000000")));
    truncateSync(path, 20_000);
    expectRefusal("c", ["--occurrences", path], /./);
  });

  it.skipIf(noSharedData)("an archive that is cut short, or damaged inside", () => {
    const whole = readFileSync(sharedFile("occurrences/isu-birds.dwca.zip"));
    writeFileSync(join(folder, "cut.zip"), whole.subarray(0, whole.length - 5000));
    expectRefusal("d", ["--occurrences", "cut.zip"], /./);
    const damaged = Buffer.from(whole);
    damaged.fill(0x55, 60_000, 60_200);
    writeFileSync(join(folder, "damaged.zip"), damaged);
    expectRefusal("d", ["--occurrences", "damaged.zip"], /./);
  });

  it("layers that are not there, not polygons, named twice, or spelt wrong", () => {
    writeFileSync(
      join(folder, "points.geojson"),
      JSON.stringify({
        type: "FeatureCollection",
        features: [
          { type: "Feature", properties: { id: "a" }, geometry: { type: "Point", coordinates: [0, 0] } },
        ],
      }),
    );
    expectRefusal("e", ["--occurrences", records, "--layer", "county=nowhere.zip"], "layer-not-found");
    expectRefusal("e", ["--occurrences", records, "--layer", "county=points.geojson"], /^layer/);
    expectRefusal("e", ["--occurrences", records, "--layer", "counties"], "option-not-a-pair");
    expectRefusal("e", ["--occurrences", records, "--layer", "County=points.geojson"], "config-invalid");
    expectRefusal("e", ["--occurrences", records, "--snap", "county=5"], "layer-unknown");
  });

  it("a register of no known format, and options about a register that is not given", () => {
    writeFileSync(join(folder, "register.csv"), "colour,shape\nred,round\n");
    expectRefusal("f", ["--occurrences", records, "--register", "register.csv"], /^register/);
    expectRefusal("f", ["--occurrences", records, "--resolve", "names"], "register-missing");
  });

  it("unknown columns, flags, profiles and configuration keys", () => {
    expectRefusal("g", ["--occurrences", records, "--columns", "gbifid,colour"], "column-unknown");
    expectRefusal("g", ["--occurrences", records, "--flags", "odd"], "flag-unknown");
    expectRefusal("g", ["--occurrences", records, "--profile", "nowhere.json"], "profile-not-found");
    writeFileSync(join(folder, "config.json"), JSON.stringify({ occurrences: [records], colour: "red" }));
    expectRefusal("g", ["--config", "config.json"], "config-invalid");
  });

  it("a folder for the result that cannot be one", () => {
    writeFileSync(join(folder, "file"), "x");
    const { status, stderr } = run("file/inside", ["--occurrences", records]);
    expect(status).toBe(4);
    expect(stderr).not.toContain("    at ");
    expect(readFileSync(join(folder, "file"), "utf8")).toBe("x");
  });
});

const mayMount = process.getuid?.() === 0 && process.platform === "linux";
describe.skipIf(!mayMount)("on a disk that is too small", () => {
  const disk = join(folder, "disk");
  beforeAll(() => {
    mkdirSync(disk);
    spawnSync("mount", ["-t", "tmpfs", "-o", "size=6m", "tmpfs", disk]);
  });
  afterAll(() => {
    spawnSync("umount", [disk]);
  });

  it("a run says so, leaves nothing that looks finished, and goes on when there is room", () => {
    if (spawnSync("mountpoint", ["-q", disk]).status !== 0) return; // no right to mount here
    const full = run("disk/out", ["--occurrences", records]);
    expect(full.stderr).toMatch(/space/i);
    expect(full.status).toBe(4);
    expect(existsSync(join(disk, "out", "manifest.json"))).toBe(false);
    spawnSync("mount", ["-o", "remount,size=200m", disk]);
    const finished = run("disk/out", ["--occurrences", records]);
    expect(finished.stderr).toBe("");
    run("roomy", ["--occurrences", records]);
    expect(resultContent(join(disk, "out"))).toEqual(resultContent(join(folder, "roomy")));
  });
});

it("Ctrl-C stops with what is done kept, and the same command goes on", async () => {
  const args = [
    ...["run", "--occurrences", records, "--out", join(folder, "stopped")],
    ...["--cache", join(folder, "cold-cache"), "--no-catalog"],
  ];
  const started = startBisonflow(args);
  let stderr = "";
  started.stderr?.on("data", (text) => {
    stderr += String(text);
  });
  const ended = new Promise<number | null>((resolve) => started.once("close", resolve));
  for (let i = 0; i < 200 && !existsSync(join(folder, "stopped", ".bisonflow", "plan.json")); i++)
    await wait(50);
  if (started.pid !== undefined) process.kill(-started.pid, "SIGINT"); // as a terminal does: the whole group
  expect(await ended).toBe(130);
  expect(stderr).toMatch(/Interrupted: \d+ of \d+ tasks are done/);
  expect(stderr).toContain("Run the same command again");
  expect(existsSync(join(folder, "stopped", "manifest.json"))).toBe(false);
  const finished = bisonflow(args);
  expect(finished.status).toBe(0);
  const { read, kept, dropped } = readManifest(join(folder, "stopped")).records;
  expect(read).toBe(kept + dropped.reduce((sum, { occ_count }) => sum + occ_count, 0));
});
