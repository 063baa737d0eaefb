import { isRemote } from "../../store/index.ts";
import { UserError } from "../../trouble/index.ts";
import { type RunConfig, runSpec } from "../../workflow/index.ts";
import { leaveJson, readJson, type StepWork, stepFiles } from "./step-work.ts";

/**
 * Finds the snapshot that a configuration means by `gbif:latest`, spells out every place (what is relative is beside
 * the configuration), and leaves the run as it will be. `{snapshot}` in `out` becomes the snapshot's date.
 */
export async function findStep({ config, work, services }: StepWork): Promise<string> {
  const given = await readConfig({ config, services });
  const found = new Map<string, string>();
  for (const name of given.occurrences.filter((one) => one.startsWith("gbif:")))
    found.set(name, await services.findSnapshot(name.slice("gbif:".length)));
  const folder = config.slice(0, config.lastIndexOf("/"));
  const beside = (path: string): string =>
    isRemote(path) || path.startsWith("/") ? path : `${folder}/${path}`;
  const resolved: RunConfig = {
    ...given,
    occurrences: given.occurrences.map((one) => found.get(one) ?? beside(one)),
    layers: given.layers.map((layer) => ({ ...layer, path: beside(layer.path) })),
    ...(given.register === undefined
      ? {}
      : { register: { ...given.register, path: beside(given.register.path) } }),
    out: outOf(given.out, { config, snapshots: [...found.values()] }),
    // Tasks are jobs, and the result is for Athena.
    on: "aws",
    catalog: given.catalog ?? "glue",
  };
  await leaveJson(services, `${work}/${stepFiles.run}`, resolved);
  const snapshots = [...found].map(([name, uri]) => `${name} is ${uri}`);
  return [...snapshots, `The result goes to ${resolved.out}.`].join("\n");
}

async function readConfig({ config, services }: Pick<StepWork, "config" | "services">): Promise<RunConfig> {
  let json: unknown;
  try {
    json = await readJson(services, config);
  } catch (error) {
    const isAbsent = error instanceof UserError && error.code === "not-found";
    if (!isAbsent && !(error instanceof SyntaxError)) throw error;
    throw new UserError({
      code: "config-not-found",
      message: isAbsent
        ? `${config}: there is no configuration of the run.`
        : `${config}: not JSON (${error.message}).`,
      hint: "Write one (docs/reference/config.md) and put it there: aws s3 cp run.json THERE.",
      cause: error,
    });
  }
  const parsed = runSpec.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new UserError({
    code: "config-invalid",
    message: `${config}: ${issue?.path.join(".") || "the whole"}: ${issue?.message ?? "not as expected"}.`,
    hint: "Compare with docs/reference/config.md, where every key is described.",
  });
}

/** Where the result goes. A folder's name is its database's, too, so dates are written with underscores. */
function outOf(out: string, { config, snapshots }: { config: string; snapshots: readonly string[] }): string {
  const bucket = /^s3:\/\/[^/]+/.exec(config)?.[0];
  const place = out === "bisonflow-out" && bucket !== undefined ? `${bucket}/results/bison_{snapshot}` : out;
  const dates = snapshots.flatMap((uri) => /\d{4}-\d{2}-\d{2}/.exec(uri)?.[0] ?? []);
  const [date] = dates;
  if (place.includes("{snapshot}") && date === undefined) {
    throw new UserError({
      code: "snapshot-not-named",
      message: `out: ${place}: {snapshot} stands for a snapshot's date, and the records are of none.`,
      hint: "Name GBIF's records by gbif:latest or gbif:DATE, or give out a name of its own.",
    });
  }
  const filled = place.replaceAll("{snapshot}", (date ?? "").replaceAll("-", "_"));
  if (isRemote(filled)) return filled;
  throw new UserError({
    code: "result-out-of-reach",
    message: `out: ${filled}: a folder of a machine that is gone after the run; expected a prefix in S3.`,
    hint: "Write out as s3://BUCKET/results/bison_{snapshot}, or leave it out for that.",
  });
}
