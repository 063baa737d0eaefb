import { spawn } from "node:child_process";
import { ExitCode, UserError } from "../../trouble/index.ts";

/** What a command of Slurm left. */
export interface SlurmAnswer {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs one of Slurm's commands to its end, `input` on its standard input. A command that is not on this
 * machine is a UserError; a refusal is an answer, for the caller to put in words.
 */
export async function slurmCommand(
  program: "sbatch" | "squeue" | "scancel" | "scontrol" | "sinfo",
  args: readonly string[],
  input = "",
): Promise<SlurmAnswer> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"] });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    child.once("error", (error: NodeJS.ErrnoException) => {
      reject(error.code === "ENOENT" ? slurmMissing(program, error) : error);
    });
    child.once("close", (code) => resolve({ status: code ?? 1, stdout, stderr: stderr.trim() }));
    // A command that refuses its options ends before it reads.
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
  });
}

function slurmMissing(program: string, cause: Error): UserError {
  return new UserError({
    code: "slurm-missing",
    message: `${program}: no such program. Slurm's commands are not on this machine, or not on its PATH.`,
    hint: "Start the run where jobs are submitted from, usually a cluster's login node (perhaps after `module load slurm`), or leave out --on slurm.",
    exitCode: ExitCode.environment,
    cause,
  });
}
