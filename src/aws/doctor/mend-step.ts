/** One call of AWS's API as data: what `--mend` sends and what the printed command is made of. */
export interface ApiStep {
  /** As `aws` on the command line names it. */
  readonly service: "ec2" | "glue" | "iam" | "rds" | "batch" | "s3api" | "logs";
  /** `CreateVpcEndpoint`; may hold a `{name}` as well. */
  readonly operation: string;
  /** The request; a text `{name}` in it stands for a value. */
  readonly input: Readonly<Record<string, unknown>>;
}

/** A command that is shown and not run: it needs a person's judgement, or a program other than AWS's API. */
export interface CommandStep {
  readonly command: string;
}

/** A crawl of ours: registers the files of a folder as tables of the Glue Data Catalog. */
export interface CrawlStep {
  readonly crawl: {
    /** `s3://bucket/folder/`. */
    readonly folder: string;
    readonly database: string;
    /** In front of tables' names; what `bisonflow crawl` itself puts there when absent. */
    readonly prefix?: string;
  };
}

export type MendStep = ApiStep | CrawlStep | CommandStep;

/** What is put for the `{names}` of a text or a request: texts, numbers, lists, whole objects. */
export type Values = Readonly<Record<string, unknown>>;

const placeholder = /\{([a-zA-Z]+)\}/g;

/** A text with its `{names}` replaced; a name without a value becomes `<name>`, for a person to fill in. */
export function fillText(text: string, values: Values): string {
  return text.replace(placeholder, (_, name: string) => {
    const value = values[name];
    if (value === undefined) return `<${spelt(name)}>`;
    if (Array.isArray(value)) return value.join(" ");
    return typeof value === "object" ? JSON.stringify(value) : String(value);
  });
}

/** A step with its `{names}` replaced; in a list, a list's values take the place of the name. */
export function fillStep(step: MendStep, values: Values): MendStep {
  if ("command" in step) return { command: fillText(step.command, values) };
  if ("crawl" in step) return { crawl: fill(step.crawl, values) as CrawlStep["crawl"] };
  const operation = fillText(step.operation, values);
  return { ...step, operation, input: fill(step.input, values) as ApiStep["input"] };
}

/** Whether a step names something that only a person can fill in. */
export function hasGaps(step: MendStep): boolean {
  return /<[a-z][a-z ]*>/.test(JSON.stringify(step));
}

/** The step as a command to paste into a shell. */
export function stepText(step: MendStep, region?: string): string {
  if ("command" in step) return step.command;
  if ("crawl" in step) return crawlText(step.crawl, region);
  const words = ["aws", step.service, kebab(step.operation)];
  for (const [name, value] of Object.entries(step.input)) words.push(...option(kebab(name), value));
  // IAM is one for all regions.
  if (region !== undefined && step.service !== "iam") words.push("--region", region);
  return words.join(" ");
}

function crawlText({ folder, database, prefix }: CrawlStep["crawl"], region: string | undefined): string {
  const words = ["bisonflow crawl", quoted(folder), "--catalog glue", "--database", quoted(database)];
  if (prefix !== undefined) words.push("--prefix", quoted(prefix));
  words.push("--overwrite");
  if (region !== undefined) words.push("--region", region);
  return words.join(" ");
}

function fill(value: unknown, values: Values): unknown {
  if (typeof value === "string") {
    const name = /^\{([a-zA-Z]+)\}$/.exec(value)?.[1];
    return name !== undefined && values[name] !== undefined ? values[name] : fillText(value, values);
  }
  if (Array.isArray(value)) return value.flatMap((one: unknown) => fill(one, values));
  if (value !== null && typeof value === "object") {
    return Object.fromEntries(
      Object.entries(value).map(([key, one]) => [fillText(key, values), fill(one, values)]),
    );
  }
  return value;
}

function option(name: string, value: unknown): string[] {
  if (typeof value === "boolean") return [value ? `--${name}` : `--no-${name}`];
  if (Array.isArray(value) && value.every((one) => typeof one === "string")) {
    return [`--${name}`, ...value.map(quoted)];
  }
  return [`--${name}`, quoted(typeof value === "object" ? JSON.stringify(value) : String(value))];
}

function quoted(text: string): string {
  return /^[A-Za-z0-9_.:/@=,+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** `DBInstanceIdentifier` → `db-instance-identifier`, as `aws` spells its options. */
function kebab(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, "$1-$2")
    .replace(/([A-Z]+)([A-Z][a-z])/g, "$1-$2")
    .toLowerCase();
}

function spelt(name: string): string {
  return name.replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase();
}
