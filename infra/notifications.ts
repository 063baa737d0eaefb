import { Fn, type Stack } from "aws-cdk-lib";
import { CfnBudget } from "aws-cdk-lib/aws-budgets";
import { PolicyDocument, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { CfnSubscription, CfnTopic, CfnTopicPolicy } from "aws-cdk-lib/aws-sns";
import { fill } from "./grants.ts";
import type { Conditions, Parameters } from "./parameters.ts";
import { allowService, deny } from "./statement.ts";

/** The topic of what people should hear of, who hears it, and the alarm on money. */
export function topicOf(
  stack: Stack,
  { parameters, conditions }: { parameters: Parameters; conditions: Conditions },
): CfnTopic {
  const topic = new CfnTopic(stack, "Topic", { displayName: "bisonflow" });
  const policy = new CfnTopicPolicy(stack, "TopicPolicy", {
    topics: [topic.ref],
    policyDocument: new PolicyDocument({
      statements: [
        allowService(new ServicePrincipal("budgets.amazonaws.com"), {
          sid: "Budgets",
          actions: ["sns:Publish"],
          resources: [topic.ref],
          when: { StringEquals: { "aws:SourceAccount": stack.account } },
        }),
        deny("PlainText", "sns:Publish", [topic.ref], { Bool: { "aws:SecureTransport": "false" } }),
      ],
    }),
  });
  new CfnSubscription(stack, "Subscription", {
    topicArn: topic.ref,
    protocol: "email",
    endpoint: parameters.email.valueAsString,
  }).cfnOptions.condition = conditions.hasEmail;
  const budget = new CfnBudget(stack, "Budget", {
    budget: {
      budgetName: Fn.sub(`${fill("AWS::StackName")}-${fill("AWS::Region")}`),
      budgetType: "COST",
      timeUnit: "MONTHLY",
      budgetLimit: { amount: parameters.budget.valueAsNumber, unit: "USD" },
    },
    notificationsWithSubscribers: [
      { kind: "ACTUAL", percent: 80 },
      { kind: "FORECASTED", percent: 100 },
    ].map(({ kind, percent }) => ({
      notification: {
        notificationType: kind,
        comparisonOperator: "GREATER_THAN",
        threshold: percent,
        thresholdType: "PERCENTAGE",
      },
      subscribers: [{ subscriptionType: "SNS", address: topic.ref }],
    })),
  });
  budget.cfnOptions.condition = conditions.hasBudget;
  budget.addResourceDependency(policy);
  return topic;
}
