import { confirm, isCancel } from "@clack/prompts";
import { ExitCode, UserError } from "../../trouble/index.ts";

/**
 * Asks whether to go on. With `yes` it does not ask; without a terminal to ask on it throws a UserError, so that a
 * script never does by accident what it did not say.
 */
export async function mayGoOn(question: string, { yes }: { yes: boolean }): Promise<boolean> {
  if (yes) return true;
  if (process.stdin.isTTY !== true || process.stdout.isTTY !== true) {
    throw new UserError({
      code: "no-terminal",
      message: "There is no terminal to confirm on; nothing was changed.",
      hint: "Give --yes when it is meant.",
    });
  }
  const answer = await confirm({ message: question, initialValue: false });
  if (isCancel(answer)) {
    throw new UserError({
      code: "interrupted",
      message: "Not confirmed: nothing was changed.",
      hint: "Run the same command again when it is meant.",
      exitCode: ExitCode.interrupted,
    });
  }
  return answer;
}
