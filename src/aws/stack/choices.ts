import { z } from "zod";
import { UserError } from "../../trouble/index.ts";

/** Graviton kinds: a `g` behind the generation, as in r7g.medium, c7gn.large, im4gn.xlarge. */
const arm64 = /^[a-z]+\d+g[a-z]*\.[a-z0-9-]+$/;

const graviton = z.string().regex(arm64, {
  error: ({ input }) => `${input} is no arm64 kind; expected a Graviton one such as r7g.medium`,
});

/** What a user may choose of a stack. What is absent stays as it is, or takes the template's default. */
export const stackChoices = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9-]{0,50}$/, {
      error: "expected a letter, then letters, digits and hyphens, 51 characters at most",
    })
    .default("bisonflow")
    .describe("Name of the stack; several may stand in one account."),
  vpc: z
    .string()
    .regex(/^(new|default|vpc-[0-9a-f]{8,17})$/, {
      error: "expected new, default or the id of a VPC such as vpc-0a1b2c3d",
    })
    .optional()
    .describe("A VPC of the stack's own, the account's default, or another by its id."),
  subnets: z
    .array(z.string().regex(/^subnet-[0-9a-f]{8,17}$/, { error: "expected ids such as subnet-0a1b2c3d" }))
    .min(1)
    .optional()
    .describe("Of an existing VPC: the subnets for machines; all that lead outside when absent."),
  database: z.boolean().optional().describe("Whether there is a PostgreSQL 16 database."),
  databaseClass: z.string().regex(/^db\./, { error: "expected a class such as db.t4g.micro" }).optional(),
  capacity: z.enum(["spot", "on-demand"]).optional(),
  instanceTypes: z.array(graviton).min(1).optional(),
  maxVcpus: z.number().int().min(1).max(10_000).optional(),
  taskVcpus: z.number().int().min(1).max(64).optional(),
  taskMemoryMiB: z.number().int().min(2048).optional(),
  taskTimeoutSeconds: z.number().int().min(60).optional(),
  scratchGiB: z.number().int().min(30).max(16_384).optional(),
  image: z.string().optional(),
  imageTag: z.string().optional(),
  catalogDatabase: z
    .string()
    .regex(/^[a-z0-9_]{1,255}$/, { error: "expected lower-case letters, digits and _" })
    .optional(),
  crawlerTarget: z.string().startsWith("s3://", { error: "expected an s3:// folder" }).optional(),
  schedule: z
    .string()
    .regex(/^(off|monthly|cron\(.+\))$/, { error: "expected off, monthly or a cron(…) of EventBridge" })
    .optional(),
  email: z.union([z.literal(""), z.email({ error: "expected an e-mail address" })]).optional(),
  budgetUsd: z.number().int().min(0).optional(),
  tags: z.record(z.string().min(1).max(128), z.string().max(256)).default({}),
});

/** Choices that were checked. */
export type StackChoices = z.output<typeof stackChoices>;

/** Checks what a user said; throws a UserError `stack-choice-invalid` that names the choice. */
export function parseChoices(given: z.input<typeof stackChoices>): StackChoices {
  const parsed = stackChoices.safeParse(given);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const option = String(issue?.path[0] ?? "").replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  throw new UserError({
    code: "stack-choice-invalid",
    message: `--${option}: ${issue?.message ?? "not as expected"}.`,
    hint: "See `bisonflow aws plan --help` for what can be chosen.",
  });
}

/** The template's parameters that choices set, by name. */
export function chosenParameters(choices: StackChoices): Record<string, string> {
  const { capacity, instanceTypes, schedule } = choices;
  const values: Record<string, string | number | undefined> = {
    Capacity: capacity === undefined ? undefined : capacity === "spot" ? "SPOT" : "EC2",
    InstanceTypes: instanceTypes?.join(","),
    MaxVcpus: choices.maxVcpus,
    TaskVcpus: choices.taskVcpus,
    TaskMemoryMiB: choices.taskMemoryMiB,
    TaskTimeoutSeconds: choices.taskTimeoutSeconds,
    ScratchGiB: choices.scratchGiB,
    Image: choices.image,
    ImageTag: choices.imageTag,
    CatalogDatabase: choices.catalogDatabase,
    CrawlerTarget: choices.crawlerTarget,
    ScheduleState: schedule === undefined ? undefined : schedule === "off" ? "DISABLED" : "ENABLED",
    ScheduleExpression: schedule?.startsWith("cron(") ? schedule : undefined,
    NotificationEmail: choices.email,
    MonthlyBudgetUsd: choices.budgetUsd,
    DatabaseClass: choices.databaseClass,
  };
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
  );
}
