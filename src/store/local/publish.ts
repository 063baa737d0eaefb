import { constants, copyFile, link, mkdir, open, realpath, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ExitCode, UserError } from "../../trouble/index.ts";
import { errorCode } from "./system-error.ts";
import { temporaryName } from "./temporary-name.ts";

/** What link(2) answers where it cannot work: another file system, one without hard links, too many of them. */
const cannotLink = new Set(["EXDEV", "EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"]);

/**
 * Makes what `write` leaves at a temporary path the content of `target`, in one atomic step that survives a
 * power cut. False when `ifAbsent` and the target was there already, or another writer was first.
 */
export async function publishAtomically(
  target: string,
  write: (temporary: string) => Promise<void>,
  ifAbsent: boolean,
): Promise<boolean> {
  const folder = dirname(target);
  const firstMade = await mkdir(folder, { recursive: true });
  const temporary = join(folder, temporaryName());
  try {
    await write(temporary);
    await flush(temporary);
    if (ifAbsent) {
      if (!(await linkOnce(temporary, target))) return false;
    } else {
      await rename(temporary, target);
    }
    await flushFolder(folder);
    if (firstMade !== undefined) await flushFolder(dirname(firstMade));
    return true;
  } finally {
    // Also after a rename: renaming one hard link onto another of the same file leaves both.
    await rm(temporary, { force: true });
  }
}

/** The same bytes under another name: a hard link where that works, a copy elsewhere. */
export async function linkOrCopy(file: string, to: string): Promise<void> {
  // link(2) would link a symbolic link itself.
  const from = await realpath(file);
  try {
    await link(from, to);
  } catch (error) {
    if (!cannotLink.has(errorCode(error) ?? "")) throw error;
    await copyFile(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  }
}

/** link(2) refuses a name that exists, so exactly one of many callers succeeds. */
async function linkOnce(temporary: string, target: string): Promise<boolean> {
  try {
    await link(temporary, target);
    return true;
  } catch (error) {
    const code = errorCode(error) ?? "";
    if (code === "EEXIST") return false;
    if (!cannotLink.has(code)) throw error;
    throw new UserError({
      code: "no-hard-links",
      message: `${target}: this file system has no hard links, so two writers could not be kept apart.`,
      hint: "Choose a folder on another disk (ext4, xfs, APFS and NTFS have them).",
      exitCode: ExitCode.environment,
      cause: error,
    });
  }
}

async function flush(path: string): Promise<void> {
  const file = await open(path, "r");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** A new name is on the disk only when its folder is; some systems cannot be asked for that. */
async function flushFolder(path: string): Promise<void> {
  try {
    await flush(path);
  } catch (error) {
    if (!["EISDIR", "EPERM", "EINVAL", "EACCES", "ENOTSUP"].includes(errorCode(error) ?? "")) throw error;
  }
}
