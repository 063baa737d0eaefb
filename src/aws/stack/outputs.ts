/** What a stack says of itself when it stands, with its meaning. Commands find its parts by these names. */
export const outputs = {
  BucketName: "Bucket of results, working files and configuration",
  JobQueueName: "Queue of Batch",
  JobDefinitionName: "Job definition of tasks",
  LogGroupName: "Log group of jobs",
  DatabaseName: "Glue database of what is crawled",
  CrawlerName: "Glue crawler",
  ConnectionName: "Glue connection",
  StateMachineArn: "State machine of the monthly run",
  TaskRoleArn: "Role of tasks",
  OperatorPolicyArn: "Policy for people who run: attach it to a user, group or role",
  RepositoryUri: "Repository of the container image",
  TopicArn: "Topic of notifications",
  PostgresHost: "Address of the database inside the VPC",
  PostgresSecretArn: "Secret with the database's user and password",
} as const;

/** The name of an output. */
export type OutputName = keyof typeof outputs;
