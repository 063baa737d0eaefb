export {
  Audit,
  type AuditResult,
  type PrincipalUse,
  type UsedAction,
} from "./audit.ts";
export {
  type AuditReport,
  auditReport,
  type LeastPolicy,
  leastPolicy,
  type PrincipalReport,
} from "./audit-report.ts";
export type { Comparison } from "./compare-grants.ts";
export { auditActions } from "./declared-actions.ts";
export type { Policy, Statement } from "./least-policy.ts";
export { lookupEvents } from "./lookup-events.ts";
export { type Grant, parsePolicies } from "./policy-document.ts";
export type { Principal } from "./principal.ts";
export { type Held, readGrants } from "./read-grants.ts";
export { readSources, type SourcesRead } from "./read-sources.ts";
export { reportJson } from "./report-json.ts";
export { type AsideReason, asideReasons, type SetAside } from "./set-aside.ts";
export { mostAttached, plain, policyLimits, policySize, splitPolicy } from "./split-policy.ts";
