import type { DeclaredAction } from "../client/index.ts";

/** What an audit itself needs; only with --lookup and --role, for log files are read through the store. */
export const auditActions: readonly DeclaredAction[] = [
  { action: "cloudtrail:LookupEvents", on: "any", why: "read the event history (audit --lookup)" },
  { action: "iam:GetRole", on: "role", why: "find the role that is compared (audit --role)" },
  { action: "iam:ListAttachedRolePolicies", on: "role", why: "find the policies that a role has" },
  { action: "iam:ListRolePolicies", on: "role", why: "find the inline policies that a role has" },
  { action: "iam:GetRolePolicy", on: "role", why: "read an inline policy of a role" },
  { action: "iam:GetPolicy", on: "any", why: "find a managed policy's version in force" },
  { action: "iam:GetPolicyVersion", on: "any", why: "read a managed policy" },
  { action: "iam:GetUser", on: "any", why: "find the user that is compared" },
  { action: "iam:ListAttachedUserPolicies", on: "any", why: "find the policies that a user has" },
  { action: "iam:ListUserPolicies", on: "any", why: "find the inline policies that a user has" },
  { action: "iam:GetUserPolicy", on: "any", why: "read an inline policy of a user" },
  { action: "iam:ListGroupsForUser", on: "any", why: "find the groups whose policies a user has" },
  { action: "iam:ListAttachedGroupPolicies", on: "any", why: "find the policies that a group has" },
  { action: "iam:ListGroupPolicies", on: "any", why: "find the inline policies that a group has" },
  { action: "iam:GetGroupPolicy", on: "any", why: "read an inline policy of a group" },
];
