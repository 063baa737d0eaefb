/**
 * Whether a process of this machine lives, whoever it belongs to.
 *
 * @example
 * ```ts
 * import { isAlive } from "bisonflow/store";
 * console.log(isAlive(process.pid)); // true
 * ```
 */
export function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives, and belongs to someone else.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
