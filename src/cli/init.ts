import { basename, resolve } from "node:path";
import { Command } from "commander";
import { describeSystemError, localStore } from "../store/index.ts";
import { UserError } from "../trouble/index.ts";
import { ask } from "./init/ask.ts";
import { type Choices, configText } from "./init/config-text.ts";
import { type Found, findFiles } from "./init/find-files.ts";
import { configNames } from "./load-config.ts";
import { shortPath } from "./short-path.ts";

interface Options {
  yes?: boolean;
  force?: boolean;
  out: string;
}

/** `bisonflow init`: writes a configuration from what stands here. */
export function initCommand(): Command {
  return new Command("init")
    .description(
      "Look at the files here, ask a few questions, and write a configuration for `bisonflow run`.",
    )
    .option("-y, --yes", "ask nothing: take what is found and the defaults")
    .option("--force", "replace a configuration that is there")
    .option("--out <file>", "what to write", "bisonflow.config.ts")
    .action(init);
}

async function init(options: Options): Promise<void> {
  const store = localStore();
  const path = resolve(options.out);
  const force = options.force === true;
  if (!/\.(ts|mts|js|mjs)$/.test(path)) {
    throw new UserError({
      code: "config-name-wrong",
      message: `${options.out}: a configuration is TypeScript or JavaScript.`,
      hint: "Let its name end in .ts or .mjs.",
    });
  }
  if (!force && (await store.stat(path)) !== undefined) throw standing(path);
  if (options.yes !== true && !(process.stdin.isTTY === true && process.stdout.isTTY === true)) {
    throw new UserError({
      code: "no-terminal",
      message: "There is no terminal to ask questions on.",
      hint: "Use `bisonflow init --yes` for what it finds here and the defaults.",
    });
  }
  const found = await findFiles(process.cwd()).catch((error: unknown) => {
    throw describeSystemError(error, process.cwd()) ?? error;
  });
  const defaults = choose(found);
  const choices = options.yes === true ? defaults : await ask(found, defaults);
  if (choices.occurrences.length === 0) {
    throw new UserError({
      code: "occurrences-missing",
      message:
        "No occurrence records stand in this folder: no GBIF download, Darwin Core table or snapshot file.",
      hint: "Go to the folder that has them, or run `bisonflow init` without --yes and say where they are.",
    });
  }
  const { published } = await store.publishBytes(Buffer.from(configText(choices)), path, {
    ifAbsent: !force,
  });
  if (!published) throw standing(path);
  say(path, choices, found);
}

/** What is taken when nobody is asked: everything found, the first register. */
function choose(found: Found): Choices {
  return {
    occurrences: found.occurrences.map(({ path }) => path),
    layers: found.layers,
    register: found.registers[0]?.path,
    profile: "bison",
    out: "bisonflow-out",
  };
}

function say(path: string, choices: Choices, found: Found): void {
  const { occurrences, register, layers } = choices;
  const lines = [
    `occurrences  ${occurrences.join(", ")}`,
    `layers       ${layers.length === 0 ? "the packaged US counties" : layers.map(({ name, path: file }) => `${name} (${file})`).join(", ")}`,
    `register     ${register ?? "none: nothing will be assessed"}`,
  ];
  if (register !== undefined && found.registers.length > 1) {
    lines.push(
      `Note: other registers here: ${found.registers
        .map((one) => one.path)
        .filter((one) => one !== register)
        .join(", ")}`,
    );
  }
  if (
    register !== undefined &&
    layers.length > 0 &&
    !layers.some(({ name }) => /^(county|state)/.test(name))
  ) {
    lines.push("Note: US-RIIS knows places by state: add a layer of counties or states.");
  }
  const config =
    configNames.includes(basename(path)) && resolve(basename(path)) === path
      ? ""
      : ` --config ${shortPath(path)}`;
  process.stdout.write(`${lines.join("\n")}\nWritten: ${shortPath(path)}\nNext: bisonflow run${config}\n`);
}

function standing(path: string): UserError {
  return new UserError({
    code: "config-exists",
    message: `${shortPath(path)} is there already.`,
    hint: "Edit it, write another with --out FILE, or replace it with --force.",
  });
}
