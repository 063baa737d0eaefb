import type { StorageDescriptor } from "./catalog.ts";

/** The formats of files that a crawl makes tables of. */
export type TableFormat = "parquet" | "csv";

/** How a table's files are written, as far as readers must know it. */
export interface FileFormat {
  readonly format: TableFormat;
  /** Of text: what stands between columns; a comma when absent. */
  readonly delimiter?: string | undefined;
  /** Of text: values stand in double quotes where they hold a delimiter. */
  readonly isQuoted?: boolean | undefined;
  /** The location holds lists of the files, a name a line, in place of the files. */
  readonly isLinked?: boolean | undefined;
}

/** How Hive, Athena, Spark and Trino are told to read a format: Glue's own words. */
export function storageFormat({
  format,
  delimiter = ",",
  isQuoted = false,
  isLinked = false,
}: FileFormat): Pick<StorageDescriptor, "InputFormat" | "OutputFormat" | "SerdeInfo"> {
  const own = format === "parquet" ? parquet : { ...text, SerdeInfo: textSerDe(delimiter, isQuoted) };
  return isLinked ? { ...own, InputFormat: linkedInputFormat, OutputFormat: text.OutputFormat } : own;
}

/** Reads files by lists of their names; S3's own inventories are read in this way. */
export const linkedInputFormat = "org.apache.hadoop.hive.ql.io.SymlinkTextInputFormat";

const parquet = {
  InputFormat: "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
  OutputFormat: "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
  SerdeInfo: {
    SerializationLibrary: "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
    Parameters: { "serialization.format": "1" },
  },
};

const text = {
  InputFormat: "org.apache.hadoop.mapred.TextInputFormat",
  OutputFormat: "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
};

function textSerDe(delimiter: string, isQuoted: boolean): StorageDescriptor["SerdeInfo"] {
  if (isQuoted) {
    // The other one takes quotes for part of the value. A quote inside is doubled, so the escape that this one
    // insists on must be no character of the text: with its default, a backslash would be lost.
    return {
      SerializationLibrary: "org.apache.hadoop.hive.serde2.OpenCSVSerde",
      Parameters: { separatorChar: delimiter, quoteChar: '"', escapeChar: "\u0001" },
    };
  }
  return {
    SerializationLibrary: "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
    // Nothing between two delimiters is no value, as DuckDB has it.
    Parameters: {
      "field.delim": delimiter,
      "serialization.format": delimiter,
      "serialization.null.format": "",
    },
  };
}
