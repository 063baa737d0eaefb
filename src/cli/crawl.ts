import { Command } from "commander";
import { type CrawlResult, crawl } from "../catalog/index.ts";
import { isRemote } from "../store/index.ts";
import { UserError } from "../trouble/index.ts";
import { addCatalogOptions, type CatalogOptions, catalogHere, catalogName } from "./catalog-here.ts";
import { crawlPostgres, isDatabase } from "./crawl-postgres.ts";
import { crawlText } from "./crawl-text.ts";
import { servicesHere } from "./environment.ts";
import { followGlueCrawler } from "./glue-crawler.ts";
import { standardOutput, type Terminal } from "./terminal.ts";
import { trafficText } from "./traffic-text.ts";

interface Options extends CatalogOptions {
  readonly database: string;
  readonly prefix?: string;
  readonly links?: string;
  readonly overwrite?: true;
  readonly schema?: readonly string[];
  readonly crawler?: string;
  readonly json?: true;
}

/** `bisonflow crawl`: the tables of a folder into the catalog. */
export function crawlCommand(terminal: Terminal = standardOutput()): Command {
  return addCatalogOptions(
    new Command("crawl")
      .description(
        "Find the tables in a folder and write them to the catalog: columns, types, partitions, rows, bytes.",
      )
      .argument(
        "[folder]",
        "folder (or s3://bucket/folder) of Parquet, CSV or TSV files, of a GBIF snapshot, or of a run; postgres://USER@HOST/DATABASE, or a stored connection's name",
      )
      .option("--database <name>", "database that the tables go into", "bison_metadata")
      .option("--prefix <text>", "in front of every table's name (default: gbif_odr_ for a GBIF snapshot)"),
  )
    .option(
      "--links <s3://prefix>",
      "where lists of files go for tables on S3 that Athena cannot read as a folder (default: .bisonflow/links/ in the folder of a run)",
    )
    .option(
      "--overwrite",
      "let columns and formats that people changed in the catalog follow the files again",
    )
    .option(
      "--schema <name>",
      "of a PostgreSQL database: a schema to look into; may be repeated (default: all)",
      (name: string, all: readonly string[] = []) => [...all, name],
    )
    .option("--crawler <name>", "start this Glue crawler instead, and follow it to its end")
    .option("--json", "print JSON")
    .action(async (folder: string | undefined, options: Options) => {
      if (options.crawler !== undefined) {
        await followGlueCrawler(terminal, { ...options, crawler: options.crawler, folder });
        return;
      }
      if (folder !== undefined && (await isDatabase(folder))) {
        await crawlPostgres(terminal, folder, options);
        return;
      }
      const { database, prefix, links, overwrite } = options;
      const { store } = servicesHere();
      const result: CrawlResult = await crawl(store, await catalogFor(folder, options), {
        folder: folder ?? "",
        database,
        tablePrefix: prefix,
        links,
        overwrite,
      });
      await terminal.write(
        options.json
          ? `${JSON.stringify(result, null, 2)}\n`
          : `${crawlText(terminal, result)}${spaced(trafficText(store.traffic?.()))}`,
      );
    });
}

function spaced(line: string): string {
  return line === "" ? "" : `\n${line}`;
}

async function catalogFor(folder: string | undefined, options: Options) {
  if (folder === undefined) {
    throw new UserError({
      code: "folder-missing",
      message: "crawl: no folder is named.",
      hint: "Give a folder or s3://bucket/folder, or --crawler NAME to start a Glue crawler.",
    });
  }
  if (catalogName(options) === "glue" && !isRemote(folder)) {
    throw new UserError({
      code: "catalog-needs-s3",
      message: `${folder}: a folder of this machine was given for the Glue Data Catalog; one on S3 was expected.`,
      hint: "Athena reads S3 alone: write the result there (bisonflow run --out s3://…), or crawl with --catalog local.",
    });
  }
  if (options.links !== undefined && !isRemote(options.links)) {
    throw new UserError({
      code: "links-not-on-s3",
      message: `--links ${options.links}: a prefix on S3 was expected.`,
      hint: "For example --links s3://my-bucket/links/.",
    });
  }
  return catalogHere(options);
}
