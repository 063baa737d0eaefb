import type { StorageDescriptor } from "./catalog.ts";

/** The formats of files that a crawl makes tables of. */
export type TableFormat = "parquet" | "csv";

/** How Hive, Athena, Spark and Trino are told to read a format: Glue's own words. */
export function storageFormat(
  format: TableFormat,
  delimiter = ",",
): Pick<StorageDescriptor, "InputFormat" | "OutputFormat" | "SerdeInfo"> {
  if (format === "parquet") {
    return {
      InputFormat: "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
      OutputFormat: "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
      SerdeInfo: {
        SerializationLibrary: "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
        Parameters: { "serialization.format": "1" },
      },
    };
  }
  return {
    InputFormat: "org.apache.hadoop.mapred.TextInputFormat",
    OutputFormat: "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
    SerdeInfo: {
      SerializationLibrary: "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
      Parameters: { "field.delim": delimiter },
    },
  };
}
