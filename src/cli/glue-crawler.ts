import { UserError } from "../trouble/index.ts";
import { awsAccessHere } from "./aws-access.ts";
import type { CatalogOptions } from "./catalog-here.ts";
import { interruptSignal } from "./interrupt.ts";
import { duration } from "./numbers.ts";
import type { Terminal } from "./terminal.ts";

/** `bisonflow crawl --crawler NAME`: a crawler of Glue, started and followed. */
export async function followGlueCrawler(
  terminal: Terminal,
  options: CatalogOptions & {
    readonly crawler: string;
    readonly folder: string | undefined;
    readonly json?: true;
  },
): Promise<void> {
  const { crawler, folder, catalog, region } = options;
  if (folder !== undefined || (catalog !== undefined && catalog !== "glue")) {
    throw new UserError({
      code: "crawler-has-its-own",
      message: `--crawler ${crawler}: a Glue crawler has its own folders, database and catalog, and others were named.`,
      hint: "Leave out the folder and --catalog, or leave out --crawler to have bisonflow look itself.",
    });
  }
  const { followCrawler } = await import("../aws/glue/index.ts");
  let said = "";
  const result = await followCrawler(await awsAccessHere({ region }), {
    crawler,
    signal: interruptSignal(),
    onProgress: ({ state, seconds }) => {
      // Standard error: what the crawl found is the command's answer.
      const words = state === "joined" ? "runs already: following it" : state;
      const line = `${crawler} ${words}`;
      if (line !== said || terminal.isInteractive)
        process.stderr.write(`${line}${seconds < 1 ? "" : ` (${duration(seconds)})`}\n`);
      said = line;
    },
  });
  if (options.json) {
    await terminal.write(`${JSON.stringify(result, null, 2)}\n`);
    return;
  }
  const { database, tables, problems, seconds, log } = result;
  const lines = tables.map(({ name, change }) => `  ${name} ${change}\n`);
  await terminal.write(
    [
      `${crawler} is done after ${duration(seconds)}: database ${database}, ${tables.length === 0 ? "nothing changed" : "changed"}\n`,
      ...lines,
      ...problems.map(({ message }) => `Note: ${message}\n`),
      `Its words: log ${log}\n`,
    ].join(""),
  );
}
