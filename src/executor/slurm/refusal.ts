import { ExitCode, UserError } from "../../trouble/index.ts";
import { type SlurmAnswer, slurmCommand } from "./slurm-command.ts";

interface Refusal {
  readonly code: string;
  /** Slurm's own words, of versions 20 to 24. */
  readonly words: RegExp;
  readonly message: string;
  readonly hint: string;
  readonly exitCode?: ExitCode;
}

const refusals: readonly Refusal[] = [
  {
    code: "slurm-request-too-big",
    words:
      /node configuration is not available|Memory specification can not|more processors .* than permitted|CPU count .* can not/i,
    message: "No node of the partition has the memory or the processors that a task asks for.",
    hint: 'Ask for less with --memory (MiB), or say what the nodes have, for example --sbatch "--mem=0" where the cluster does not count memory.',
  },
  {
    code: "slurm-account-refused",
    words:
      /Invalid account|account.*(not permitted|partition combination)|Invalid qos|QOS.*not permitted|User's group not permitted/i,
    message: "Slurm does not let this user submit under that account, quality of service or partition.",
    hint: 'Name the account that you may use, for example --sbatch "--account=NAME"; `sacctmgr show associations user=$USER` lists them.',
  },
  {
    code: "slurm-too-many-jobs",
    words: /MaxSubmit|job limit|MaxJobCount|too many (jobs|tasks)|Slurm temporarily unable to accept job/i,
    message: "Slurm accepts no more jobs of this user at present.",
    hint: "Wait until some have ended, or cut the work into fewer tasks with taskRows in the configuration.",
  },
  {
    code: "slurm-time-limit-refused",
    words: /time limit is invalid|Requested time limit/i,
    message: "The partition does not allow tasks that long.",
    hint: 'Ask for less, for example --sbatch "--time=02:00:00".',
  },
  {
    code: "slurm-option-refused",
    words:
      /unrecognized option|invalid option|requires an argument|Invalid .* specification|Invalid (feature|gres|constraint)|Invalid license/i,
    message: "sbatch does not accept an option that it was given.",
    hint: "Check --sbatch (and slurm.sbatch in the configuration) against `man sbatch` on this cluster.",
  },
  {
    code: "slurm-unreachable",
    words:
      /Unable to contact slurm controller|Connection refused|Socket timed out|configuration source|Zero Bytes were transmitted|process configuration file/i,
    message: "Slurm's controller does not answer.",
    hint: "See `scontrol ping`; when it answers again, run the same command again.",
    exitCode: ExitCode.environment,
  },
  {
    code: "slurm-credentials-refused",
    words: /Protocol authentication error|Munge|authentication/i,
    message: "Slurm does not believe who this user is.",
    hint: "Its authentication service (munge) must run on this machine; ask whoever runs the cluster.",
    exitCode: ExitCode.environment,
  },
];

/** A refusal of sbatch in words of ours, Slurm's own beside them. */
export async function asUserError(
  { stderr }: SlurmAnswer,
  options: { readonly partition?: string | undefined },
): Promise<UserError> {
  const said = stderr
    .replaceAll("sbatch: ", "")
    .replaceAll("error: ", "")
    .replaceAll(/\s*\n\s*/g, "; ");
  if (/partition/i.test(stderr) && /invalid|not exist/i.test(stderr)) {
    const { stdout } = await slurmCommand("sinfo", ["--noheader", "--format=%R"]);
    const known = [...new Set(stdout.split(/\s+/).filter((name) => name !== ""))];
    return new UserError({
      code: "slurm-partition-unknown",
      message: `Partition ${options.partition ?? "(the default one)"}: Slurm has none of that name (${said}).`,
      hint: `Choose one with --partition: ${known.length === 0 ? "`sinfo` lists them" : known.join(", ")}.`,
    });
  }
  const known = refusals.find(({ words }) => words.test(stderr));
  if (known === undefined) {
    return new UserError({
      code: "slurm-refused",
      message: `Slurm refuses the tasks: ${said || "it gave no reason"}.`,
      hint: "Mend what it names, with --partition or --sbatch where that helps, and run the same command again.",
    });
  }
  const { code, message, hint, exitCode } = known;
  return new UserError({
    code,
    message: `${message} (Slurm: ${said}.)`,
    hint,
    ...(exitCode === undefined ? {} : { exitCode }),
  });
}
