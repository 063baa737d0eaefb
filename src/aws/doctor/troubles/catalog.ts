import { trouble } from "../trouble.ts";

/** What goes wrong with logs, buckets and the catalog. */
export const catalogTroubles = {
  "test-connection-log-missing": trouble({
    code: "test-connection-log-missing",
    severity: "warning",
    title: "The log that Glue's test points to is not there",
    errors: [
      {
        text: "ResourceNotFoundException: The specified log group does not exist. (/aws-glue/testconnection/output)",
        tells: [
          ["testconnection", "output"],
          ["testconnection", "error"],
          ["specified log group does not exist"],
        ],
      },
    ],
    cause:
      "A test that Glue refuses before it starts writes no log; of one that started, the groups carry the connection's name: /aws-glue/testconnection/output/NAME and /aws-glue/testconnection/error/NAME.",
    mends: {
      "mend-first": {
        words:
          "Mend what else is found on connection {connection}, test it again, then read the group with its name",
        steps: [
          { command: "aws glue test-connection --connection-name {connection}" },
          { command: "aws logs tail /aws-glue/testconnection/error/{connection}" },
        ],
        canApply: false,
      },
    },
  }),
  "catalog-database-empty": trouble({
    code: "catalog-database-empty",
    severity: "warning",
    title: "The catalog's database has no tables",
    errors: [
      {
        text: "TABLE_NOT_FOUND: Table 'awsdatacatalog.{database}.{table}' does not exist",
        tells: [
          ["TABLE_NOT_FOUND"],
          ["EntityNotFoundException"],
          ["Entity Not Found"],
          ["SCHEMA_NOT_FOUND"],
          ["no tables found"],
        ],
      },
    ],
    cause:
      "Files on S3, GBIF's public ones too, are no tables until something registers them in a database of the catalog. Crawl the folder occurrence.parquet/ itself: beside it stands citation.txt, which would become a table of its own.",
    mends: {
      "start-crawler": {
        words: "Start crawler {crawler}, which fills database {database}",
        steps: [{ service: "glue", operation: "StartCrawler", input: { Name: "{crawler}" } }],
        canApply: true,
        stackOption: "bisonflow aws up --crawler-target {location}",
      },
      crawl: {
        words: "Register the files as tables of {database}",
        steps: [{ crawl: { folder: "{location}", database: "{database}" } }],
        canApply: true,
        stackOption: "bisonflow aws up --crawler-target {location}",
      },
    },
  }),
  "catalog-location-missing": trouble({
    code: "catalog-location-missing",
    severity: "error",
    title: "A table's files are not where the catalog says",
    errors: [
      {
        text: "HIVE_FILESYSTEM_ERROR: Failed to list directory: {location}",
        tells: [
          ["HIVE_FILESYSTEM_ERROR"],
          ["HIVE_CANNOT_OPEN_SPLIT"],
          ["failed to list directory"],
          ["input path does not exist"],
          ["partition location does not exist"],
        ],
      },
      {
        text: "NoSuchBucket: The specified bucket does not exist",
        tells: [["NoSuchBucket"], ["specified bucket does not exist"]],
      },
    ],
    cause:
      "The bucket does not exist any more, or there is no object under the table's location: files were moved or removed, or the location was mistyped. An empty location gives no error and no rows.",
    mends: {
      "crawl-again": {
        words: "Put the files back, or crawl where they are now",
        steps: [
          { command: "aws s3 ls {location}" },
          { command: "bisonflow crawl <new location> --catalog glue --database {database}" },
        ],
        canApply: false,
      },
      "remove-table": {
        words: "Or remove the table's record, when the files are gone for good",
        steps: [
          {
            service: "glue",
            operation: "DeleteTable",
            input: { DatabaseName: "{database}", Name: "{table}" },
          },
        ],
        canApply: false,
      },
    },
  }),
  "catalog-table-drift": trouble({
    code: "catalog-table-drift",
    severity: "error",
    title: "The catalog says other columns or types than the files have",
    errors: [
      {
        text: "HIVE_BAD_DATA: Field {column}'s type {fileType} in parquet file {file} is incompatible with type {tableType} defined in table schema",
        tells: [
          ["HIVE_BAD_DATA"],
          ["is incompatible with type", "defined in table schema"],
          ["unsupported trino column type"],
        ],
      },
      {
        text: "HIVE_PARTITION_SCHEMA_MISMATCH: There is a mismatch between the table and partition schemas",
        tells: [["HIVE_PARTITION_SCHEMA_MISMATCH"], ["mismatch between the table and partition schemas"]],
      },
    ],
    cause:
      "The files were written again with other types, or the record was edited by hand or made for another month: GBIF's types changed over the years.",
    mends: {
      "start-crawler": {
        words: "Let crawler {crawler} bring table {table} up to date",
        steps: [{ service: "glue", operation: "StartCrawler", input: { Name: "{crawler}" } }],
        canApply: true,
        stackOption: "bisonflow aws up --crawler-target {location}",
      },
      "crawl-again": {
        words: "Register table {table} again from the files' footers",
        steps: [{ crawl: { folder: "{location}", database: "{database}", prefix: "{prefix}" } }],
        canApply: true,
        stackOption: "bisonflow aws up --crawler-target {location}",
      },
    },
  }),
  "bucket-region-mismatch": trouble({
    code: "bucket-region-mismatch",
    severity: "error",
    title: "The bucket is in another region",
    errors: [
      {
        text: "PermanentRedirect: The bucket you are attempting to access must be addressed using the specified endpoint. (bucket {bucket} is in {bucketRegion}, asked in {region})",
        tells: [
          ["PermanentRedirect"],
          ["must be addressed using the specified endpoint"],
          ["bucket is in this region"],
        ],
      },
      {
        text: "AuthorizationHeaderMalformed: The authorization header is malformed; the region '{region}' is wrong; expecting '{bucketRegion}'",
        tells: [["AuthorizationHeaderMalformed"], ["the region", "is wrong expecting"]],
      },
    ],
    cause:
      "An S3 gateway endpoint reaches buckets of its own region only, and what is read from another region costs by the gigabyte. Run where the bucket is, or copy what is needed.",
    mends: {
      "run-there": {
        words: "Run in {bucketRegion}, where {bucket} is",
        steps: [{ command: "bisonflow aws up --region {bucketRegion}" }],
        canApply: false,
        stackOption: "bisonflow aws up --region {bucketRegion}",
      },
      copy: {
        words: "Or copy what is needed to a bucket in {region}",
        steps: [
          {
            command:
              "aws s3 sync s3://{bucket}/<prefix> s3://<bucket>/<prefix> --source-region {bucketRegion} --region {region}",
          },
        ],
        canApply: false,
      },
    },
  }),
} as const;
