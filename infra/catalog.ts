import { Fn, type Stack } from "aws-cdk-lib";
import { CfnConnection, CfnCrawler, CfnDatabase } from "aws-cdk-lib/aws-glue";
import type { CfnRole } from "aws-cdk-lib/aws-iam";
import type { Database } from "./database.ts";
import { fill } from "./grants.ts";
import type { Network } from "./network.ts";
import type { Conditions, Parameters } from "./parameters.ts";

/** The Glue database of what is crawled, and Glue's own crawler, which starts only when it is asked. */
export function catalogOf(
  stack: Stack,
  options: { parameters: Parameters; conditions: Conditions; bucket: string; crawlerRole: CfnRole },
): { database: CfnDatabase; crawler: CfnCrawler } {
  const { parameters, conditions, bucket, crawlerRole } = options;
  const database = new CfnDatabase(stack, "CatalogDatabaseEntry", {
    catalogId: stack.account,
    databaseInput: {
      name: parameters.catalogDatabase.valueAsString,
      description: "Tables that bisonflow and its crawler write.",
      locationUri: Fn.sub(`s3://${fill("Bucket")}/catalog/`, { Bucket: bucket }),
    },
  });
  const crawler = new CfnCrawler(stack, "Crawler", {
    name: stack.stackName,
    description: "Finds tables in the results of bisonflow, or where CrawlerTarget says.",
    role: crawlerRole.attrArn,
    databaseName: database.ref,
    targets: {
      s3Targets: [
        {
          path: Fn.conditionIf(
            conditions.crawlsResults.logicalId,
            Fn.sub(`s3://${fill("Bucket")}/results/`, { Bucket: bucket }),
            parameters.crawlerTarget.valueAsString,
          ).toString(),
          // What is no table: reports, manifests, working files, and the same tables once more as text.
          exclusions: ["**/.bisonflow/**", "**.json", "**.html", "**.ndjson", "**.csv"],
        },
      ],
    },
    recrawlPolicy: { recrawlBehavior: "CRAWL_EVERYTHING" },
    // A table that was edited by hand keeps its edits in columns that are still there; nothing is deleted.
    schemaChangePolicy: { updateBehavior: "UPDATE_IN_DATABASE", deleteBehavior: "LOG" },
  });
  return { database, crawler };
}

/** Glue's way into the VPC: to the database where there is one. Its zone must be its subnet's own. */
export function connectionOf(
  stack: Stack,
  { network, database }: { network: Network; database: Database | undefined },
): CfnConnection {
  const { subnetId, zone } = network.connection;
  return new CfnConnection(stack, "Connection", {
    catalogId: stack.account,
    connectionInput: {
      name: stack.stackName,
      physicalConnectionRequirements: {
        availabilityZone: zone,
        subnetId,
        securityGroupIdList: [network.securityGroupId],
      },
      ...(database === undefined
        ? { connectionType: "NETWORK" }
        : {
            connectionType: "JDBC",
            connectionProperties: {
              JDBC_CONNECTION_URL: `jdbc:postgresql://${database.host}:${database.port}/${database.name}`,
              JDBC_ENFORCE_SSL: "true",
              SECRET_ID: database.secretArn,
            },
          }),
    },
  });
}
