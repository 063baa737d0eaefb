import { kindInWords, type StackHappening } from "../../aws/stack/index.ts";
import type { Terminal } from "../terminal.ts";

/**
 * Prints what happens to a stack as it happens, a line for each resource that is done or failed; where nobody looks
 * the same lines, without colours. Beginnings are left out: what has begun and not ended is waited for.
 */
export function stackFollower(terminal: Terminal): (happening: StackHappening) => void {
  const started = Date.now();
  return ({ logicalId, type, status, reason }) => {
    const isStack = type === "AWS::CloudFormation::Stack";
    const isEnd = /_(COMPLETE|FAILED)$/.test(status);
    // RDS and Batch take minutes: their beginnings are worth a line.
    const isSlow = /RDS::DBInstance|Batch::ComputeEnvironment/.test(type);
    if (!isEnd && !isSlow && !/ROLLBACK/.test(status)) return;
    const seconds = Math.round((Date.now() - started) / 1000);
    const words = isStack ? "the stack" : kindInWords(type);
    const why = reason === undefined || status === "CREATE_IN_PROGRESS" ? "" : `: ${reason}`;
    void terminal.write(
      `${String(seconds).padStart(5)} s  ${status.padEnd(20)} ${logicalId}  (${words})${why}\n`,
    );
  };
}
