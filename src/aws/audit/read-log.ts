import { once } from "node:events";
import { createGunzip } from "node:zlib";
import type { Store } from "../../store/index.ts";
import { UserError } from "../../trouble/index.ts";
import { RecordSplitter } from "./split-records.ts";

/** Told of each record: what it parsed to, or undefined for one that is not JSON. */
export type TakeRecord = (record: unknown, place: { readonly uri: string }) => void;

/** How reading a file ended. */
export interface LogRead {
  readonly uri: string;
  /** Events and what stood in their place. */
  readonly records: number;
  /** What is wrong with the file, where something is: the records before it (and after it, if any) were taken. */
  readonly damage?: string;
}

const gzipMagic = 0x1f;
/** Every event of CloudTrail begins with its version. */
const eventStart = /(?=\{\s*"eventVersion"\s*:)/;

/**
 * Reads a log, gzipped or not, record by record; memory stays flat however large it is. A damaged file is no
 * error: what can be read is taken, and `damage` says what could not.
 */
export async function readLog(store: Store, uri: string, take: TakeRecord): Promise<LogRead> {
  let records = 0;
  let broken = 0;
  const place = { uri };
  const taken = (record: unknown): void => {
    records += 1;
    if (record === undefined) broken += 1;
    take(record, place);
  };
  const splitter = new RecordSplitter((text) => {
    for (const record of parsed(text)) taken(record);
  });
  const failure = await pump(store, uri, splitter);
  const { cut, rest } = splitter.end();
  if (cut && rest.trim() !== "") for (const record of parsed(rest)) taken(record);
  const damage = described({ failure, cut, broken, records });
  return { uri, records, ...(damage === undefined ? {} : { damage }) };
}

function described(seen: {
  failure: string | undefined;
  cut: boolean;
  broken: number;
  records: number;
}): string | undefined {
  const { failure, cut, broken, records } = seen;
  const rest = `of what was there ${records - broken} records were read, ${broken} were not JSON`;
  if (failure !== undefined) return records === 0 ? failure : `${failure}; ${rest}`;
  if (cut) return `it ends in the middle; ${rest}`;
  if (broken > 0) return `some of it is damaged; ${rest}`;
  return undefined;
}

/** A record, or those that can be saved from a text in which brackets or quotes are missing. */
function parsed(text: string): unknown[] {
  try {
    return [JSON.parse(text)];
  } catch {
    const pieces = text.split(eventStart);
    if (pieces.length === 1) return [undefined];
    return (
      pieces
        // With what stands between records, or behind the last of a log.
        .map((piece) => piece.replace(/(\]\s*\}\s*|[\s,\]]+)$/, ""))
        .filter((piece) => piece !== "")
        .map((piece) => {
          try {
            return JSON.parse(piece) as unknown;
          } catch {
            return undefined;
          }
        })
    );
  }
}

/** Feeds the splitter; returns what went wrong with the file, in words. */
async function pump(store: Store, uri: string, splitter: RecordSplitter): Promise<string | undefined> {
  try {
    const stream = await store.stream(uri);
    let unzip: Unzip | undefined;
    let isFirst = true;
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      if (isFirst && chunk[0] === gzipMagic) unzip = new Unzip(splitter);
      isFirst = false;
      if (unzip === undefined) splitter.push(chunk);
      else if (!(await unzip.write(chunk))) break;
    }
    if (isFirst) return "it is empty";
    return await unzip?.end();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    // Of the account, not of this file: nothing else can be read either.
    if (error instanceof UserError && error.code.startsWith("aws-")) throw error;
    return error.message;
  }
}

/** Gunzip that hands over all it could make of a damaged file before saying so. */
class Unzip {
  readonly #gunzip = createGunzip();
  readonly #ended: Promise<string | undefined>;
  #failed = false;

  constructor(splitter: RecordSplitter) {
    this.#gunzip.on("data", (chunk: Buffer) => splitter.push(chunk));
    this.#ended = new Promise((resolve) => {
      this.#gunzip.on("end", () => resolve(undefined));
      this.#gunzip.on("error", (error) => {
        this.#failed = true;
        resolve(`its compression is damaged (${error.message})`);
      });
    });
  }

  /** Resolves to false when the file is beyond mending. */
  async write(chunk: Buffer): Promise<boolean> {
    if (!this.#failed && !this.#gunzip.write(chunk)) {
      await Promise.race([once(this.#gunzip, "drain").catch(() => undefined), this.#ended]);
    }
    return !this.#failed;
  }

  async end(): Promise<string | undefined> {
    if (!this.#failed) this.#gunzip.end();
    return this.#ended;
  }
}
