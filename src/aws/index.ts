export {
  type AccessSpec,
  type AwsAccess,
  type AwsCall,
  AwsTrouble,
  type AwsTroubleCode,
  type ClientConfig,
  type CredentialSource,
  connect,
  type DeclaredAction,
  iamActions,
  openAccess,
  type RecordedCall,
  type ResourceKind,
  recordCallsTo,
  subjectOf,
} from "./client/index.ts";
export {
  type Diagnosis,
  type DoctorSpec,
  diagnose,
  doctorActions,
  type Explanation,
  explain,
  type Finding,
  type TroubleCode,
} from "./doctor/index.ts";
export {
  type CrawlerProgress,
  type CrawlerResult,
  crawlerActions,
  type FollowOptions,
  followCrawler,
  glueActions,
  glueCatalog,
} from "./glue/index.ts";
export {
  parseS3Uri,
  type S3Location,
  type S3Settings,
  type S3StoreOptions,
  s3Actions,
  s3Store,
} from "./s3/index.ts";
