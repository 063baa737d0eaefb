import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { UserError } from "../../trouble/index.ts";

/** The path of a local uri: an absolute path, a relative one (from the working folder) or `file://…`. */
export function localPath(uri: string): string {
  if (uri.startsWith("file://")) return fileURLToPath(uri);
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(uri)) {
    throw new UserError({
      code: "not-a-local-path",
      message: `${uri}: this is no path on this machine; a path or file:// was expected.`,
      hint: "Give the path of a file or folder here.",
    });
  }
  return resolve(uri);
}
