import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { afterAll, describe, expect, it } from "vitest";
// @ts-expect-error: a script without types, shared with the generated reference
import { publicApi } from "../scripts/public-api.mjs";
import { root } from "./support/paths.ts";

interface Exported {
  readonly specifier: string;
  readonly name: string;
  readonly kind: "function" | "class" | "type" | "value";
  readonly docs: string;
  readonly examples: readonly string[];
}

const api = publicApi() as Exported[];
// Inside the checkout, so that `bisonflow/region` resolves as it does for a user.
const folder = join(root, ".cache", "examples");
mkdirSync(folder, { recursive: true });
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("every exported function", () => {
  it("has a docstring", () => {
    expect(
      api.filter(({ docs }) => docs === "").map(({ specifier, name }) => `${specifier} ${name}`),
    ).toEqual([]);
  });

  it("has an example", () => {
    const without = api.filter(({ kind, examples }) => kind === "function" && examples.length === 0);
    expect(without.map(({ specifier, name }) => `${specifier} ${name}`)).toEqual([]);
  });
});

/** What an example says it prints: the comment behind a console.log, or in the lines below it. */
function expectedOutput(example: string): string[] {
  const expected: string[] = [];
  let below = false;
  for (const line of example.split("\n")) {
    const behind = /console\.log\(.*\);? *\/\/ (.*)$/.exec(line)?.[1];
    const comment = /^\s*\/\/ (.*)$/.exec(line)?.[1];
    if (behind !== undefined) expected.push(behind);
    else if (below && comment !== undefined) expected.push(comment);
    below = /console\.log\(/.test(line) || (below && (comment !== undefined || /^[\s)\]};,]|^\s/.test(line)));
  }
  return expected;
}

const withExample = api.filter(
  ({ name, specifier, examples }, index) =>
    examples.length > 0 &&
    index === api.findIndex((other) => other.name === name && other.specifier === specifier),
);

describe("the example of", () => {
  it.each(withExample.map((exported) => [`${exported.specifier} ${exported.name}`, exported] as const))(
    "%s prints what it says",
    (_title, exported) => {
      exported.examples.forEach((example, index) => {
        const path = join(folder, `${exported.specifier.replace("/", "-")}-${exported.name}-${index}.mjs`);
        const { outputText } = ts.transpileModule(example, {
          compilerOptions: {
            target: ts.ScriptTarget.ES2022,
            module: ts.ModuleKind.ESNext,
            removeComments: false,
          },
        });
        writeFileSync(path, outputText);
        const { stdout, stderr, status } = spawnSync(process.execPath, [path], {
          encoding: "utf8",
          cwd: root,
          // The SDK says on standard error at each start that it will want a newer Node some day.
          env: { ...process.env, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true" },
        });
        expect(stderr === "" && status === 0 ? "" : `exit ${status}: ${stderr}`).toBe("");
        const expected = expectedOutput(example);
        expect(
          stdout
            .trimEnd()
            .split("\n")
            .map((line) => line.trim())
            .join("\n"),
        ).toBe(expected.join("\n"));
      });
    },
  );
});
