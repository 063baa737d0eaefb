import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { s3Store } from "../../src/aws/s3/index.ts";
import { loadLayer } from "../../src/region/index.ts";
import { localStore, routingStore, type Store } from "../../src/store/index.ts";
import { makePlan, runSpec, uploadInputs } from "../../src/workflow/index.ts";
import { Staging } from "../../src/workflow/staging.ts";
import { noSharedData, sharedFile, temporaryFolder } from "../support/paths.ts";
import { noMoto, type S3Server, startMoto } from "../support/s3-servers.ts";
import { writeSampleRecords } from "../support/sample-records.ts";

const folder = temporaryFolder();
const shapes = join(folder, "shapes");
const shapefile = join(shapes, "cb_2020_us_state_500k.shp");
const reason = noMoto || noSharedData;
let server: S3Server;
let store: Store;

describe.skipIf(reason)(`layers in S3 ${reason || ""}`, () => {
  beforeAll(async () => {
    server = await startMoto();
    await server.makeBucket("layers");
    const s3 = s3Store(server.access, { stagingFolder: join(folder, "staged") });
    store = routingStore(localStore(), { s3: async () => s3 });
    mkdirSync(shapes);
    const unzip = "import sys, zipfile; zipfile.ZipFile(sys.argv[1]).extractall(sys.argv[2])";
    const { status } = spawnSync("python3", [
      "-c",
      unzip,
      sharedFile("regions/cb_2020_us_state_500k.zip"),
      shapes,
    ]);
    expect(status).toBe(0);
    for (const name of readdirSync(shapes))
      await store.publishFile(join(shapes, name), `s3://layers/states/${name}`);
    writeFileSync(join(folder, "beside.txt"), "no part of it");
    await store.publishFile(join(folder, "beside.txt"), "s3://layers/states/cb_2020_us_state_500k_notes.txt");
  });
  afterAll(async () => server?.stop());

  const layerFrom = async (path: string): Promise<readonly string[]> => {
    const { layer } = await loadLayer({ name: "state", path }, { cacheFolder: join(folder, "cache") });
    return layer.ids;
  };

  it("come with all files of a shapefile, and as folders", async () => {
    const here = await layerFrom(shapefile);
    expect(here.length).toBeGreaterThan(50);
    const staging = new Staging(store, join(folder, "task"));
    const path = await staging.named("s3://layers/states/cb_2020_us_state_500k.shp");
    expect(await layerFrom(path)).toEqual(here);
    expect(readdirSync(join(path, "..")).some((name) => name.includes("notes"))).toBe(false);
    const whole = await staging.named("s3://layers/states");
    expect(readdirSync(whole)).toEqual(expect.arrayContaining(readdirSync(shapes)));
    await staging.release();
    expect(readdirSync(join(folder, "staged"))).toEqual([]);
    await expect(staging.named("s3://layers/none")).rejects.toMatchObject({ code: "not-found" });
  });

  it("are known by all files of a shapefile, and uploaded with them", async () => {
    await writeSampleRecords({ folder: join(folder, "records"), files: 1, rows: 100 });
    const planOf = async () =>
      makePlan(
        runSpec.parse({
          occurrences: [join(folder, "records")],
          layers: [{ name: "state", path: shapefile }],
          out: "s3://layers/run",
          catalog: false,
        }),
        { store, cacheFolder: folder },
      );
    const plan = await planOf();
    const uploaded = await uploadInputs(plan, store);
    const [layer] = uploaded.layers;
    expect(layer?.path).toMatch(
      /^s3:\/\/layers\/run\/\.bisonflow\/inputs\/[0-9a-f]{32}\/cb_2020_us_state_500k\.shp$/,
    );
    expect(uploaded.config.cacheFolder).toBeUndefined();
    const staging = new Staging(store, join(folder, "elsewhere"));
    expect(await layerFrom(await staging.named(layer?.path ?? ""))).toEqual(await layerFrom(shapefile));
    await staging.release();
    // Nothing is sent again.
    const before = store.traffic?.().bytesWritten;
    await uploadInputs(plan, store);
    expect(store.traffic?.().bytesWritten).toBe(before);
    // Another table of fields is another layer.
    writeFileSync(shapefile.replace(/shp$/, "cpg"), "ISO-8859-1");
    expect((await planOf()).layers[0]?.identity).not.toBe(plan.layers[0]?.identity);
  });
});
