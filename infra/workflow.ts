/** A state of Amazon States Language, in JSONPath: enough of it for what is made here. */
type State = Readonly<Record<string, unknown>> & { readonly Type: string };

/** What CloudFormation fills in when the stack is made. */
export type Filled = "Bucket" | "JobQueue" | "TaskDefinition" | "StepDefinition" | "Crawler" | "Topic";

const filled = (name: Filled): string => `\${${name}}`;

/** Seconds between two looks at a crawler. A crawl takes minutes to begin. */
const CRAWLER_SECONDS = 30;

/**
 * Stages of a plan in their order, what their states are called, and how many tasks they may have. Counting makes the
 * matrices, too.
 */
const stages = [
  { stage: "prepare", name: "Prepare", tasks: "any" },
  { stage: "acquire", name: "Acquire", tasks: "any" },
  { stage: "resolve", name: "Resolve", tasks: "one or none" },
  { stage: "annotate", name: "Annotate", tasks: "any" },
  { stage: "count", name: "CountAndMatrix", tasks: "one" },
  { stage: "publish", name: "Publish", tasks: "one" },
] as const;
type StageOf = (typeof stages)[number];

const onFailure = [{ ErrorEquals: ["States.ALL"], ResultPath: "$.failure", Next: "NotifyFailure" }];

/** Refusals that pass by themselves. What a job does when it fails is the job definition's business. */
const onRefusal = [
  {
    ErrorEquals: ["Batch.ServerException", "Batch.TooManyRequestsException"],
    IntervalSeconds: 5,
    MaxAttempts: 6,
    BackoffRate: 2,
    JitterStrategy: "FULL",
  },
];

/**
 * The state machine of a run: each step is a Batch job that runs bisonflow's command line, and how many tasks a stage
 * has is read from a small object that the step `Plan` leaves in the bucket. What differs between stacks is filled in by
 * CloudFormation.
 *
 * Input: `{ "config": "s3://…/run.json", "crawl": true }`; both may be missing.
 */
export function workflowDefinition(): { Comment: string; StartAt: string; States: Record<string, State> } {
  const states: Record<string, State> = {
    Begin: {
      Type: "Choice",
      Choices: [{ Variable: "$.config", IsPresent: true, Next: "WithConfig" }],
      Default: "WithDefaultConfig",
    },
    WithConfig: begin({ "config.$": "$.config" }),
    WithDefaultConfig: begin({ config: `s3://${filled("Bucket")}/config/run.json` }),
    FindSnapshot: step("find", "Plan"),
    Plan: step("plan", "ReadPlan"),
    ReadPlan: readObject("shape.json", { path: "$.plan", next: entryOf(stages[0]) }),
    ...Object.assign(
      {},
      ...stages.map((stage, at) => {
        const after = stages[at + 1];
        return stageStates(stage, after === undefined ? "Catalog" : entryOf(after));
      }),
    ),
    Catalog: step("finish", "ReadSummary"),
    ReadSummary: readObject("summary.json", { path: "$.result", next: "IsCrawlWanted" }),
    IsCrawlWanted: {
      Type: "Choice",
      Choices: [
        {
          And: [
            { Variable: "$.input.crawl", IsPresent: true },
            { Variable: "$.input.crawl", BooleanEquals: true },
          ],
          Next: "StartCrawler",
        },
      ],
      Default: "Notify",
    },
    ...crawlerStates(),
    Notify: notify({ subject: "bisonflow: a run has ended", message: "$.result.value.text", next: "Done" }),
    Done: { Type: "Succeed" },
    NotifyFailure: notify({
      subject: "bisonflow: a run has failed",
      message: "States.Format('{} failed: {}: {}', $$.Execution.Id, $.failure.Error, $.failure.Cause)",
      next: "Failed",
    }),
    // The names that begin with `States.` are Step Functions' own: what failed stands in the cause.
    Failed: { Type: "Fail", Error: "RunFailed", CausePath: "$.failure.Cause" },
  };
  return { Comment: "bisonflow: from the snapshot to the catalog", StartAt: "Begin", States: states };
}

/** The state by which a stage is entered. */
function entryOf({ name, tasks }: StageOf): string {
  return tasks === "one" ? name : `How many tasks: ${name}`;
}

function begin(config: Readonly<Record<string, string>>): State {
  return {
    Type: "Pass",
    Parameters: {
      ...config,
      "work.$": `States.Format('s3://${filled("Bucket")}/work/{}', $$.Execution.Name)`,
      "input.$": "$",
    },
    Next: "FindSnapshot",
  };
}

/** A job and what it runs; the state goes on when the job has ended. */
function job(options: {
  name: string;
  definition: string;
  command: string;
  more?: object | undefined;
  next: string;
}): State {
  const { name, definition, command, more, next } = options;
  return {
    Type: "Task",
    Resource: "arn:aws:states:::batch:submitJob.sync",
    Parameters: {
      "JobName.$": `States.Format('${name}-{}', $$.Execution.Name)`,
      JobQueue: filled("JobQueue"),
      JobDefinition: definition,
      ContainerOverrides: { "Command.$": command },
      ...more,
    },
    ResultPath: null,
    Retry: onRefusal,
    Catch: onFailure,
    Next: next,
  };
}

/** A step before or after the tasks. */
function step(name: string, next: string): State {
  const command = `States.Array('aws', 'step', '${name}', $.config, $.work)`;
  return job({ name, definition: filled("StepDefinition"), command, next });
}

/** A stage: nothing for no task, a plain job for one, an array for more (Batch has no array of one). */
function stageStates(options: StageOf, next: string): Record<string, State> {
  const { stage, name, tasks } = options;
  const run = ({ index, more }: { index?: string; more?: object }): State => {
    const plan = "States.Format('{}/plan.json', $.work)";
    const words = ["'task'", "'run'", plan, `'${stage}'`, ...(index === undefined ? [] : [index])];
    const command = `States.Array(${words.join(", ")})`;
    return job({ name: stage, definition: filled("TaskDefinition"), command, more, next });
  };
  const one = run({ index: "'0'" });
  if (tasks === "one") return { [name]: one };
  const number = `$.plan.value.tasks.${stage}`;
  const skip = { Variable: number, NumericEquals: 0, Next: next };
  if (tasks === "one or none") {
    return { [entryOf(options)]: { Type: "Choice", Choices: [skip], Default: name }, [name]: one };
  }
  return {
    [entryOf(options)]: {
      Type: "Choice",
      Choices: [skip, { Variable: number, NumericEquals: 1, Next: `${name}One` }],
      Default: name,
    },
    [name]: run({ more: { ArrayProperties: { "Size.$": number } } }),
    [`${name}One`]: one,
  };
}

/** Reads a small JSON object that a step has left under the execution's own prefix. */
function readObject(name: string, { path, next }: { path: string; next: string }): State {
  return {
    Type: "Task",
    Resource: "arn:aws:states:::aws-sdk:s3:getObject",
    Parameters: {
      Bucket: filled("Bucket"),
      "Key.$": `States.Format('work/{}/${name}', $$.Execution.Name)`,
    },
    ResultSelector: { "value.$": "States.StringToJson($.Body)" },
    ResultPath: path,
    Catch: onFailure,
    Next: next,
  };
}

/** Glue's crawler has no `.sync`: started, then looked at until it is READY again. */
function crawlerStates(): Record<string, State> {
  return {
    StartCrawler: {
      Type: "Task",
      Resource: "arn:aws:states:::aws-sdk:glue:startCrawler",
      Parameters: { Name: filled("Crawler") },
      ResultPath: null,
      Catch: [
        // Somebody started it just now: wait for that one.
        { ErrorEquals: ["Glue.CrawlerRunningException"], ResultPath: null, Next: "WaitForCrawler" },
        ...onFailure,
      ],
      Next: "WaitForCrawler",
    },
    WaitForCrawler: { Type: "Wait", Seconds: CRAWLER_SECONDS, Next: "LookAtCrawler" },
    LookAtCrawler: {
      Type: "Task",
      Resource: "arn:aws:states:::aws-sdk:glue:getCrawler",
      Parameters: { Name: filled("Crawler") },
      // Whole: a crawler that never ended has no LastCrawl, and a path to nothing would fail.
      ResultPath: "$.crawler",
      Catch: onFailure,
      Next: "HasCrawlerEnded",
    },
    HasCrawlerEnded: {
      Type: "Choice",
      Choices: [
        { Not: { Variable: "$.crawler.Crawler.State", StringEquals: "READY" }, Next: "WaitForCrawler" },
        { Variable: "$.crawler.Crawler.LastCrawl.Status", StringEquals: "SUCCEEDED", Next: "Notify" },
      ],
      Default: "CrawlerFailed",
    },
    CrawlerFailed: {
      Type: "Pass",
      Parameters: {
        Error: "CrawlerFailed",
        "Cause.$":
          "States.Format('Glue says of the crawl: {}', States.JsonToString($.crawler.Crawler.LastCrawl))",
      },
      ResultPath: "$.failure",
      Next: "NotifyFailure",
    },
  };
}

function notify({ subject, message, next }: { subject: string; message: string; next: string }): State {
  return {
    Type: "Task",
    Resource: "arn:aws:states:::sns:publish",
    Parameters: { TopicArn: filled("Topic"), Subject: subject, "Message.$": message },
    ResultPath: null,
    // A message that could not be sent changes nothing of what it was about.
    Catch: [{ ErrorEquals: ["States.ALL"], ResultPath: null, Next: next }],
    Next: next,
  };
}
