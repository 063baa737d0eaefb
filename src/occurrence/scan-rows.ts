import { UserError } from "../trouble/index.ts";
import type { RowScanner } from "./row-scanner.ts";

/** A row longer than this has no row ends that the reader knows. */
const mostRowBytes = 256 * 1024 * 1024;
const firstBufferBytes = 1024 * 1024;

/**
 * Calls `row` for every row of a text, in order, with the bytes in which the scanner's positions lie and the
 * position of its first byte in the text. A byte order mark is passed over. After each chunk `pause` is
 * awaited, for writers to catch up.
 */
export async function scanRows(options: {
  chunks: AsyncIterable<Buffer>;
  scanner: RowScanner;
  path: string;
  row: (bytes: Buffer, offset: number) => void;
  pause: (offset: number) => Promise<void> | void;
}): Promise<void> {
  const { scanner, row } = options;
  let buffer: Buffer = Buffer.allocUnsafe(firstBufferBytes);
  let filled = 0;
  // Position of the buffer's first byte in the text.
  let base = 0;
  // A row that did not end within the buffer is looked at again only when the buffer has doubled.
  let waitFor = 0;
  const drain = (last: boolean): void => {
    let at =
      base === 0 && filled >= 3 && buffer[0] === 0xef && buffer[1] === 0xbb && buffer[2] === 0xbf ? 3 : 0;
    const begin = at;
    while (at < filled) {
      const next = scanner.scan(buffer, at, filled, last);
      if (next < 0) break;
      row(buffer, base + at);
      at = next;
    }
    // A mark with no row behind it yet stays, so that it is recognised again.
    if (at === begin && !last) {
      waitFor = filled * 2;
      return;
    }
    buffer.copyWithin(0, at, filled);
    base += at;
    filled -= at;
    waitFor = filled * 2;
  };
  for await (const chunk of options.chunks) {
    if (filled + chunk.length > buffer.length) {
      const larger = Buffer.allocUnsafe(Math.max(buffer.length * 2, filled + chunk.length));
      buffer.copy(larger, 0, 0, filled);
      buffer = larger;
    }
    chunk.copy(buffer, filled);
    filled += chunk.length;
    if (filled >= waitFor) drain(false);
    if (filled > mostRowBytes) {
      throw new UserError({
        code: "row-endless",
        message: `${options.path}: no row end within ${mostRowBytes / 1024 / 1024} MiB from byte ${base}.`,
        hint: "Its separators are not those declared or recognised: check meta.xml, or save the table as CSV.",
      });
    }
    await options.pause(base);
  }
  drain(true);
  await options.pause(base);
}
