import { closeSync, existsSync, openSync, readdirSync, readFileSync, readSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { podman } from "../support/container.ts";
import type { Architecture, BuiltImage } from "../support/image.ts";
import { root } from "../support/paths.ts";

/** As the packages of npm call it, and the header of an ELF file (e_machine). */
const machines: Record<Architecture, { cpu: string; elf: number }> = {
  amd64: { cpu: "x64", elf: 62 },
  arm64: { cpu: "arm64", elf: 183 },
};
/** How programs and libraries of Linux, macOS and Windows begin. */
const magics: Record<string, string> = {
  "7f454c46": "ELF",
  feedface: "Mach-O",
  feedfacf: "Mach-O",
  cefaedfe: "Mach-O",
  cffaedfe: "Mach-O",
  cafebabe: "Mach-O",
  "4d5a9000": "PE",
};

interface Bom {
  bomFormat: string;
  metadata: { component: { name: string } };
  components: { name: string; version: string; licenses?: unknown[] }[];
}

/** What an image holds is looked at from outside, so that it is the same for every architecture. */
export function itHoldsWhatItShould(built: () => BuiltImage): void {
  let mounted = "";
  let opt = "";

  beforeAll(() => {
    const { status, stdout, stderr } = podman(["image", "mount", built().image]);
    if (status !== 0) throw new Error(stderr);
    mounted = stdout.trim();
    opt = join(mounted, "opt/bisonflow");
  });
  afterAll(() => {
    podman(["image", "unmount", built().image]);
  });

  it("is of its architecture, of no user in particular, and small", () => {
    const { image, base, architecture } = built();
    const inspect = (name: string) =>
      (
        JSON.parse(podman(["image", "inspect", name]).stdout) as [
          { Size: number; User: string; Architecture: string },
        ]
      )[0];
    expect(inspect(image)).toMatchObject({ Architecture: architecture, User: "10001:10001" });
    const megabytes = (inspect(image).Size - inspect(base).Size) / 1e6;
    console.log(`The image for ${architecture}: ${megabytes.toFixed(0)} MB besides its base`);
    expect(megabytes).toBeGreaterThan(50);
    expect(megabytes).toBeLessThan(200);
    const unwanted = ["npm", "typescript", "vitest", "@biomejs"].flatMap((name) =>
      [join(opt, "node_modules", name), join(mounted, "usr/local/lib/node_modules", name)].filter((path) =>
        existsSync(path),
      ),
    );
    expect(unwanted).toEqual([]);
    expect(readdirSync(opt).sort()).toEqual([
      "LICENSE",
      "dist",
      "node_modules",
      "package.json",
      "sbom.cdx.json",
    ]);
  });

  it("holds machine code for its architecture, and for no other", () => {
    const { cpu, elf } = machines[built().architecture];
    const bindings = `node_modules/@duckdb/node-bindings-linux-${cpu}`;
    expect(machineCode(opt)).toEqual([
      { path: `${bindings}/duckdb.node`, kind: "ELF", machine: elf },
      { path: `${bindings}/libduckdb.so`, kind: "ELF", machine: elf },
    ]);
    expect(machineCode(join(mounted, "usr/local/bin"))).toEqual([
      { path: "node", kind: "ELF", machine: elf },
    ]);
  });

  it("says of what it is made: every package in it, at its version, and none that is not", () => {
    const bom = JSON.parse(readFileSync(join(opt, "sbom.cdx.json"), "utf8")) as Bom;
    expect(bom.bomFormat).toBe("CycloneDX");
    expect(bom.metadata.component.name).toBe("bisonflow");
    const installed = packagesIn(join(opt, "node_modules"));
    expect(installed.length).toBeGreaterThan(50);
    expect([...new Set(bom.components.map(({ name, version }) => `${name}@${version}`))].sort()).toEqual(
      installed,
    );
    expect(bom.components.filter(({ licenses = [] }) => licenses.length === 0)).toEqual([]);
    const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
    expect(JSON.parse(readFileSync(join(opt, "package.json"), "utf8"))).toMatchObject({ version });
  });
}

/** The files under a folder that only one kind of machine can run, by path. */
function machineCode(folder: string): { path: string; kind: string; machine?: number }[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .flatMap((path) => {
      const start = Buffer.alloc(20);
      const file = openSync(path, "r");
      readSync(file, start, 0, 20, 0);
      closeSync(file);
      const kind = magics[start.toString("hex", 0, 4)];
      if (kind === undefined) return [];
      return [
        {
          path: path.slice(folder.length + 1),
          kind,
          ...(kind === "ELF" ? { machine: start.readUInt16LE(18) } : {}),
        },
      ];
    })
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Name and version of every package in a node_modules and in those within. */
function packagesIn(folder: string): string[] {
  const found = new Set<string>();
  const look = (modules: string): void => {
    for (const name of readdirSync(modules).filter((each) => !each.startsWith("."))) {
      const path = join(modules, name);
      if (name.startsWith("@")) {
        look(path);
        continue;
      }
      const about = JSON.parse(readFileSync(join(path, "package.json"), "utf8")) as Record<string, string>;
      found.add(`${about.name}@${about.version}`);
      if (existsSync(join(path, "node_modules"))) look(join(path, "node_modules"));
    }
  };
  look(folder);
  return [...found].sort();
}
