import { relative } from "node:path";
import { isRemote } from "../store/index.ts";

/** A path as one would type it here: relative where it lies below the working folder, whole elsewhere. */
export function shortPath(path: string): string {
  if (isRemote(path)) return path;
  const short = relative(process.cwd(), path);
  return short === "" || short.startsWith("..") ? path : short;
}
