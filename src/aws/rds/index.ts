export { findRdsInstance, type RdsInstance, rdsActions } from "./find-rds-instance.ts";
