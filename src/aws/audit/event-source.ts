/** IAM prefixes of services that log under another name, the likeliest first. */
const prefixesOf: Readonly<Record<string, readonly string[]>> = {
  monitoring: ["cloudwatch"],
  autoscaling: ["autoscaling", "application-autoscaling", "autoscaling-plans"],
  tagging: ["tag"],
  email: ["ses"],
  cloudcontrolapi: ["cloudformation"],
  "servicecatalog-appregistry": ["servicecatalog"],
  dynamodbstreams: ["dynamodb"],
  lexv2: ["lex"],
  iotdata: ["iot"],
  "data.iot": ["iot"],
  "data-ats.iot": ["iot"],
  pinpoint: ["mobiletargeting"],
  "sms-voice.pinpoint": ["sms-voice"],
  "memory-db": ["memorydb"],
  "mturk-requester": ["mechanicalturk"],
  "marketplace-catalog": ["aws-marketplace"],
  "migrationhub-config": ["mgh"],
  migrationhub: ["mgh"],
  cloudhsmv2: ["cloudhsm"],
  ivsrealtime: ["ivs"],
  "s3-control": ["s3"],
  bedrockruntime: ["bedrock"],
  "codestar-connections": ["codestar-connections", "codeconnections"],
  appstream2: ["appstream"],
  keyspaces: ["cassandra"],
  "cassandra-streams": ["cassandra"],
  "mail-manager": ["ses"],
  iotsecuredtunneling: ["iot"],
  "api.tunneling.iot": ["iot"],
  "data.jobs.iot": ["iotjobsdata"],
  "iot-jobs-data": ["iotjobsdata"],
  ioteventsdata: ["iotevents"],
  "data.iotevents": ["iotevents"],
  appconfigdata: ["appconfig"],
  forecastquery: ["forecast"],
  cloudsearchdomain: ["cloudsearch"],
  "contact-lens": ["connect"],
  "participant.connect": ["execute-api"],
  oidc: ["sso-oauth"],
  "timestream-query": ["timestream"],
  sso: ["sso", "sso-directory"],
  billingconsole: ["billing", "aws-portal"],
};

/** Families of services that share a prefix. */
const families: readonly (readonly [RegExp, string])[] = [
  [/-chime$/, "chime"],
  [/-v2-lex$/, "lex"],
  [/[-.]marketplace$/, "aws-marketplace"],
  [/^bedrock-agentcore/, "bedrock-agentcore"],
  [/^bedrock-/, "bedrock"],
  [/^personalize-/, "personalize"],
  [/^partnercentral-/, "partnercentral"],
];

/** The IAM prefixes that events of a source (`monitoring.amazonaws.com`) may need, the likeliest first. */
export function prefixesOfSource(source: string): readonly string[] {
  const name = source.replace(/\.amazonaws\.com(\.cn)?$|\.api\.aws$|\.aws\.internal$/, "").toLowerCase();
  const listed = prefixesOf[name];
  if (listed !== undefined) return listed;
  const family = families.find(([pattern]) => pattern.test(name))?.[1];
  // `api.sagemaker`, `runtime.sagemaker`.
  const last = name.slice(name.lastIndexOf(".") + 1);
  return [...new Set([name, ...(family === undefined ? [] : [family]), last])];
}

/** All prefixes that another name stands for. */
export function everyListedPrefix(): string[] {
  return [...new Set([...Object.values(prefixesOf).flat(), ...families.map(([, prefix]) => prefix)])];
}
