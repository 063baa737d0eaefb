import { bug } from "../trouble/index.ts";

const plain: Readonly<Record<string, string>> = {
  BOOLEAN: "boolean",
  TINYINT: "tinyint",
  SMALLINT: "smallint",
  INTEGER: "int",
  BIGINT: "bigint",
  // Hive has no unsigned types: the next wider one holds every value.
  UTINYINT: "smallint",
  USMALLINT: "int",
  UINTEGER: "bigint",
  // No wider one can be read from such a column; values from 2^63 on come out negative.
  UBIGINT: "bigint",
  HUGEINT: "decimal(38,0)",
  UHUGEINT: "decimal(38,0)",
  FLOAT: "float",
  DOUBLE: "double",
  DATE: "date",
  TIMESTAMP: "timestamp",
  TIMESTAMP_S: "timestamp",
  TIMESTAMP_MS: "timestamp",
  TIMESTAMP_NS: "timestamp",
  "TIMESTAMP WITH TIME ZONE": "timestamp",
  BLOB: "binary",
  GEOMETRY: "binary",
  // Hive has no word for these; what its readers can take is how Parquet stores them: microseconds, bytes.
  TIME: "bigint",
  "TIME WITH TIME ZONE": "bigint",
  UUID: "binary",
  INTERVAL: "binary",
};

/**
 * The types of a text file's columns that Hive's readers make the same values of as DuckDB does. Its dates, times
 * and truth values may be spelt in ways that Hive reads as null: as text nothing is lost.
 */
const inText = new Set(["TINYINT", "SMALLINT", "INTEGER", "BIGINT", "FLOAT", "DOUBLE"]);

/**
 * The Hive type of a DuckDB type, as a catalog column states it; what Hive has no word for is `string`.
 *
 * @example
 * ```ts
 * import { hiveType } from "bisonflow/catalog";
 * console.log(hiveType("VARCHAR[]"), hiveType("STRUCT(a INTEGER, b DATE)")); // array<string> struct<a:int,b:date>
 * ```
 */
export function hiveType(duckdbType: string): string {
  const parser = new TypeParser(duckdbType);
  const type = parser.type();
  return parser.isAtEnd ? type : "string";
}

/** The Hive type of a column of a text file, from the type that DuckDB found in its rows. */
export function textHiveType(duckdbType: string): string {
  return inText.has(duckdbType) ? hiveType(duckdbType) : "string";
}

/** Reads DuckDB's own spelling of its types: NAME, NAME(…), STRUCT(name TYPE, …), MAP(K, V), each with […] behind. */
class TypeParser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  type(): string {
    let type = this.#base();
    for (;;) {
      const suffix = this.#take(/\[\d*\]/y);
      if (suffix === undefined) return type;
      type = `array<${type}>`;
    }
  }

  #base(): string {
    if (this.#take(/STRUCT\(/y) !== undefined) {
      const fields: string[] = [];
      do {
        const name = this.#name();
        this.#take(/ /y);
        fields.push(`${name}:${this.type()}`);
      } while (this.#take(/, ?/y) !== undefined);
      this.#take(/\)/y);
      return `struct<${fields.join(",")}>`;
    }
    if (this.#take(/MAP\(/y) !== undefined) {
      const key = this.type();
      this.#take(/, ?/y);
      const value = this.type();
      this.#take(/\)/y);
      return `map<${key},${value}>`;
    }
    const decimal = this.#take(/DECIMAL\(\d+, ?\d+\)/y);
    if (decimal !== undefined) return decimal.toLowerCase().replace(" ", "");
    // ENUM('a', 'it''s'), GEOMETRY('OGC:CRS84') and UNION(…): only the name matters.
    const name = this.#take(/[A-Z][A-Z0-9_]*( WITH TIME ZONE)?/y);
    if (name === undefined) return this.#unknown();
    this.#take(/\((?:'(?:[^']|'')*'|"(?:[^"]|"")*"|[^()'"]|\([^()]*\))*\)/y);
    return plain[name] ?? "string";
  }

  #name(): string {
    const quoted = this.#take(/"(?:[^"]|"")*"/y);
    if (quoted !== undefined) return quoted.slice(1, -1).replaceAll('""', '"');
    return this.#take(/[^\s"(),]+/y) ?? bug(`a DuckDB type that reads ${this.#text}`);
  }

  #unknown(): string {
    this.#at = this.#text.length;
    return "string";
  }

  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const [found] = pattern.exec(this.#text) ?? [];
    if (found === undefined) return undefined;
    this.#at += found.length;
    return found;
  }
}
