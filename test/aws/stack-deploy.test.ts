import {
  BatchClient,
  DescribeComputeEnvironmentsCommand,
  DescribeJobQueuesCommand,
} from "@aws-sdk/client-batch";
import {
  CloudFormationClient,
  DescribeStacksCommand,
  ListChangeSetsCommand,
} from "@aws-sdk/client-cloudformation";
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  DeleteLogGroupCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import {
  AttachInternetGatewayCommand,
  CreateInternetGatewayCommand,
  CreateRouteCommand,
  DescribeRouteTablesCommand,
  DescribeVpcEndpointsCommand,
  DescribeVpcsCommand,
  EC2Client,
} from "@aws-sdk/client-ec2";
import {
  CreateDatabaseCommand,
  GetConnectionCommand,
  GetCrawlerCommand,
  GlueClient,
} from "@aws-sdk/client-glue";
import { DescribeDBInstancesCommand, RDSClient } from "@aws-sdk/client-rds";
import {
  GetBucketLifecycleConfigurationCommand,
  GetPublicAccessBlockCommand,
  HeadBucketCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { clientConfig } from "../support/batch-queue.ts";
import { bisonflow, type Ended } from "../support/command.ts";
import { type Emulator, noEmulator, startEmulator } from "../support/emulator.ts";

describe.skipIf(noEmulator)("the stack, made and removed on the emulator", () => {
  let emulator: Emulator;
  const aws = (...args: string[]): Ended =>
    bisonflow(["aws", ...args], { env: { ...emulator.env, COLUMNS: "120" } });
  const outputsOf = async (name: string): Promise<Record<string, string>> => {
    const stack = await stackOf(name);
    return Object.fromEntries(
      (stack?.Outputs ?? []).map((one) => [one.OutputKey ?? "", one.OutputValue ?? ""]),
    );
  };
  const stackOf = async (name: string) => {
    const client = new CloudFormationClient(clientConfig(emulator));
    return client
      .send(new DescribeStacksCommand({ StackName: name }))
      .then(({ Stacks }) => Stacks?.[0])
      .catch(() => undefined);
  };
  const s3 = (): S3Client => new S3Client({ ...clientConfig(emulator), forcePathStyle: true });

  beforeAll(async () => {
    // The policy of Batch's machines is AWS's own.
    emulator = await startEmulator({ env: { MOTO_IAM_LOAD_MANAGED_POLICIES: "true" } });
  });
  afterAll(() => emulator?.stop());

  it("is planned without leaving anything", async () => {
    const { status, stdout } = aws("plan");
    expect(status).toBe(0);
    expect(stdout).toMatch(/^Stack bisonflow would be made in us-east-1\.\n/);
    expect(stdout).toContain("+ Bucket                     S3 bucket, private\n");
    expect(stdout).not.toContain("+ Subscription");
    expect(stdout).toMatch(/TaskRole: the tasks of a run, in their containers\n {4}on Bucket\n/);
    expect(stdout).toMatch(/s3:PutObject +publish outputs/);
    expect(stdout).toMatch(/Cost a month while nothing runs: 0\.0\d+ USD/);
    expect(stdout).toMatch(/Cost of a run: about \d+\.\d+ USD for each billion records read/);
    expect(await stackOf("bisonflow")).toBeUndefined();
    const client = new CloudFormationClient(clientConfig(emulator));
    const { Summaries = [] } = await client.send(new ListChangeSetsCommand({ StackName: "bisonflow" }));
    expect(Summaries).toEqual([]);
  });

  it("is planned as JSON for programs", () => {
    const { stdout } = aws("plan", "--json", "--database", "--email", "a@b.org");
    const plan = JSON.parse(stdout);
    expect(plan).toMatchObject({ stack: "bisonflow", region: "us-east-1", isNew: true });
    expect(plan.changes).toContainEqual(
      expect.objectContaining({ fate: "made", logicalId: "Database", what: "PostgreSQL database" }),
    );
    expect(plan.changes).toContainEqual(expect.objectContaining({ logicalId: "Subscription" }));
    expect(plan.rights.granted.length).toBeGreaterThan(50);
    expect(plan.rights.withdrawn).toEqual([]);
    // 730 h of a db.t4g.micro, 20 GiB, a secret, an image.
    expect(plan.cost.monthly.usd).toBeCloseTo(730 * 0.016 + 20 * 0.115 + 0.4 + 0.03, 5);
  });

  it("is not made without a terminal or --yes", async () => {
    const { status, stderr } = aws("up");
    expect(status).toBe(2);
    expect(stderr).toMatch(/no terminal to confirm on; nothing was changed\.\n.*--yes/);
    expect(await stackOf("bisonflow")).toBeUndefined();
  });

  it("is made, with what happens told as it does", async () => {
    const { status, stdout } = aws("up", "--yes", "--database", "--max-vcpus", "4");
    expect(status).toBe(0);
    expect(stdout).toMatch(/ s {2}CREATE_COMPLETE +JobQueue {2}\(Batch job queue\)\n/);
    expect(stdout).toMatch(/ s {2}CREATE_COMPLETE +bisonflow {2}\(the stack\)\n/);
    expect(stdout).toContain("Stack bisonflow stands in us-east-1:\n");
    const made = await outputsOf("bisonflow");
    expect(made).toMatchObject({
      JobQueueName: "bisonflow",
      JobDefinitionName: "bisonflow-task",
      LogGroupName: "/bisonflow/bisonflow",
      DatabaseName: "bison_metadata",
      PostgresHost: expect.stringMatching(/^bison-db-test\./),
      PostgresSecretArn: expect.stringMatching(/^arn:aws:secretsmanager:/),
    });
    expect(await stackOf("bisonflow")).toMatchObject({
      StackStatus: "CREATE_COMPLETE",
      Tags: expect.arrayContaining([{ Key: "project", Value: "bisonflow" }]),
    });
  });

  it("holds what its template says, as the services tell it", async () => {
    const { BucketName = "" } = await outputsOf("bisonflow");
    const config = clientConfig(emulator);
    const block = await s3().send(new GetPublicAccessBlockCommand({ Bucket: BucketName }));
    expect(block.PublicAccessBlockConfiguration).toEqual({
      BlockPublicAcls: true,
      BlockPublicPolicy: true,
      IgnorePublicAcls: true,
      RestrictPublicBuckets: true,
    });
    const rules = await s3().send(new GetBucketLifecycleConfigurationCommand({ Bucket: BucketName }));
    expect(rules.Rules).toMatchObject([
      { AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 } },
      { Expiration: { Days: 30 }, Filter: { Prefix: "work/" } },
    ]);
    const batch = new BatchClient(config);
    const { jobQueues } = await batch.send(new DescribeJobQueuesCommand({ jobQueues: ["bisonflow"] }));
    expect(jobQueues).toMatchObject([{ state: "ENABLED", status: "VALID" }]);
    const { computeEnvironments } = await batch.send(new DescribeComputeEnvironmentsCommand({}));
    expect(computeEnvironments).toMatchObject([
      { computeResources: { type: "SPOT", allocationStrategy: "SPOT_PRICE_CAPACITY_OPTIMIZED" } },
    ]);
    const glue = new GlueClient(config);
    const { Crawler } = await glue.send(new GetCrawlerCommand({ Name: "bisonflow" }));
    expect(Crawler).toMatchObject({
      DatabaseName: "bison_metadata",
      Targets: { S3Targets: [{ Path: `s3://${BucketName}/results/` }] },
    });
    const { Connection } = await glue.send(new GetConnectionCommand({ Name: "bisonflow" }));
    expect(Connection?.ConnectionProperties?.JDBC_CONNECTION_URL).toMatch(
      /^jdbc:postgresql:\/\/bison-db-test\.\S+:5432\/bison$/,
    );
    const { DBInstances } = await new RDSClient(config).send(new DescribeDBInstancesCommand({}));
    expect(DBInstances).toMatchObject([
      { PubliclyAccessible: false, StorageEncrypted: true, Engine: "postgres" },
    ]);
  });

  it("is sound to the doctor", () => {
    const { stdout } = aws("doctor", "--json");
    const { findings, notRun } = JSON.parse(stdout) as { findings: unknown[]; notRun: unknown[] };
    expect(findings).toEqual([]);
    expect(notRun).toEqual([]);
  });

  it("stays as it is when nothing else is chosen", async () => {
    const { status, stdout } = aws("up", "--yes");
    expect(status).toBe(0);
    expect(stdout).toMatch(/^Stack bisonflow in us-east-1: nothing would change\.\n/);
    // Neither the database nor the vCPUs were named again.
    const stack = await stackOf("bisonflow");
    expect(stack?.StackStatus).toBe("CREATE_COMPLETE");
    expect(stack?.Parameters).toContainEqual({ ParameterKey: "MaxVcpus", ParameterValue: "4" });
  });

  it("is changed in what is chosen, and only that", async () => {
    const choice = ["--on-demand", "--schedule", "monthly", "--tag", "owner=ann"];
    const planned = aws("plan", ...choice);
    expect(planned.stdout).toMatch(/Changed in place \(\d+\)/);
    expect(planned.stdout).not.toMatch(/\nMade|\nRemoved|Rights granted/);
    expect(aws("up", "--yes", ...choice)).toMatchObject({ status: 0 });
    const stack = await stackOf("bisonflow");
    expect(stack?.StackStatus).toBe("UPDATE_COMPLETE");
    const values = Object.fromEntries(
      (stack?.Parameters ?? []).map((one) => [one.ParameterKey, one.ParameterValue]),
    );
    expect(values).toMatchObject({ Capacity: "EC2", ScheduleState: "ENABLED", MaxVcpus: "4" });
    expect(stack?.Tags).toContainEqual({ Key: "owner", Value: "ann" });
  });

  it("loses its database when that is chosen, and says so before", async () => {
    const { stdout } = aws("plan", "--no-database");
    expect(stdout).toMatch(/Removed \(\d\)/);
    expect(stdout).toContain("- Database         PostgreSQL database");
    expect(stdout).toMatch(/Rights withdrawn\n {2}CrawlerRole: .*\n.*\n +secretsmanager:GetSecretValue/);
    expect(await outputsOf("bisonflow")).toHaveProperty("PostgresHost");
  });

  it("does not move to another VPC", () => {
    const { status, stderr } = aws("plan", "--vpc", "default");
    expect(status).toBe(2);
    expect(stderr).toMatch(/^bisonflow: Stack bisonflow: it stands in another VPC/);
  });

  it("is not removed with another's bucket", async () => {
    const { status, stderr } = aws("down", "--yes", "--delete-data", "somebody-elses");
    expect(status).toBe(2);
    expect(stderr).toMatch(/the bucket of stack bisonflow is bisonflow-bucket-\S+\. Nothing was removed\./);
    expect((await stackOf("bisonflow"))?.StackStatus).toBe("UPDATE_COMPLETE");
  });

  it("is removed, and its data kept", async () => {
    const { BucketName = "" } = await outputsOf("bisonflow");
    await s3().send(new PutObjectCommand({ Bucket: BucketName, Key: "results/a", Body: "a" }));
    const { status, stdout } = aws("down", "--yes");
    expect(status).toBe(0);
    expect(stdout).toContain(`Kept: s3://${BucketName} and everything in it.\n`);
    expect(stdout).toContain("Of the database a last snapshot is kept.\n");
    expect(stdout).toMatch(/ s {2}DELETE_COMPLETE +Vpc /);
    expect(await stackOf("bisonflow")).toBeUndefined();
    await s3().send(new HeadBucketCommand({ Bucket: BucketName }));
    expect(aws("down", "--yes")).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/Stack bisonflow: there is none in us-east-1/),
    });
  });

  it("is removed with its data when its bucket is named", async () => {
    expect(aws("up", "--yes", "--name", "short")).toMatchObject({ status: 0 });
    const { BucketName = "" } = await outputsOf("short");
    for (let at = 0; at < 3; at++)
      await s3().send(new PutObjectCommand({ Bucket: BucketName, Key: `results/${at}`, Body: "a" }));
    const { status, stdout } = aws("down", "--yes", "--name", "short", "--delete-data", BucketName);
    expect(stdout).toMatch(/Deleted for ever, too: s3:\/\/short-bucket/);
    expect(stdout).toMatch(new RegExp(`3 objects and the bucket ${BucketName} are deleted\\.`));
    expect(status).toBe(0);
    await expect(s3().send(new HeadBucketCommand({ Bucket: BucketName }))).rejects.toThrow();
  });

  it("that cannot be made is taken back, with the first failure named; the next attempt clears its record", async () => {
    // No check sees a log group of the stack's name, as another stack may have left it.
    const client = new CloudWatchLogsClient(clientConfig(emulator));
    await client.send(new CreateLogGroupCommand({ logGroupName: "/bisonflow/half" }));
    const failed = aws("up", "--yes", "--name", "half");
    expect(failed.status).toBe(4);
    expect(failed.stderr).toMatch(
      /^bisonflow: Stack half: LogGroup \(AWS::Logs::LogGroup\) failed: .*exist.*\n {2}Everything that had been made was removed again\./,
    );
    expect(failed.stdout).toMatch(/CREATE_FAILED +LogGroup .*: .*exist/);
    expect((await stackOf("half"))?.StackStatus).toBe("ROLLBACK_COMPLETE");
    const planned = aws("plan", "--name", "half");
    expect(planned.stdout).toMatch(
      /An earlier attempt left a record \(ROLLBACK_COMPLETE\), which would be removed first/,
    );
    expect(planned.stdout).toContain("+ LogGroup ");
    expect(planned.stdout).not.toContain("+ Subscription");
    await client.send(new DeleteLogGroupCommand({ logGroupName: "/bisonflow/half" }));
    const again = aws("up", "--yes", "--name", "half");
    expect(again.stdout).toMatch(/^Stack half: an earlier attempt failed and left a record/);
    expect(again.status).toBe(0);
    expect((await stackOf("half"))?.StackStatus).toBe("CREATE_COMPLETE");
    expect(aws("down", "--yes", "--name", "half")).toMatchObject({ status: 0 });
  });

  it("is refused before anything is made where a name is taken or a machine unfit", async () => {
    const glue = new GlueClient(clientConfig(emulator));
    await glue.send(new CreateDatabaseCommand({ DatabaseInput: { Name: "taken" } }));
    const cases: [string[], RegExp][] = [
      [["--catalog-database", "taken"], /Glue has a database taken already in us-east-1/],
      [["--instance-types", "r7g.medium", "--task-memory", "9000"], /r7g\.medium: none of them holds a task/],
      [["--instance-types", "r99g.medium"], /r99g\.medium/],
      [["--vpc", "vpc-0123456789abcdef0"], /vpc-0123456789abcdef0: no such VPC in us-east-1/],
      [["--vpc", "default"], /none of its \d subnets leads outside/],
      [
        ["--subnets", "subnet-0123456789abcdef0"],
        /--subnets: the subnets of a VPC of the stack's own are its own/,
      ],
      [["--database-class", "db.t4g.small"], /this stack has no database to set it for/],
    ];
    for (const [args, message] of cases) {
      const { status, stderr } = aws("up", "--yes", "--name", "never", ...args);
      expect(stderr, args.join(" ")).toMatch(message);
      expect(status, args.join(" ")).toBe(2);
      expect(await stackOf("never")).toBeUndefined();
    }
  });

  it("takes the account's default VPC, and makes the S3 endpoint there only where there is none", async () => {
    const ec2 = new EC2Client(clientConfig(emulator));
    const { Vpcs } = await ec2.send(
      new DescribeVpcsCommand({ Filters: [{ Name: "is-default", Values: ["true"] }] }),
    );
    const VpcId = Vpcs?.[0]?.VpcId ?? "";
    // As AWS makes it: a gateway, and a route to it.
    const { InternetGateway } = await ec2.send(new CreateInternetGatewayCommand({}));
    const InternetGatewayId = InternetGateway?.InternetGatewayId ?? "";
    await ec2.send(new AttachInternetGatewayCommand({ InternetGatewayId, VpcId }));
    const inVpc = { Filters: [{ Name: "vpc-id", Values: [VpcId] }] };
    const { RouteTables } = await ec2.send(new DescribeRouteTablesCommand(inVpc));
    const RouteTableId = RouteTables?.[0]?.RouteTableId ?? "";
    await ec2.send(
      new CreateRouteCommand({
        RouteTableId,
        DestinationCidrBlock: "0.0.0.0/0",
        GatewayId: InternetGatewayId,
      }),
    );
    expect(aws("up", "--yes", "--name", "guest", "--vpc", "default")).toMatchObject({ status: 0 });
    const { VpcEndpoints } = await ec2.send(new DescribeVpcEndpointsCommand(inVpc));
    expect(VpcEndpoints).toMatchObject([
      {
        ServiceName: "com.amazonaws.us-east-1.s3",
        VpcEndpointType: "Gateway",
        RouteTableIds: [RouteTableId],
      },
    ]);
    // Named again, the stack's own endpoint is not taken for another's.
    expect(aws("up", "--yes", "--name", "guest", "--vpc", "default").stdout).toMatch(/nothing would change/);
    const second = aws("plan", "--name", "second", "--vpc", "default", "--catalog-database", "second");
    expect(second.stdout).toContain("+ JobQueue ");
    expect(second.stdout).not.toContain("+ S3Endpoint");
    expect(aws("down", "--yes", "--name", "guest")).toMatchObject({ status: 0 });
    const { Vpcs: left } = await ec2.send(new DescribeVpcsCommand({ VpcIds: [VpcId] }));
    expect(left).toHaveLength(1);
  });

  it("prints its template without an account", () => {
    const { status, stdout } = bisonflow(["aws", "template", "--vpc", "existing", "--database"]);
    expect(status).toBe(0);
    const { Metadata, Resources } = JSON.parse(stdout);
    expect(Metadata).toEqual({ bisonflow: { network: "existing", database: true } });
    expect(Resources.Database.Type).toBe("AWS::RDS::DBInstance");
  });
});
