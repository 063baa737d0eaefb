import { join, resolve } from "node:path";
import { isRemote } from "../store/index.ts";

/** What a user named, as plans hold it: an absolute path, or a uri without a slash at its end. */
export function locationOf(cwd: string, named: string): string {
  return isRemote(named) ? named.replace(/\/+$/, "") : resolve(cwd, named);
}

/**
 * The name of something below a location, a folder of this machine or a uri.
 *
 * @example
 * ```ts
 * import { below } from "bisonflow/workflow";
 * console.log(below("s3://bison/out", "report.html"), below("/data/out", "tables")); // s3://bison/out/report.html /data/out/tables
 * ```
 */
export function below(location: string, name: string): string {
  return isRemote(location) ? `${location}/${name}` : join(location, name);
}
