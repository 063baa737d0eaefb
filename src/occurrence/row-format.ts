import type { TextDialect } from "./input.ts";
import type { RowFormat } from "./row-scanner.ts";

/** A dialect in bytes. */
export function rowFormat(dialect: TextDialect): RowFormat {
  return {
    separator: Buffer.from(dialect.fieldsTerminatedBy, "utf8"),
    terminator: Buffer.from(dialect.linesTerminatedBy, "utf8"),
    quote: dialect.fieldsEnclosedBy === "" ? -1 : dialect.fieldsEnclosedBy.charCodeAt(0),
    stripReturn: dialect.stripReturn,
  };
}
