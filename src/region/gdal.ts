import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";

/** The few members of gdal3.js's Emscripten module that this room uses. */
interface GdalModule {
  ccall(
    name: string,
    returns: "number" | "string" | null,
    types: readonly string[],
    values: readonly unknown[],
  ): unknown;
  _malloc(bytes: number): number;
  _free(pointer: number): void;
  setValue(pointer: number, value: number, type: "*"): void;
  lengthBytesUTF8(text: string): number;
  stringToUTF8(text: string, pointer: number, bytes: number): void;
  readonly NODEFS: unknown;
  readonly FS: {
    mkdir(path: string): void;
    rmdir(path: string): void;
    mount(kind: unknown, options: { readonly root: string }, path: string): void;
    unmount(path: string): void;
    readFile(path: string): Uint8Array;
    writeFile(path: string, bytes: Uint8Array): void;
    unlink(path: string): void;
    analyzePath(path: string): { readonly exists: boolean };
  };
}

/** What GDAL said went wrong. */
export class GdalError extends Error {
  override readonly name = "GdalError";
}

/** A layer inside a dataset, as GDAL describes it. */
export interface GdalLayer {
  readonly name: string;
  readonly geometryType: string;
  readonly featureCount: number;
  /** Well-known text; empty where the file does not say. */
  readonly crs: string;
  readonly fields: readonly { readonly name: string; readonly type: string }[];
}

const vectorReadVerbose = 0x44;

/** GDAL as WebAssembly, with the calls that reading a layer takes. One for the process; it is never unloaded. */
export class Gdal {
  readonly #module: GdalModule;
  readonly #errors: string[];
  #mounts = 0;

  constructor(module: GdalModule, errors: string[]) {
    this.#module = module;
    this.#errors = errors;
  }

  /** Makes a real folder visible to GDAL while `work` runs; `work` gets the folder's name there. */
  mounted<T>(folder: string, work: (name: string) => T): T {
    const { FS, NODEFS } = this.#module;
    const name = `/layer${this.#mounts++}`;
    FS.mkdir(name);
    FS.mount(NODEFS, { root: folder }, name);
    try {
      return work(name);
    } finally {
      FS.unmount(name);
      FS.rmdir(name);
    }
  }

  /** Gives GDAL bytes as a file in memory while `work` runs. */
  inMemory<T>(extension: string, bytes: Uint8Array, work: (name: string) => T): T {
    const name = `/memory${this.#mounts++}${extension}`;
    this.#module.FS.writeFile(name, bytes);
    try {
      return work(name);
    } finally {
      this.#module.FS.unlink(name);
    }
  }

  /** Opens a dataset while `work` runs; throws a GdalError where GDAL cannot. */
  opened<T>(path: string, work: (dataset: number) => T): T {
    this.#errors.length = 0;
    const dataset = this.#number(
      "GDALOpenEx",
      ["string", "number", "number", "number", "number"],
      [path, vectorReadVerbose, 0, 0, 0],
    );
    if (dataset === 0) throw this.#failure("GDAL could not open it");
    try {
      return work(dataset);
    } finally {
      this.#module.ccall("GDALClose", null, ["number"], [dataset]);
    }
  }

  driver(dataset: number): string {
    const driver = this.#number("GDALGetDatasetDriver", ["number"], [dataset]);
    return String(this.#module.ccall("GDALGetDriverShortName", "string", ["number"], [driver]));
  }

  layers(dataset: number): GdalLayer[] {
    return this.#withWords(["-json", "-so", "-nomd"], (words) => {
      const options = this.#number("GDALVectorInfoOptionsNew", ["number", "number"], [words, 0]);
      const text = String(
        this.#module.ccall("GDALVectorInfo", "string", ["number", "number"], [dataset, options]),
      );
      this.#module.ccall("GDALVectorInfoOptionsFree", null, ["number"], [options]);
      if (text === "") throw this.#failure("GDAL could not describe it");
      const info = JSON.parse(text) as {
        layers?: {
          name: string;
          featureCount?: number;
          geometryFields?: { type?: string; coordinateSystem?: { wkt?: string } }[];
          fields?: { name: string; type: string }[];
        }[];
      };
      return (info.layers ?? []).map((layer) => ({
        name: layer.name,
        geometryType: layer.geometryFields?.[0]?.type ?? "None",
        featureCount: layer.featureCount ?? 0,
        crs: layer.geometryFields?.[0]?.coordinateSystem?.wkt ?? "",
        fields: (layer.fields ?? []).map(({ name, type }) => ({ name, type })),
      }));
    });
  }

  /** Runs ogr2ogr on an open dataset and returns the file it wrote. */
  translated(dataset: number, options: readonly string[]): Uint8Array {
    const output = `/translated${this.#mounts++}`;
    this.#errors.length = 0;
    const written = this.#withWords(options, (words) => {
      const parsed = this.#number("GDALVectorTranslateOptionsNew", ["number", "number"], [words, 0]);
      if (parsed === 0) throw this.#failure("GDAL refused its options");
      const list = this.#module._malloc(4);
      this.#module.setValue(list, dataset, "*");
      const result = this.#number(
        "GDALVectorTranslate",
        ["string", "number", "number", "number", "number", "number"],
        [output, 0, 1, list, parsed, 0],
      );
      this.#module._free(list);
      this.#module.ccall("GDALVectorTranslateOptionsFree", null, ["number"], [parsed]);
      if (result !== 0) this.#module.ccall("GDALClose", null, ["number"], [result]);
      return result !== 0;
    });
    const { FS } = this.#module;
    const exists = FS.analyzePath(output).exists;
    const bytes = exists ? FS.readFile(output) : new Uint8Array(0);
    if (exists) FS.unlink(output);
    if (!written || this.#errors.some((line) => line.startsWith("ERROR")))
      throw this.#failure("GDAL could not read it");
    return bytes;
  }

  #number(name: string, types: readonly string[], values: readonly unknown[]): number {
    return Number(this.#module.ccall(name, "number", types, values));
  }

  /** A null-terminated list of C strings while `work` runs. */
  #withWords<T>(words: readonly string[], work: (pointer: number) => T): T {
    const module = this.#module;
    const pointers = words.map((word) => {
      const bytes = module.lengthBytesUTF8(word) + 1;
      const pointer = module._malloc(bytes);
      module.stringToUTF8(word, pointer, bytes);
      return pointer;
    });
    const list = module._malloc(4 * (pointers.length + 1));
    [...pointers, 0].forEach((pointer, i) => {
      module.setValue(list + 4 * i, pointer, "*");
    });
    try {
      return work(list);
    } finally {
      for (const pointer of [...pointers, list]) module._free(pointer);
    }
  }

  #failure(otherwise: string): GdalError {
    const said = this.#errors
      .filter((line) => line.startsWith("ERROR"))
      .map((line) => line.replace(/^ERROR \d+: /, ""));
    return new GdalError(said.slice(0, 3).join("; ") || otherwise);
  }
}

let loading: Promise<Gdal> | undefined;

/** Loads GDAL on first use (some 0.4 s); what it would print is kept for error messages instead. */
export function loadGdal(): Promise<Gdal> {
  loading ??= load();
  return loading;
}

async function load(): Promise<Gdal> {
  const require = createRequire(import.meta.url);
  const hadLocation = "location" in globalThis;
  const initialize = require("gdal3.js/node.js") as (
    config: object,
  ) => Promise<{ readonly Module: GdalModule }>;
  const errors: string[] = [];
  // gdal3.js reads its files as ./PATH, so PATH has to be relative to where the process runs.
  const files = join(dirname(require.resolve("gdal3.js/package.json")), "dist", "package");
  const { Module } = await initialize({
    useWorker: false,
    path: relative(process.cwd(), files),
    logHandler: () => undefined,
    errorHandler: (line: string) => {
      if (errors.length < 100) errors.push(line);
    },
    // Without it the PostgreSQL dump has INSERT statements in place of COPY.
    env: { PG_USE_COPY: "YES", OGR_GEOJSON_MAX_OBJ_SIZE: "0" },
  });
  // It pretends to be a browser's; other libraries would believe it.
  if (!hadLocation) Reflect.deleteProperty(globalThis, "location");
  return new Gdal(Module, errors);
}
