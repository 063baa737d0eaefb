import { readFile } from "node:fs/promises";
import { Command, Option } from "commander";
import { type Prices, parsePrices } from "../../aws/cost/index.ts";
import { stackTemplate } from "../../aws/stack/index.ts";
import { UserError } from "../../trouble/index.ts";
import { awsAccessHere } from "../aws-access.ts";
import { addRunOptions } from "../run-options.ts";
import { standardOutput, type Terminal } from "../terminal.ts";
import { costAfter } from "./cost-after.ts";
import { costBefore } from "./cost-before.ts";
import type { CostOptions } from "./reckoning.ts";

/** `bisonflow aws cost`: what a run will cost, or what it did. */
export function costCommand(terminal: Terminal = standardOutput()): Command {
  const number = (text: string): number => Number(text);
  return addRunOptions(
    new Command("cost").description(
      "Say what a run on AWS will cost, by its plan; or, with --of or --execution, what it did cost, by stage, attempts that were lost among them.",
    ),
  )
    .option("--plan <file>", "reckon a plan that `bisonflow plan` wrote, instead of making one")
    .option("--of <result>", "after a run: its result, folder or s3://BUCKET/PREFIX")
    .option("--execution <arn>", "after a run of the state machine: its execution")
    .option("--prices <file>", "JSON of prices that replace the defaults (docs/guide/aws.md)")
    .addOption(
      new Option(
        "--price <name=usd>",
        "one price instead, for example s3GBMonth=0.024; again for more",
      ).argParser(priceOption),
    )
    .option("--on-demand", "machines on demand (default: spot)")
    .option("--instance-types <kinds>", "kinds of machines (default: the stack's)", (text) => text.split(","))
    .option("--max-vcpus <n>", "most vCPUs at one time (default: the stack's)", number)
    .option("--scratch <GiB>", "disk of a machine (default: the stack's)", number)
    .option("--through-nat", "records are read through a NAT gateway, not the S3 endpoint")
    .option("--region <region>", "where spot prices are asked for (default: AWS_REGION, else us-east-1)")
    .option("--no-ask", "do not ask AWS for the spot price")
    .option("--json", "print JSON")
    .action(async (options: CostOptions) => {
      const prices = await pricesFrom(options);
      const access =
        options.ask === false && options.execution === undefined
          ? undefined
          : await awsAccessHere({ region: options.region ?? process.env.AWS_REGION ?? prices.region });
      const reckoning = { options, prices, access, values: valuesFrom(options) };
      const said =
        options.of !== undefined || options.execution !== undefined
          ? await costAfter(terminal, reckoning)
          : await costBefore(terminal, reckoning);
      await terminal.write(options.json === true ? `${JSON.stringify(said.json, null, 2)}\n` : said.text);
    });
}

function priceOption(text: string, before: Record<string, number> | undefined): Record<string, number> {
  const [name = "", value = ""] = text.split("=");
  if (name !== "" && value !== "" && Number.isFinite(Number(value)))
    return { ...before, [name]: Number(value) };
  throw new UserError({
    code: "option-not-a-pair",
    message: `--price ${text}: expected NAME=USD.`,
    hint: "For example --price s3GBMonth=0.024.",
  });
}

async function pricesFrom({ prices, price }: CostOptions): Promise<Prices> {
  if (prices === undefined) return parsePrices({ ...price });
  let given: unknown;
  try {
    given = JSON.parse(await readFile(prices, "utf8"));
  } catch (error) {
    throw new UserError({
      code: "prices-invalid",
      message: `${prices}: not readable as JSON (${error instanceof Error ? error.message : error}).`,
      hint: 'Expected an object such as {"s3GBMonth": 0.024}.',
      cause: error,
    });
  }
  if (typeof given !== "object" || given === null || Array.isArray(given)) return parsePrices(given);
  return parsePrices({ ...given, ...price });
}

/** The defaults of the stack's template, with what options say instead. */
function valuesFrom(options: CostOptions): Record<string, string> {
  const { Parameters = {} } = stackTemplate({ network: "new", database: false });
  const defaults = Object.fromEntries(
    Object.entries(Parameters).map(([name, { Default }]) => [name, String(Default ?? "")]),
  );
  const { onDemand, instanceTypes, maxVcpus, scratch } = options;
  return {
    ...defaults,
    ...(onDemand === true ? { Capacity: "EC2" } : {}),
    ...(instanceTypes === undefined ? {} : { InstanceTypes: instanceTypes.join(",") }),
    ...(maxVcpus === undefined ? {} : { MaxVcpus: String(maxVcpus) }),
    ...(scratch === undefined ? {} : { ScratchGiB: String(scratch) }),
  };
}
