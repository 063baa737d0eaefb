import { z } from "zod";

const name = z
  .string()
  .regex(
    /^[\p{L}\p{N}_][\p{L}\p{N}_.\- ]{0,254}$/u,
    "letters, digits, _, - and . were expected, at most 255",
  );
const texts = z.record(z.string(), z.string());
const column = z.strictObject({ Name: z.string(), Type: z.string(), Comment: z.string().optional() });

const storageDescriptor = z.strictObject({
  Columns: z.array(column),
  Location: z.string(),
  InputFormat: z.string(),
  OutputFormat: z.string(),
  SerdeInfo: z.strictObject({ SerializationLibrary: z.string(), Parameters: texts }),
});

export const databaseSchema = z.strictObject({
  Name: name,
  Description: z.string().optional(),
  LocationUri: z.string().optional(),
});

export const tableSchema = z.strictObject({
  DatabaseName: name,
  Name: name,
  Description: z.string().optional(),
  TableType: z.string(),
  Parameters: texts,
  StorageDescriptor: storageDescriptor,
  PartitionKeys: z.array(column),
});

export const partitionSchema = z.strictObject({
  Values: z.array(z.string()),
  StorageDescriptor: storageDescriptor,
  Parameters: texts.optional(),
});

/** What one version of a table's file holds. */
export const tableRecord = z.strictObject({
  format: z.literal("bisonflow-catalog-table-1"),
  deleted: z.boolean(),
  table: tableSchema,
  partitions: z.array(partitionSchema),
});

export const databaseRecord = z.strictObject({
  format: z.literal("bisonflow-catalog-database-1"),
  deleted: z.boolean(),
  database: databaseSchema,
});

export type TableRecord = z.output<typeof tableRecord>;
export type DatabaseRecord = z.output<typeof databaseRecord>;
