export { type ReadPolicies, type ReadPolicy, readManagedPolicy, readPolicies } from "./read-policies.ts";
