export type { CrawlProblem } from "./crawl-log.ts";
export {
  type CrawlerProgress,
  type CrawlerResult,
  type FollowOptions,
  followCrawler,
} from "./follow-crawler.ts";
export { crawlerActions, glueActions } from "./glue-actions.ts";
export { glueCatalog } from "./glue-catalog.ts";
