export { bug } from "./bug.ts";
export { type DataIssue, IssueCounter } from "./data-issue.ts";
export { TaskFailure } from "./task-failure.ts";
export { ExitCode, UserError } from "./user-error.ts";
