import { readFileSync } from "node:fs";
import { confirm, isCancel } from "@clack/prompts";
import { Command, Option } from "commander";
import type { Diagnosis, DoctorSpec, Finding, PolicyFileFact } from "../../aws/doctor/index.ts";
import { UserError } from "../../trouble/index.ts";
import { awsAccessHere } from "../aws-access.ts";
import { sayTrouble } from "../say-trouble.ts";
import { standardOutput, type Terminal } from "../terminal.ts";

interface Options {
  readonly connection?: readonly string[];
  readonly database?: readonly string[];
  readonly queue?: readonly string[];
  readonly vpc?: readonly string[];
  readonly bucket?: readonly string[];
  readonly role?: readonly string[];
  readonly policy?: readonly string[];
  readonly policyFor: PolicyFileFact["for"];
  readonly stack?: string;
  readonly everything?: true;
  readonly region?: string;
  readonly profile?: string;
  readonly mend?: true;
  readonly yes?: true;
  readonly json?: true;
}

/** What of the outside a test may put something else for. */
export interface DoctorOutside {
  readonly terminal?: Terminal;
  /** Asks whether to make a change. */
  readonly agree?: (question: string) => Promise<boolean>;
}

/** `bisonflow aws doctor`: what AWS would refuse, why, and what to do about it. */
export function doctorCommand(outside: DoctorOutside = {}): Command {
  const terminal = outside.terminal ?? standardOutput();
  const several = (value: string, before: readonly string[] = []): string[] => [...before, value];
  return new Command("doctor")
    .description(
      "Look at an account without changing it and say what AWS would refuse, why, and what to do: Glue connections and their network, databases, roles and policies, Batch, buckets, the catalog. Without names it looks at our own stack, and where that is not, at everything in the region. Exit code: 0 sound, 1 findings, 2 could not look.",
    )
    .option("--connection <name>", "a Glue connection (repeatable)", several)
    .option("--database <name>", "a database of the catalog or of RDS (repeatable)", several)
    .option("--queue <name>", "a queue of Batch (repeatable)", several)
    .option("--vpc <id>", "a VPC (repeatable)", several)
    .option("--bucket <name>", "a bucket (repeatable)", several)
    .option(
      "--role <name[=service]>",
      "a role, and who is to use it: glue (the default), ecs-tasks, batch, ec2 … (repeatable)",
      several,
    )
    .option(
      "--policy <file>",
      "a policy that you mean to give to somebody: is it too long? (repeatable)",
      several,
    )
    .addOption(
      new Option("--policy-for <kind>", "to whom")
        .choices(["user", "group", "role", "managed"])
        .default("user"),
    )
    .option("--stack <name>", "a stack of CloudFormation (bisonflow where it stands)")
    .option("--everything", "everything in the region")
    .option("--region <region>", "AWS region (AWS_REGION)")
    .option("--profile <name>", "profile of ~/.aws/config (AWS_PROFILE)")
    .option("--mend", "show each change that can be made, and make those that you agree to")
    .option("--yes", "with --mend: agree to all")
    .option("--json", "print JSON")
    .action(async (options: Options) => {
      try {
        process.exitCode = await lookAndSay(options, { ...outside, terminal });
      } catch (error) {
        // Whatever it was, nothing can be said of the account: 2, never 1, which means findings.
        sayTrouble(error, { json: options.json === true });
        process.exitCode = 2;
      }
    })
    .addCommand(explainCommand(terminal));
}

async function lookAndSay(
  options: Options,
  outside: DoctorOutside & { terminal: Terminal },
): Promise<number> {
  const { terminal } = outside;
  const spec = specOf(options);
  const access = await awsAccessHere(options);
  const { diagnose, diagnosisExitCode, diagnosisJson } = await import("../../aws/doctor/index.ts");
  const look = (): Promise<Diagnosis> => diagnose({ access, spec, onProgress: progress(options) });
  const say = async (diagnosis: Diagnosis): Promise<void> => {
    clearProgress(options);
    if (options.json === true) {
      await terminal.write(`${JSON.stringify(diagnosisJson(diagnosis))}\n`);
      return;
    }
    const { diagnosisText } = await import("./doctor-text.ts");
    await terminal.write(diagnosisText(terminal, diagnosis));
  };
  const diagnosis = await look();
  if (options.mend !== true) {
    await say(diagnosis);
    return diagnosisExitCode(diagnosis);
  }
  if (options.json !== true) await say(diagnosis);
  const made = await mend(diagnosis, { options, outside, access });
  const after = made > 0 ? await look() : diagnosis;
  if (options.json === true || made > 0) {
    if (options.json !== true)
      await terminal.write(`\n${made} ${made === 1 ? "change" : "changes"} made. Now:\n\n`);
    await say(after);
  }
  return diagnosisExitCode(after);
}

/** Shows each change that can be made and makes those that are agreed to; returns how many were. */
async function mend(
  diagnosis: Diagnosis,
  {
    options,
    outside,
    access,
  }: {
    options: Options;
    outside: DoctorOutside & { terminal: Terminal };
    access: Awaited<ReturnType<typeof awsAccessHere>>;
  },
): Promise<number> {
  const { canMend, openMender } = await import("../../aws/doctor/index.ts");
  const { changeText } = await import("./doctor-text.ts");
  const say = (text: string): void => {
    process.stderr.write(text);
  };
  clearProgress(options);
  const changes = withoutRepeats(diagnosis.findings.filter(canMend));
  if (changes.length === 0) {
    if (diagnosis.findings.length > 0)
      say("\nNone of this can be mended by itself: see the commands above.\n");
    return 0;
  }
  const canAsk =
    outside.agree !== undefined || (process.stdin.isTTY === true && process.stderr.isTTY === true);
  const agree = outside.agree ?? askAtTerminal;
  const mender = openMender(access);
  let made = 0;
  for (const finding of changes) {
    say(`\n${changeText(outside.terminal, finding, diagnosis.region)}`);
    if (options.yes !== true && !canAsk) continue;
    if (options.yes !== true && !(await agree("Make this change?"))) continue;
    try {
      await mender.apply(finding);
      made += 1;
      say("   Made.\n");
    } catch (error) {
      // The others may still be made; what was refused is found again below.
      sayTrouble(asRefusal(error), { json: options.json === true });
    }
  }
  if (options.yes !== true && !canAsk) {
    say("\nNothing was changed: nobody is there to agree. Give --yes to make these changes.\n");
  }
  return made;
}

function asRefusal(error: unknown): unknown {
  if (error instanceof UserError || !(error instanceof Error)) return error;
  return new UserError({
    code: "doctor-mend-refused",
    message: `AWS refused the change (${error.name}: ${error.message}).`,
    hint: "Nothing else hangs on it; mend it by hand with the command above.",
    cause: error,
  });
}

async function askAtTerminal(question: string): Promise<boolean> {
  const answer = await confirm({ message: question, initialValue: false, output: process.stderr });
  return !isCancel(answer) && answer;
}

function withoutRepeats(findings: readonly Finding[]): Finding[] {
  return [...new Map(findings.map((one) => [JSON.stringify(one.mend.steps), one])).values()];
}

function specOf(options: Options): DoctorSpec {
  const { connection, database, queue, vpc, bucket, role, stack, everything } = options;
  return {
    connections: connection,
    databases: database,
    queues: queue,
    vpcs: vpc,
    buckets: bucket,
    roles: role,
    policies: options.policy?.map((path) => ({ id: path, text: policyText(path), for: options.policyFor })),
    stack,
    everything,
  };
}

function policyText(path: string): string {
  const text = readFileSync(path, "utf8");
  try {
    JSON.parse(text);
  } catch (error) {
    throw new UserError({
      code: "policy-no-json",
      message: `${path}: this is no JSON (${(error as Error).message}), a policy document was expected.`,
      hint: "Give the file with the policy itself.",
      cause: error,
    });
  }
  return text;
}

function showsProgress({ json }: Options): boolean {
  return json !== true && process.stderr.isTTY === true;
}

function progress(options: Options): (what: string) => void {
  return (what) => {
    if (showsProgress(options)) process.stderr.write(`\r\u001B[KReading ${what} …`);
  };
}

function clearProgress(options: Options): void {
  if (showsProgress(options)) process.stderr.write("\r\u001B[K");
}

/** `bisonflow aws doctor explain`: needs no account. */
function explainCommand(terminal: Terminal): Command {
  return new Command("explain")
    .description("Say what an error text of AWS is about and what to do. Needs no account.")
    .argument("[text...]", "the text, as it was pasted; without one it is read from standard input")
    .option("--json", "print JSON")
    .action(async (words: readonly string[], _: unknown, command: Command) => {
      // --json before and after `explain` are the same to a person.
      const json = command.optsWithGlobals<{ json?: true }>().json === true;
      const text = words.length > 0 ? words.join(" ") : readFileSync(0, "utf8");
      const { explain } = await import("../../aws/doctor/explain.ts");
      const found = explain(text);
      if (found.length === 0) {
        throw new UserError({
          code: "error-text-unknown",
          message: "Nothing is known of this text.",
          hint: "Paste more of it, as AWS wrote it; `bisonflow aws doctor` looks at the account itself.",
        });
      }
      if (json) {
        const { stepText } = await import("../../aws/doctor/mend-step.ts");
        const explanations = found.map(({ mends, ...rest }) => ({
          ...rest,
          mends: mends.map(({ words: what, steps, stackOption }) => ({
            words: what,
            command: steps.map((step) => stepText(step)).join(" && "),
            stackOption: stackOption ?? null,
          })),
        }));
        await terminal.write(`${JSON.stringify({ explanations })}\n`);
        return;
      }
      const { explanationText } = await import("./doctor-text.ts");
      await terminal.write(explanationText(terminal, found));
    });
}
