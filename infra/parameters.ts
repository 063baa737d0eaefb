import type { CfnParameterProps } from "aws-cdk-lib";
import { CfnCondition, CfnParameter, Fn } from "aws-cdk-lib";
import type { Construct } from "constructs";
import type { Variant } from "../src/aws/stack/variant.ts";

/** What is chosen when the stack is made, besides what makes another template (variant.ts). */
export type Parameters = ReturnType<typeof parametersOf>;

/** Declares the parameters of a variant, in the order in which a console shows them. */
export function parametersOf(scope: Construct, variant: Variant) {
  const add = (id: string, props: CfnParameterProps) => new CfnParameter(scope, id, props);
  const text = (id: string, fallback: string, description: string, more: CfnParameterProps = {}) =>
    add(id, { type: "String", default: fallback, description, ...more });
  const whole = (id: string, fallback: number, description: string, more: CfnParameterProps = {}) =>
    add(id, { type: "Number", default: fallback, description, ...more });
  const existing =
    variant.network === "existing"
      ? {
          vpcId: add("VpcId", { type: "AWS::EC2::VPC::Id", description: "The VPC that machines run in." }),
          subnetIds: add("SubnetIds", {
            type: "List<AWS::EC2::Subnet::Id>",
            description: "Subnets for machines: with a route to ECS, ECR and CloudWatch Logs.",
          }),
          connectionSubnetId: add("ConnectionSubnetId", {
            type: "AWS::EC2::Subnet::Id",
            description: "The subnet of Glue's connection.",
          }),
          connectionZone: text("ConnectionZone", "", "That subnet's own availability zone.", {
            default: undefined,
          }),
          endpointRouteTableIds: add("EndpointRouteTableIds", {
            type: "CommaDelimitedList",
            default: "",
            description: "Route tables that have no S3 gateway endpoint yet; none is made when empty.",
          }),
        }
      : undefined;
  return {
    existing,
    capacity: text("Capacity", "SPOT", "SPOT: spare machines, cheaper, may be reclaimed. EC2: on demand.", {
      allowedValues: ["SPOT", "EC2"],
    }),
    instanceTypes: add("InstanceTypes", {
      type: "CommaDelimitedList",
      default: "r7g.medium,r7g.large,r6g.medium,r6g.large",
      description: "Kinds of machines, all arm64 (Graviton).",
    }),
    maxVcpus: whole("MaxVcpus", 64, "Most vCPUs at one time.", { minValue: 1, maxValue: 10_000 }),
    taskVcpus: whole("TaskVcpus", 1, "vCPUs of a task.", { minValue: 1, maxValue: 64 }),
    taskMemory: whole("TaskMemoryMiB", 7500, "Memory of a task, MiB; r7g.medium gives 7,500.", {
      minValue: 2048,
    }),
    taskTimeout: whole("TaskTimeoutSeconds", 14_400, "A task that runs longer is ended.", { minValue: 60 }),
    scratch: whole("ScratchGiB", 40, "Disk of a machine, GiB.", { minValue: 30, maxValue: 16_384 }),
    image: text("Image", "", "Container image; the stack's own repository with ImageTag when empty."),
    imageTag: text("ImageTag", "latest", "Tag of the image in the stack's own repository."),
    catalogDatabase: text("CatalogDatabase", "bison_metadata", "Glue database of what is crawled.", {
      allowedPattern: "[a-z0-9_]{1,255}",
    }),
    crawlerTarget: text("CrawlerTarget", "", "s3:// folder of Glue's crawler; the results when empty."),
    scheduleState: text("ScheduleState", "DISABLED", "Whether a run starts every month by itself.", {
      allowedValues: ["ENABLED", "DISABLED"],
    }),
    scheduleExpression: text("ScheduleExpression", "cron(0 6 5 * ? *)", "When, UTC: the 5th at 06:00."),
    email: text(
      "NotificationEmail",
      "",
      "Who is written to when a run ends or money runs out; nobody when empty.",
    ),
    budget: whole(
      "MonthlyBudgetUsd",
      50,
      "Alarm at 80 % and 100 % of it, of the whole account; 0 for none.",
      {
        minValue: 0,
      },
    ),
    ...(variant.database
      ? {
          database: {
            instanceClass: text("DatabaseClass", "db.t4g.micro", "Machine of the database."),
            storage: whole("DatabaseGiB", 20, "Disk of the database, GiB.", { minValue: 20 }),
          },
        }
      : {}),
  };
}

/** Conditions on parameters that several parts of the stack ask. */
export function conditionsOf(scope: Construct, parameters: Parameters) {
  const { existing, image, email, budget, capacity, crawlerTarget } = parameters;
  const when = (id: string, expression: ReturnType<typeof Fn.conditionEquals>) =>
    new CfnCondition(scope, id, { expression });
  return {
    isSpot: when("IsSpot", Fn.conditionEquals(capacity.valueAsString, "SPOT")),
    hasOwnImage: when("HasOwnImage", Fn.conditionEquals(image.valueAsString, "")),
    crawlsResults: when("CrawlsResults", Fn.conditionEquals(crawlerTarget.valueAsString, "")),
    hasEmail: when("HasEmail", Fn.conditionNot(Fn.conditionEquals(email.valueAsString, ""))),
    hasBudget: when("HasBudget", Fn.conditionNot(Fn.conditionEquals(budget.valueAsNumber, 0))),
    ...(existing === undefined
      ? {}
      : {
          needsEndpoint: when(
            "NeedsEndpoint",
            Fn.conditionNot(Fn.conditionEquals(Fn.join("", existing.endpointRouteTableIds.valueAsList), "")),
          ),
        }),
  };
}

export type Conditions = ReturnType<typeof conditionsOf>;
