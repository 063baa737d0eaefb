import { UserError } from "../trouble/index.ts";

/** The encoding that a byte order mark tells, and the mark's length. */
export function byteOrderMark(head: Uint8Array): { encoding: string; bytes: number } | null {
  if (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf) return { encoding: "utf-8", bytes: 3 };
  if (head[0] === 0xff && head[1] === 0xfe) return { encoding: "utf-16le", bytes: 2 };
  if (head[0] === 0xfe && head[1] === 0xff) return { encoding: "utf-16be", bytes: 2 };
  return null;
}

/** Whether bytes without a mark are UTF-16: ASCII text leaves every other byte zero. */
export function guessUtf16(head: Uint8Array): string | null {
  const length = Math.min(head.length, 4096) & ~1;
  if (length < 4) return null;
  let [even, odd] = [0, 0];
  for (let i = 0; i < length; i += 2) {
    if (head[i] === 0) even++;
    if (head[i + 1] === 0) odd++;
  }
  if (odd > length * 0.4 && even < length * 0.02) return "utf-16le";
  if (even > length * 0.4 && odd < length * 0.02) return "utf-16be";
  return null;
}

/** The label's standard name; a UserError for one that is not known. */
export function encodingName(label: string, path: string): string {
  const java: Record<string, string> = { cp1252: "windows-1252", "utf-16": "utf-16le", utf8: "utf-8" };
  try {
    return new TextDecoder(java[label.toLowerCase()] ?? label).encoding;
  } catch {
    throw new UserError({
      code: "encoding-unknown",
      message: `${path}: the encoding ${label} is not known; UTF-8, UTF-16, ISO-8859 and Windows code pages are.`,
      hint: "Save the text as UTF-8.",
    });
  }
}

/** Turns a text into UTF-8, without its byte order mark; UTF-8 itself passes as it is. */
export async function* asUtf8(bytes: AsyncIterable<Buffer>, encoding: string): AsyncGenerator<Buffer> {
  if (encoding === "utf-8") {
    yield* bytes;
    return;
  }
  // The mark is kept and counted like any other character: positions stay those of the text.
  const decoder = new TextDecoder(encoding, { ignoreBOM: true });
  for await (const chunk of bytes) {
    const text = decoder.decode(chunk, { stream: true });
    if (text !== "") yield Buffer.from(text, "utf8");
  }
  const rest = decoder.decode();
  if (rest !== "") yield Buffer.from(rest, "utf8");
}
