/** IAM prefixes of services that log under another name, the likeliest first. */
const prefixesOf: Readonly<Record<string, readonly string[]>> = {
  monitoring: ["cloudwatch"],
  autoscaling: ["autoscaling", "application-autoscaling", "autoscaling-plans"],
  tagging: ["tag"],
  email: ["ses"],
  cloudcontrolapi: ["cloudformation"],
  "servicecatalog-appregistry": ["servicecatalog"],
  "streams.dynamodb": ["dynamodb"],
  dynamodbstreams: ["dynamodb"],
  "runtime.sagemaker": ["sagemaker"],
  "runtime.lex": ["lex"],
  "models.lex": ["lex"],
  lexv2: ["lex"],
  iotdata: ["iot"],
  "data.iot": ["iot"],
  "data-ats.iot": ["iot"],
  pinpoint: ["mobiletargeting"],
  "sms-voice.pinpoint": ["sms-voice"],
  "memory-db": ["memorydb"],
  "mturk-requester": ["mechanicalturk"],
  "api.ecr": ["ecr"],
  "api.ecr-public": ["ecr-public"],
  "api.pricing": ["pricing"],
  "entitlement.marketplace": ["aws-marketplace"],
  "entitlement-marketplace": ["aws-marketplace"],
  "metering.marketplace": ["aws-marketplace"],
  "metering-marketplace": ["aws-marketplace"],
  "catalog.marketplace": ["aws-marketplace"],
  "agreement-marketplace": ["aws-marketplace"],
  "marketplace-catalog": ["aws-marketplace"],
  "migrationhub-config": ["mgh"],
  migrationhub: ["mgh"],
  cloudhsmv2: ["cloudhsm"],
  ivsrealtime: ["ivs"],
  "s3-control": ["s3"],
  bedrockruntime: ["bedrock"],
  "bedrock-runtime": ["bedrock"],
  "bedrock-agent": ["bedrock"],
  "bedrock-agent-runtime": ["bedrock"],
  "codestar-connections": ["codestar-connections", "codeconnections"],
  appstream2: ["appstream"],
  keyspaces: ["cassandra"],
  "partnercentral-account": ["partnercentral"],
  "partnercentral-selling": ["partnercentral"],
  "partnercentral-benefits": ["partnercentral"],
  "partnercentral-channel": ["partnercentral"],
  oidc: ["sso-oauth"],
  "timestream-query": ["timestream"],
  "query.timestream": ["timestream"],
  "ingest.timestream": ["timestream"],
  sso: ["sso", "sso-directory"],
  billingconsole: ["billing", "aws-portal"],
};

/** The IAM prefixes that events of a source (`monitoring.amazonaws.com`) may need, the likeliest first. */
export function prefixesOfSource(source: string): readonly string[] {
  const name = source.replace(/\.amazonaws\.com(\.cn)?$|\.api\.aws$|\.aws\.internal$/, "").toLowerCase();
  return prefixesOf[name] ?? [name];
}

/** All prefixes that another name stands for. */
export function everyListedPrefix(): string[] {
  return [...new Set(Object.values(prefixesOf).flat())];
}
