export type { LoginMethod } from "./connect/authenticate.ts";
export type { Purpose, ServerFacts } from "./connect/rights.ts";
export type { Observe, StepName, StepReport } from "./connect/step.ts";
export {
  type ConnectionStore,
  connectionStore,
  isConnectionName,
  type SavedConnection,
} from "./connection-store.ts";
export { crawlDatabase, type DatabaseCrawlOptions } from "./crawl/crawl-database.ts";
export type { PublishEvent } from "./publish/publish-event.ts";
export {
  type PublishOptions,
  type PublishReport,
  publishResult,
} from "./publish/publish-result.ts";
export {
  type Credentials,
  findCredentials,
  type SecretSources,
  type StoredSecret,
} from "./secret/find-credentials.ts";
export { Password } from "./secret/password.ts";
export { parseSecretReference, type SecretReference } from "./secret/secret-reference.ts";
export { checked as databaseTarget, type ParsedUrl, parseDatabaseUrl } from "./target/parse-database-url.ts";
export {
  type DatabaseTarget,
  isLoopback,
  nameOfTarget,
  type SslMode,
  sslModeOf,
  sslModes,
} from "./target/target.ts";
export { type DatabaseTest, testDatabase } from "./test-database.ts";
