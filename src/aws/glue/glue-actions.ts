import type { DeclaredAction } from "../client/index.ts";

/** The rights that the catalog in Glue needs: glueCatalog, and a crawl or a run that registers its tables there. */
export const glueActions: readonly DeclaredAction[] = [
  { action: "glue:GetDatabases", on: "glue-catalog", why: "list the databases" },
  { action: "glue:GetDatabase", on: "glue-catalog", why: "see whether a database is there" },
  { action: "glue:CreateDatabase", on: "glue-catalog", why: "make a run's or a crawl's database" },
  { action: "glue:GetTables", on: "glue-catalog", why: "list tables, and find those whose files are gone" },
  { action: "glue:GetTable", on: "glue-catalog", why: "compare a table with its record" },
  { action: "glue:CreateTable", on: "glue-catalog", why: "register a table" },
  { action: "glue:UpdateTable", on: "glue-catalog", why: "register a table that has changed" },
  {
    action: "glue:DeleteTable",
    on: "glue-catalog",
    why: "remove the record of a table whose files are gone",
  },
  { action: "glue:GetPartitions", on: "glue-catalog", why: "find partitions whose files are gone" },
  { action: "glue:BatchGetPartition", on: "glue-catalog", why: "compare partitions with their records" },
  { action: "glue:BatchCreatePartition", on: "glue-catalog", why: "register partitions" },
  { action: "glue:BatchUpdatePartition", on: "glue-catalog", why: "register partitions that have changed" },
  { action: "glue:BatchDeletePartition", on: "glue-catalog", why: "remove partitions whose files are gone" },
];

/** The rights that starting and following a crawler of Glue needs, beside those to read the catalog. */
export const crawlerActions: readonly DeclaredAction[] = [
  { action: "glue:StartCrawler", on: "glue-crawler", why: "start a crawler" },
  { action: "glue:GetCrawler", on: "glue-crawler", why: "follow a crawler" },
  { action: "glue:GetTables", on: "glue-catalog", why: "say what a crawler changed" },
  { action: "logs:GetLogEvents", on: "crawler-log-group", why: "say what a crawler was refused" },
  { action: "glue:ListCrawlers", on: "any", why: "name the crawlers when one is not there" },
];
