import { type App, BootstraplessSynthesizer, CfnOutput, Fn, Stack, Tags } from "aws-cdk-lib";
import { CfnLogGroup } from "aws-cdk-lib/aws-logs";
import { type OutputName, outputs } from "../src/aws/stack/outputs.ts";
import type { RoleName } from "../src/aws/stack/roles.ts";
import { type Variant, variantName } from "../src/aws/stack/variant.ts";
import { arnsOf } from "./arns.ts";
import { jobDefinitionOf, queueOf } from "./batch.ts";
import { bucketOf } from "./bucket.ts";
import { catalogOf, connectionOf } from "./catalog.ts";
import { databaseOf } from "./database.ts";
import { fill, roleOf } from "./grants.ts";
import { networkOf } from "./network.ts";
import { topicOf } from "./notifications.ts";
import { operatorPolicyOf } from "./operator-policy.ts";
import { conditionsOf, parametersOf } from "./parameters.ts";
import { repositoryOf } from "./repository.ts";
import { scheduleOf, stateMachineOf } from "./state-machine.ts";

/** Everything that runs need in an account, as one stack without assets: it needs no bootstrap. */
export class BisonflowStack extends Stack {
  constructor(app: App, variant: Variant) {
    super(app, variantName(variant), {
      description: "bisonflow: counts of introduced species by region, from GBIF's records",
      synthesizer: new BootstraplessSynthesizer(),
      analyticsReporting: false,
    });
    // In the template the stack's name is what its user calls it, not what the variant is called here.
    const stackName = Fn.ref("AWS::StackName");
    Object.defineProperty(this, "stackName", { value: stackName });
    this.templateOptions.metadata = { bisonflow: variant };
    const parameters = parametersOf(this, variant);
    const conditions = conditionsOf(this, parameters);

    const bucket = bucketOf(this);
    const network = networkOf(this, { parameters, conditions });
    const logs = new CfnLogGroup(this, "LogGroup", {
      logGroupName: Fn.sub(`/bisonflow/${fill("AWS::StackName")}`),
      retentionInDays: 30,
    });
    const repository = repositoryOf(this);
    const topic = topicOf(this, { parameters, conditions });
    const database = databaseOf(this, { network, parameters });

    const arns = arnsOf({ bucket, topic, repository, database });
    const role = (name: RoleName) => roleOf(this, name, arns);
    const taskRole = role("TaskRole");
    const stepRole = role("StepRole");
    const jobs = {
      parameters,
      image: Fn.conditionIf(
        conditions.hasOwnImage.logicalId,
        Fn.sub(`${fill("Uri")}:${fill("ImageTag")}`, { Uri: repository.attrRepositoryUri }),
        parameters.image.valueAsString,
      ).toString(),
      logGroup: logs.ref,
      executionRole: role("ExecutionRole"),
    };
    const queue = queueOf(this, { network, parameters, conditions });
    const tasks = jobDefinitionOf(this, "TaskDefinition", { ...jobs, role: taskRole, suffix: "task" });
    const steps = jobDefinitionOf(this, "StepDefinition", { ...jobs, role: stepRole, suffix: "step" });

    const crawlerRole = role("CrawlerRole");
    const { database: catalog, crawler } = catalogOf(this, {
      parameters,
      conditions,
      bucket: bucket.ref,
      crawlerRole,
    });
    const connection = connectionOf(this, { network, database });

    const machine = stateMachineOf(this, {
      role: role("StateMachineRole"),
      parts: {
        Bucket: bucket.ref,
        JobQueue: queue.ref,
        TaskDefinition: tasks.ref,
        StepDefinition: steps.ref,
        Crawler: crawler.ref,
        Topic: topic.ref,
      },
    });
    scheduleOf(this, { parameters, machine, role: role("ScheduleRole") });
    const policy = operatorPolicyOf(this, arns);

    const values: Record<OutputName, string | undefined> = {
      BucketName: bucket.ref,
      JobQueueName: stackName,
      JobDefinitionName: `${stackName}-task`,
      LogGroupName: logs.ref,
      DatabaseName: catalog.ref,
      CrawlerName: crawler.ref,
      ConnectionName: connection.ref,
      StateMachineArn: machine.ref,
      TaskRoleArn: taskRole.attrArn,
      OperatorPolicyArn: policy.ref,
      RepositoryUri: repository.attrRepositoryUri,
      TopicArn: topic.ref,
      PostgresHost: database?.host,
      PostgresSecretArn: database?.secretArn,
    };
    for (const [name, description] of Object.entries(outputs) as [OutputName, string][]) {
      const value = values[name];
      if (value !== undefined) new CfnOutput(this, name, { value, description });
    }
    Tags.of(this).add("project", "bisonflow");
  }
}
