import { createHash } from "node:crypto";
import { open } from "node:fs/promises";

const bufferBytes = 1 << 20;

/**
 * sha256 of a local file's bytes, hexadecimal; rejects with the system's own error. One buffer is filled while the
 * other is hashed: streams, which take a new one each time, take twice the processor time.
 *
 * @example
 * ```ts
 * import { mkdtempSync, writeFileSync } from "node:fs";
 * import { sha256OfFile } from "bisonflow/store";
 * const path = `${mkdtempSync("/tmp/bisonflow-example-")}/greeting.txt`;
 * writeFileSync(path, "hello");
 * console.log((await sha256OfFile(path)).slice(0, 8)); // 2cf24dba
 * ```
 */
export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  const file = await open(path);
  let filling = Buffer.allocUnsafe(bufferBytes);
  let other = Buffer.allocUnsafe(bufferBytes);
  let pending = file.read(filling, 0, bufferBytes, null);
  try {
    for (;;) {
      const { bytesRead } = await pending;
      if (bytesRead === 0) return hash.digest("hex");
      const filled = filling.subarray(0, bytesRead);
      [filling, other] = [other, filling];
      pending = file.read(filling, 0, bufferBytes, null);
      hash.update(filled);
    }
  } finally {
    await file.close();
  }
}
