import { basename } from "node:path";

const known: readonly (readonly [RegExp, string])[] = [
  [/county|counties/i, "county"],
  [/aiannh|tribal/i, "aiannh"],
  [/pad-?us/i, "padus"],
  [/state/i, "state"],
];

/** A name for each layer file, fit for columns and tables: by what it is about, else its own; none twice. */
export function layerNames(paths: readonly string[]): string[] {
  const taken = new Set<string>();
  return paths.map((path) => {
    const base = basename(path);
    const plain = known.find(([pattern]) => pattern.test(base))?.[1] ?? sanitised(base);
    let name = plain;
    for (let number = 2; taken.has(name); number++) name = `${plain}_${number}`;
    taken.add(name);
    return name;
  });
}

function sanitised(base: string): string {
  const name = base
    .replace(/\..*$/, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^_+|_+$/g, "");
  return /^[a-z]/.test(name) ? name : `layer${name === "" ? "" : `_${name}`}`;
}
