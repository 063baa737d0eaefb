import { UserError } from "../../trouble/index.ts";

/** Options by which the executor finds its tasks again, with their short forms. */
const reserved: Readonly<Record<string, string>> = {
  "--array": "-a",
  "--chdir": "-D",
  "--dependency": "-d",
  "--error": "-e",
  "--job-name": "-J",
  "--kill-on-invalid-dep": "",
  "--open-mode": "",
  "--output": "-o",
  "--parsable": "",
  "--quiet": "-Q",
  "--test-only": "",
  "--wait": "-W",
  "--wrap": "",
};

/** Refuses options of sbatch that would take the tasks out of the executor's hands. */
export function checkSbatchOptions(options: readonly string[]): void {
  const taken = options.find((option) =>
    Object.entries(reserved).some(
      ([long, short]) =>
        option === long ||
        option.startsWith(`${long}=`) ||
        (short !== "" && option.startsWith(short) && !option.startsWith("--")),
    ),
  );
  if (taken === undefined) return;
  throw new UserError({
    code: "sbatch-option-reserved",
    message: `--sbatch ${taken}: bisonflow sets this option of sbatch itself, to find its tasks again.`,
    hint: "Leave it out. What a task may use (--account, --time, --mem, --constraint, --qos …) is yours to set.",
  });
}
