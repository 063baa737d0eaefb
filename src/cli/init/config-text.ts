import { runSpec } from "../../workflow/index.ts";

/** What `bisonflow init` decides; the rest keeps its defaults. */
export interface Choices {
  readonly occurrences: readonly string[];
  readonly layers: readonly { readonly name: string; readonly path: string }[];
  readonly register?: string | undefined;
  readonly profile: string;
  readonly out: string;
}

/** The text of a configuration file, with the schema's own words as comments. */
export function configText({ occurrences, layers, register, profile, out }: Choices): string {
  const { shape } = runSpec;
  const text = (value: string): string => JSON.stringify(value);
  const list = (items: readonly string[]): string =>
    items.length === 0 ? "[]" : `[\n${items.map((item) => `    ${item},\n`).join("")}  ]`;
  const parts = [
    [shape.title.description, `title: ${text(shape.title.parse(undefined))},`],
    [shape.occurrences.description, `occurrences: ${list(occurrences.map(text))},`],
    [
      shape.layers.description,
      `layers: ${list(layers.map(({ name, path }) => `{ name: ${text(name)}, path: ${text(path)} }`))},`,
    ],
    register === undefined
      ? [
          `${shape.register.unwrap().description} Without one nothing is assessed.`,
          `// register: { path: "US-RIIS_MasterList_2021.csv" },`,
        ]
      : [
          `${shape.register.unwrap().description} \`resolve\` says how its names find taxa: by its own keys alone ("keys"), by the taxa in the records ("names"), or by the match service ("service").`,
          `register: { path: ${text(register)}, resolve: "keys" },`,
        ],
    [shape.profile.description, `profile: ${text(profile)},`],
    [shape.out.description, `out: ${text(out)},`],
  ] as const;
  const body = parts.map(([comment, line]) => `${wrap(comment ?? "")}\n  ${line}`).join("\n\n");
  return `import { defineConfig } from "bisonflow";

// Written by \`bisonflow init\`; \`bisonflow run\` reads it. Paths are relative to the folder in which
// bisonflow runs. There are more keys than these: docs/reference/config.md describes them all.
export default defineConfig({
${body}
});
`;
}

/** A comment in lines of at most 100 characters. */
function wrap(comment: string): string {
  const lines: string[] = [];
  let line = "  //";
  for (const word of comment.split(" ")) {
    if (line.length + word.length + 1 > 100) {
      lines.push(line);
      line = "  //";
    }
    line += ` ${word}`;
  }
  return [...lines, line].join("\n");
}
