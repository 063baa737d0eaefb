import { isCancel, multiselect, select, text } from "@clack/prompts";
import { ExitCode, UserError } from "../../trouble/index.ts";
import type { Choices } from "./config-text.ts";
import type { Candidate, Found } from "./find-files.ts";

/** Asks what the configuration should say, with what was found as answers to choose from. */
export async function ask(found: Found, defaults: Choices): Promise<Choices> {
  const occurrences =
    found.occurrences.length > 0
      ? answered(
          await multiselect({
            message: "Which occurrence records?",
            options: found.occurrences.map(asOption),
            initialValues: [...defaults.occurrences],
            required: true,
          }),
        )
      : [
          answered(
            await text({
              message: "No occurrence records stand here. Where are they? (a file, a folder or a glob)",
              validate: (value) => ((value ?? "").trim() === "" ? "A path is needed." : undefined),
            }),
          ),
        ];
  const none = "";
  const register =
    found.registers.length > 0
      ? answered(
          await select({
            message: "Which register of introduced and invasive species?",
            options: [
              ...found.registers.map(asOption),
              { value: none, label: "none", hint: "nothing is assessed" },
            ],
            initialValue: defaults.register ?? none,
          }),
        )
      : none;
  const layers =
    found.layers.length > 0
      ? answered(
          await multiselect({
            message: "Which layers of regions? (none: the packaged US counties)",
            options: found.layers.map((layer) => ({
              ...asOption(layer),
              label: `${layer.name}: ${layer.path}`,
            })),
            initialValues: defaults.layers.map(({ path }) => path),
            required: false,
          }),
        )
      : [];
  const profile = answered(
    await select({
      message: "Which records to keep?",
      options: [
        {
          value: "bison",
          label: "bison",
          hint: "US, with coordinates, present, of a species or below, observed or preserved",
        },
        { value: "all", label: "all", hint: "every record" },
      ],
      initialValue: defaults.profile,
    }),
  );
  const out = answered(
    await text({
      message: "Which folder for the result?",
      initialValue: defaults.out,
      defaultValue: defaults.out,
    }),
  );
  return {
    occurrences,
    layers: found.layers.filter(({ path }) => layers.includes(path)),
    register: register === none ? undefined : register,
    profile,
    out,
  };
}

function asOption({ path, what }: Candidate): { value: string; label: string; hint: string } {
  return { value: path, label: path, hint: what };
}

function answered<T>(answer: T): Exclude<T, symbol> {
  if (!isCancel(answer)) return answer as Exclude<T, symbol>;
  throw new UserError({
    code: "interrupted",
    message: "Stopped: nothing was written.",
    hint: "Run `bisonflow init` again, or `bisonflow init --yes` for what it finds and the defaults.",
    exitCode: ExitCode.interrupted,
  });
}
