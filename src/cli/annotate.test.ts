import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { bisonflow, startBisonflow } from "../../test/support/command.ts";
import { temporaryFolder } from "../../test/support/paths.ts";

const folder = temporaryFolder();
const env = { BISONFLOW_CACHE: join(folder, "cache") };
const ring = [
  [0, 0],
  [10, 0],
  [10, 10],
  [0, 10],
  [0, 0],
];
const feature = {
  type: "Feature",
  properties: { code: "01", called: "First" },
  geometry: { type: "Polygon", coordinates: [ring] },
};
writeFileSync(
  join(folder, "plots.geojson"),
  JSON.stringify({ type: "FeatureCollection", features: [feature] }),
);
writeFileSync(join(folder, "points.csv"), "code,x,y\n007,1,1\n008,50,1\n009,,\n");

const layer = ["--layer", "plot=plots.geojson", "--layer-id", "plot=code", "--layer-name", "plot=called"];
const annotate = (...args: string[]) => bisonflow(["annotate", ...args], { cwd: folder, env });

describe("bisonflow annotate", () => {
  it("writes the table with its regions and says how it went, within 80 columns", () => {
    const { status, stdout, stderr } = annotate("points.csv", ...layer, "--out", "located.csv");
    expect(stderr).toBe("");
    expect(status).toBe(0);
    expect(readFileSync(join(folder, "located.csv"), "utf8")).toBe(
      "code,x,y,plot_id,plot_name\n007,1,1,01,First\n008,50,1,,\n009,,,,\n",
    );
    expect(stdout).toMatch(
      /^3 rows in .*rows\/s; points from x, y\n {2}plot {2}1 inside, 1 outside \(1 regions\)\n/,
    );
    expect(stdout).toContain("1 row without usable coordinates");
    expect(stdout).toContain("Written: located.csv\n");
    expect(stdout.split("\n").filter((line) => line.length > 80)).toEqual([]);
  });

  it("prints its figures as JSON", () => {
    const { stdout } = annotate(
      "points.csv",
      ...layer,
      "--snap",
      "plot=100",
      "--out",
      "figures.parquet",
      "--json",
    );
    expect(JSON.parse(stdout)).toMatchObject({
      rows: 3,
      withoutCoordinates: 1,
      layers: [{ layer: "plot", inside: 1, outside: 1 }],
    });
  });

  it("refuses with exit code 2 and says what to do", () => {
    const refused = [
      annotate("points.csv", "--out", "a.csv"),
      annotate("points.csv", "--layer", "plot", "--out", "a.csv"),
      annotate("points.csv", "--layer", "Plot=plots.geojson", "--out", "a.csv"),
      annotate("points.csv", "--layer", "plot=nowhere.zip", "--out", "a.csv"),
      annotate("points.csv", ...layer, ...layer, "--out", "a.csv"),
      annotate("points.csv", ...layer, "--snap", "other=5", "--out", "a.csv"),
      annotate("nowhere.csv", ...layer, "--out", "a.csv"),
      annotate("points.csv", ...layer, "--out", "points.csv"),
      annotate("points.csv", ...layer),
    ];
    expect(refused.map(({ status }) => status)).toEqual(refused.map(() => 2));
    expect(refused.every(({ stderr }) => !stderr.includes("    at "))).toBe(true);
    expect(existsSync(join(folder, "a.csv"))).toBe(false);
    expect(readFileSync(join(folder, "points.csv"), "utf8")).toMatch(/^code,x,y\n007/);
  });

  it("leaves nothing under the output's name when it is killed, and the next run clears up", async () => {
    const lines = Array.from({ length: 400_000 }, (_, i) => `${i},${(i % 200) / 10},5`);
    writeFileSync(join(folder, "long.csv"), `id,x,y\n${lines.join("\n")}\n`);
    const out = join(folder, "killed");
    const whole = (name: string): string[] => [
      ...["annotate", join(folder, "long.csv"), "--layer", `plot=${join(folder, "plots.geojson")}`],
      ...["--layer-id", "plot=code", "--out", join(out, name)],
    ];
    for (const signal of ["SIGKILL", "SIGINT"] as const) {
      const child = startBisonflow(whole("half.csv"), { env });
      const ended = new Promise<number | null>((resolve) => child.once("exit", (code) => resolve(code)));
      const began = Date.now();
      const writing = (): boolean =>
        existsSync(out) && readdirSync(out).some((name) => name.includes(`-${child.pid}-`));
      while (!writing() && child.exitCode === null && Date.now() - began < 30_000)
        await new Promise((next) => setTimeout(next, 5));
      child.kill(signal);
      const status = await ended;
      expect(readdirSync(out).filter((name) => !name.startsWith(".tmp-"))).toEqual([]);
      if (signal === "SIGINT") expect(status).toBe(130);
    }
    expect(bisonflow(whole("whole.csv"), { env }).status).toBe(0);
    expect(readdirSync(out)).toEqual(["whole.csv"]);
  });
});
