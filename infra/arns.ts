import type { CfnRepository } from "aws-cdk-lib/aws-ecr";
import type { CfnBucket } from "aws-cdk-lib/aws-s3";
import type { CfnTopic } from "aws-cdk-lib/aws-sns";
import type { Database } from "./database.ts";
import { type Arns, arn, fill, ownArn } from "./grants.ts";

/**
 * What each kind of resource is in this stack. Parts with a name that is known beforehand are written by it, so that
 * a role does not have to wait for what it is about.
 */
export function arnsOf(parts: {
  bucket: CfnBucket;
  topic: CfnTopic;
  repository: CfnRepository;
  database: Database | undefined;
}): Arns {
  const { bucket, topic, repository, database } = parts;
  return {
    bucket: [bucket.attrArn],
    object: [`${bucket.attrArn}/*`],
    "public-bucket": [arn("s3:::gbif-open-data-*")],
    "public-object": [arn("s3:::gbif-open-data-*/*")],
    "glue-catalog": [
      ownArn("glue", "catalog"),
      ownArn("glue", "database/bison*"),
      ownArn("glue", `database/${fill("CatalogDatabase")}`),
      ownArn("glue", "table/bison*/*"),
      ownArn("glue", `table/${fill("CatalogDatabase")}/*`),
    ],
    "glue-crawler": [ownArn("glue", `crawler/${fill("AWS::StackName")}`)],
    "glue-connection": [ownArn("glue", "catalog"), ownArn("glue", `connection/${fill("AWS::StackName")}`)],
    "job-queue": [ownArn("batch", `job-queue/${fill("AWS::StackName")}`)],
    "job-definition": [ownArn("batch", `job-definition/${fill("AWS::StackName")}-*`)],
    job: [ownArn("batch", "job/*")],
    "log-group": [ownArn("logs", `log-group:/bisonflow/${fill("AWS::StackName")}:*`)],
    "crawler-log-group": [ownArn("logs", "log-group:/aws-glue/crawlers*")],
    "state-machine": [ownArn("states", `stateMachine:${fill("AWS::StackName")}`)],
    stack: [ownArn("cloudformation", `stack/${fill("AWS::StackName")}/*`)],
    topic: [topic.ref],
    "event-rule": [ownArn("events", "rule/StepFunctionsGetEventsForBatchJobsRule")],
    "image-repository": [repository.attrArn],
    any: ["*"],
    ...(database === undefined ? {} : { secret: [database.secretArn] }),
  };
}
