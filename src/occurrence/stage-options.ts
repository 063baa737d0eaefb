import type { Engine } from "../engine/index.ts";
import type { DataIssue } from "../trouble/index.ts";
import type { ArchiveInput, TextInput } from "./input.ts";

/** What staging a text or an archive takes. */
export interface StageOptions {
  readonly input: TextInput | ArchiveInput;
  /** Columns of the relation to write, in order. */
  readonly columns: readonly string[];
  /** Bytes of text a part takes. */
  readonly partBytes: number;
  readonly outPath: (part: number) => string;
  readonly engine: Engine;
  /** A folder for what is not kept: about as much as two parts' text. */
  readonly scratchFolder: string;
  readonly onProgress?: (rows: number, totalRows: number) => void;
  readonly signal?: AbortSignal;
}

/** What staging left: the parts, with their rows, and what was odd on the way. */
export interface StagedParts {
  readonly parts: readonly { readonly path: string; readonly rows: number }[];
  readonly rows: number;
  readonly issues: readonly DataIssue[];
}

/**
 * How many parts `stageText` will write for an input, known beforehand: one where the size of the text is not.
 *
 * @example
 * ```ts
 * import { stagedPartCount } from "bisonflow/occurrence";
 * console.log(stagedPartCount({ textBytes: 250 }, 100), stagedPartCount({ textBytes: null }, 100)); // 3 1
 * ```
 */
export function stagedPartCount(
  input: Pick<TextInput | ArchiveInput, "textBytes">,
  partBytes: number,
): number {
  return input.textBytes === null ? 1 : Math.max(1, Math.ceil(input.textBytes / partBytes));
}
