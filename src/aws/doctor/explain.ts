import { fillStep, fillText, type MendStep } from "./mend-step.ts";
import type { ErrorText, Mend, Trouble, TroubleCode } from "./trouble.ts";
import { troubles } from "./troubles.ts";

/** A row of the table that a pasted text may be about. */
export interface Explanation {
  readonly code: TroubleCode;
  readonly title: string;
  /** AWS's words that were recognised. */
  readonly awsError: string;
  readonly cause: string;
  /** Ways to mend it, with the ids that the text names filled in and `<name>` for the rest. */
  readonly mends: readonly {
    readonly words: string;
    readonly steps: readonly MendStep[];
    readonly stackOption: string | undefined;
  }[];
}

/**
 * Finds what a pasted error text is about: best match first, empty when nothing is known of it. Needs no account.
 * Ids, case, punctuation and line breaks (a terminal's, in the middle of a word too) do not matter.
 *
 * @example
 * ```ts
 * import { explain } from "bisonflow/aws";
 * const [found] = explain("VPC S3 endpoint valida\ntion FAILED for SubnetId: subnet-0123456789abcdef0");
 * console.log(found?.code); // glue-connection-no-s3-route
 * ```
 */
export function explain(text: string): Explanation[] {
  const pasted = bare(text);
  const found: { row: Trouble; error: ErrorText; weight: number }[] = [];
  for (const row of Object.values(troubles)) {
    const best = row.errors
      .map((error) => ({ row, error, weight: likeness(pasted, error) }))
      .sort((a, b) => b.weight - a.weight)[0];
    if (best !== undefined && best.weight > 0) found.push(best);
  }
  found.sort((a, b) => b.weight - a.weight);
  // What matches a few general words only is left out where another row matches many more.
  const [first] = found;
  const close = found.filter(({ weight }) => weight >= (first?.weight ?? 0) * 0.6);
  const values = namedIn(text);
  const isTold = ({ isOnlyFound }: Mend): boolean => isOnlyFound !== true;
  return close.map(({ row, error }) => ({
    code: row.code,
    title: row.title,
    awsError: error.text,
    cause: row.cause,
    mends: Object.values(row.mends)
      .filter(isTold)
      .map((mend) => {
        const filling = { ...mend.example, ...values };
        return {
          words: fillText(mend.words, filling),
          steps: mend.steps.map((step) => fillStep(step, filling)),
          stackOption: mend.stackOption === undefined ? undefined : fillText(mend.stackOption, filling),
        };
      }),
  }));
}

/** How much of a text was recognised, in letters: 0 for not at all. */
function likeness(pasted: string, error: ErrorText): number {
  let most = 0;
  for (const words of error.tells) {
    const parts = words.map(bare);
    if (parts.every((part) => pasted.includes(part))) {
      most = Math.max(
        most,
        parts.reduce((sum, part) => sum + part.length, 0),
      );
    }
  }
  // A piece of AWS's sentence alone, cut out anywhere.
  if (most === 0 && pasted.length >= shortestPiece) {
    const whole = bare(error.text.replace(/\{[a-zA-Z]+\}/g, ""));
    if (whole.includes(withoutIds(pasted))) most = pasted.length;
  }
  return most;
}

const shortestPiece = 16;

/** Letters and digits alone, lower case; escapes of JSON and HTML taken out first. */
function bare(text: string): string {
  return text
    .replace(/\\u[0-9a-f]{4}|\\[nrt]|&(#\d+|#x[0-9a-f]+|[a-z]+);/gi, " ")
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "");
}

function withoutIds(pasted: string): string {
  return pasted.replace(/(subnet|vpc|sg|rtb|vpce|nat|acl)([0-9a-f]{17}|[0-9a-f]{8})/g, "");
}

const named: Readonly<Record<string, RegExp>> = {
  subnet: /\bsubnet-(?:[0-9a-f]{17}|[0-9a-f]{8})/i,
  vpc: /\bvpc-(?:[0-9a-f]{17}|[0-9a-f]{8})/i,
  group: /\bsg-(?:[0-9a-f]{17}|[0-9a-f]{8})/i,
  routeTable: /\brtb-(?:[0-9a-f]{17}|[0-9a-f]{8})/i,
  endpoint: /\bvpce-(?:[0-9a-f]{17}|[0-9a-f]{8})/i,
  role: /arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]*[\w+=@]/,
  region:
    /\b(?:us|eu|ap|ca|sa|af|me|il|mx|cn)(?:-gov)?-(?:north|south|east|west|central)(?:north|south|east|west)?-\d\b/,
  bucket: /(?<=\bs3:\/\/)[a-z0-9.-]{3,63}/,
  location: /\bs3:\/\/[a-z0-9.-]{3,63}\/[^\s"']*/,
  host: /\b[a-z0-9.-]+\.rds\.amazonaws\.com\b/i,
};

/** Actions that AWS means by words that name none. */
const meant: readonly (readonly [RegExp, string])[] = [
  [/create managed-?rule/i, "events:PutTargets, events:PutRule, events:DescribeRule"],
  [
    /access the Log Destination/i,
    "logs:CreateLogDelivery, logs:GetLogDelivery, logs:UpdateLogDelivery, logs:DeleteLogDelivery, logs:ListLogDeliveries, logs:PutResourcePolicy, logs:DescribeResourcePolicies, logs:DescribeLogGroups",
  ],
];

/** Ids and names that the text gives, for the commands. */
function namedIn(text: string): Record<string, string> {
  // A terminal breaks an id where the line ends.
  const joined = text.replace(/\s*[\r\n]+\s*/g, "");
  const values: Record<string, string> = {};
  for (const [name, pattern] of Object.entries(named)) {
    const value = (pattern.exec(text) ?? pattern.exec(joined))?.[0];
    if (value !== undefined) values[name] = value;
  }
  if (values.role !== undefined) values.roleName = values.role.split("/").at(-1) ?? values.role;
  const action =
    /perform:?\s*([a-z0-9-]+:[A-Z][A-Za-z0-9]+)/.exec(text)?.[1] ??
    /\b([a-z0-9-]+:[A-Z][A-Za-z0-9]+)\b/.exec(text)?.[1];
  const actions = meant.find(([words]) => words.test(joined))?.[1] ?? action;
  if (actions !== undefined) {
    const allow = { Effect: "Allow", Action: actions.split(", "), Resource: "*" };
    const policyDocument = JSON.stringify({ Version: "2012-10-17", Statement: [allow] });
    Object.assign(values, { action: action ?? actions, actions, policyDocument });
  }
  return values;
}
