import type { Store } from "../../store/index.ts";
import { UserError } from "../../trouble/index.ts";
import type { Audit } from "./audit.ts";
import { readLog } from "./read-log.ts";

/** What was found where the logs were looked for. */
export interface SourcesRead {
  /** Files that were read, damaged ones too. */
  readonly files: number;
  readonly bytes: number;
  readonly damaged: readonly { readonly file: string; readonly problem: string }[];
  /** Files in the folders that are no logs of events. */
  readonly leftOut: readonly { readonly why: string; readonly files: number; readonly example: string }[];
}

const logName = /\.(json|ndjson|jsonl)(\.gz)?$/i;
const digest = /\/CloudTrail-Digest\//;

/** Reads logs (a file, or all below a folder or prefix) into an audit, in the order of their names. */
export async function readSources(options: {
  readonly logs: readonly string[];
  readonly store: Store;
  readonly audit: Audit;
  readonly onFile?: (files: number) => void;
}): Promise<SourcesRead> {
  const { logs, store, audit, onFile } = options;
  const damaged: { file: string; problem: string }[] = [];
  const leftOut = new Map<string, { files: number; example: string }>();
  let files = 0;
  let bytes = 0;
  for (const log of logs) {
    for await (const { uri, bytes: size, why } of logsAt(store, log)) {
      if (why !== undefined) {
        const known = leftOut.get(why);
        if (known === undefined) leftOut.set(why, { files: 1, example: uri });
        else known.files += 1;
        continue;
      }
      const { damage } = await readLog(store, uri, (record, place) => audit.add(record, place));
      await audit.settle();
      if (damage !== undefined) damaged.push({ file: uri, problem: damage });
      files += 1;
      bytes += size;
      onFile?.(files);
    }
  }
  return { files, bytes, damaged, leftOut: [...leftOut].map(([why, one]) => ({ why, ...one })) };
}

async function* logsAt(
  store: Store,
  log: string,
): AsyncGenerator<{ uri: string; bytes: number; why?: string }> {
  const file = log.endsWith("/") ? undefined : await store.stat(log);
  if (file !== undefined) {
    yield file;
    return;
  }
  let found = false;
  for await (const { uri, bytes } of store.list(log.endsWith("/") ? log : `${log}/`)) {
    found = true;
    const why = digest.test(uri)
      ? "digests of CloudTrail, which hold no events"
      : logName.test(uri)
        ? undefined
        : "not named like a log (.json, .json.gz, .ndjson)";
    yield { uri, bytes, ...(why === undefined ? {} : { why }) };
  }
  if (found) return;
  throw new UserError({
    code: "log-not-found",
    message: `${log}: no such log, and no folder or prefix with logs in it.`,
    hint: "Give a file, a folder (AWSLogs/…) or s3://bucket/prefix/ of a trail.",
  });
}
