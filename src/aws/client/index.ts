export { type AccessSpec, type AwsAccess, type CredentialSource, openAccess } from "./aws-access.ts";
export { type AwsCall, AwsTrouble, type AwsTroubleCode, awsTrouble, refusedIn } from "./aws-trouble.ts";
export { type ClientConfig, connect } from "./connect.ts";
export type { DeclaredAction, ResourceKind } from "./declared-action.ts";
export { iamActions, iamPrefix } from "./iam-actions.ts";
export { operationActions } from "./operation-actions.ts";
export { type RecordedCall, recordCallsTo, subjectOf } from "./recorded-call.ts";
