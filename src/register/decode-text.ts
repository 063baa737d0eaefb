import type { Readable } from "node:stream";
import { UserError } from "../trouble/index.ts";

/** Registers are some megabytes; what unpacks to more than this is no register. */
const limitBytes = 1 << 29;

/** The text of a whole stream, without its byte order mark; `guessed` where it was no UTF-8 and Windows-1252 was assumed. */
export async function readText(stream: Readable, path: string): Promise<{ text: string; guessed: boolean }> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > limitBytes) {
      stream.destroy();
      throw new UserError({
        code: "register-too-large",
        message: `${path}: more than ${limitBytes >> 20} MiB when unpacked; a register has some MiB.`,
        hint: "Check that the file is a register.",
      });
    }
    chunks.push(chunk);
  }
  const buffer = Buffer.concat(chunks);
  if (buffer[0] === 0xff && buffer[1] === 0xfe)
    return { text: new TextDecoder("utf-16le").decode(buffer), guessed: false };
  if (buffer[0] === 0xfe && buffer[1] === 0xff)
    return { text: new TextDecoder("utf-16be").decode(buffer), guessed: false };
  try {
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(buffer), guessed: false };
  } catch {
    return { text: new TextDecoder("windows-1252").decode(buffer), guessed: true };
  }
}
