import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CreateSubnetCommand, CreateVpcCommand, EC2Client } from "@aws-sdk/client-ec2";
import { CreateConnectionCommand, GetConnectionCommand, GlueClient } from "@aws-sdk/client-glue";
import { CreateDBInstanceCommand, CreateDBSubnetGroupCommand, RDSClient } from "@aws-sdk/client-rds";
import { CreateBucketCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { CreateSecretCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connect } from "../../src/aws/client/index.ts";
import { makeResult } from "../database/make-result.ts";
import { bisonflow, type Ended } from "../support/command.ts";
import { type Emulator, noEmulator, startEmulator } from "../support/emulator.ts";
import { temporaryFolder } from "../support/paths.ts";
import { noPostgres, type Postgres, startPostgres } from "../support/postgres.ts";
import { accessTo } from "../support/trino-lake.ts";

const secret = "hunter2-Zz9";
const folder = temporaryFolder();
const config = join(folder, "config");
let server: Postgres;
let emulator: Emulator;
let calls = 0;

function run(args: readonly string[]): Ended {
  const record = join(folder, `calls-${calls++}.ndjson`);
  const ended = bisonflow(args, {
    env: { ...emulator.env, BISONFLOW_CONFIG: config, HOME: folder, BISONFLOW_RECORD_CALLS: record },
  });
  expect(`${ended.stdout}${ended.stderr}`).not.toMatch(/hunter2|Zz9/);
  expect(`${ended.stdout}${ended.stderr}`).not.toContain("this is a bug");
  try {
    expect(readFileSync(record, "utf8")).not.toMatch(/hunter2|Zz9/);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  return ended;
}

const file = (name: string) => JSON.parse(readFileSync(join(config, "connections", `${name}.json`), "utf8"));

async function makeSecret(name: string, text: string): Promise<string> {
  const { ARN } = await connect(SecretsManagerClient, accessTo(emulator)).send(
    new CreateSecretCommand({ Name: name, SecretString: text }),
  );
  return ARN ?? "";
}

describe.skipIf(noPostgres || noEmulator)("a connection whose password is in Secrets Manager", () => {
  beforeAll(async () => {
    [server, emulator] = await Promise.all([startPostgres(), startEmulator()]);
    server.sql(`CREATE ROLE ada LOGIN PASSWORD '${secret}'`);
    server.sql("CREATE DATABASE bison OWNER ada");
  });
  afterAll(async () => {
    await Promise.all([server?.stop(), emulator?.stop()]);
  });
  const address = (user = ""): string =>
    `postgres://${user}localhost:${server.port}/bison?sslmode=verify-full&sslrootcert=${server.certificates.ca}`;

  it("reads user and password from it, by ARN or name", async () => {
    const arn = await makeSecret(
      "bison/database",
      JSON.stringify({ username: "ada", password: secret, engine: "postgres" }),
    );
    run(["connection", "add", "by-arn", address(), "--secret", `secretsmanager:${arn}`]);
    const { status, stdout } = run(["connection", "test", "by-arn"]);
    expect(`${status} ${stdout}`).toContain(`ada is in (SCRAM-SHA-256, password Secrets Manager ${arn})`);
    await makeSecret("plain", secret);
    run(["connection", "add", "by-name", address("ada@"), "--secret", "secretsmanager:plain"]);
    expect(run(["connection", "test", "by-name"]).status).toBe(0);
  });

  it("is published to from a result on S3", async () => {
    const s3 = connect(S3Client, accessTo(emulator), { forcePathStyle: true });
    await s3.send(new CreateBucketCommand({ Bucket: "results" }));
    const out = await makeResult(join(folder, "result"), {
      tables: [{ name: "county_counts", query: "SELECT 'x' AS region_id, 3::BIGINT AS occ_count" }],
    });
    for (const path of ["manifest.json", "datapackage.json", "tables/county_counts.parquet"]) {
      const Body = readFileSync(join(out, path));
      await s3.send(new PutObjectCommand({ Bucket: "results", Key: `run/${path}`, Body }));
    }
    const { status, stdout } = run(["publish", "s3://results/run", "--to", "by-arn"]);
    expect(`${status} ${stdout}`).toMatch(/^0 Published to schema bison/);
    expect(server.sql("SELECT * FROM bison.county_counts", "bison")).toBe("x|3");
    const crawled = run(["crawl", "by-arn", "--catalog", "glue", "--schema", "bison"]);
    expect(`${crawled.status} ${crawled.stdout}`).toMatch(
      /^0 Database bison_metadata .*^bison_bison_county_counts +added +~1 /ms,
    );
    expect(run(["publish", "s3://results/no", "--to", "by-arn"]).stderr).toContain("nothing is there");
  });

  it("says what is wrong with the secret, and repeats nothing of it", async () => {
    await makeSecret("odd", `{"pass": "${secret}"}`);
    await makeSecret("broken", `{"password": "${secret}`);
    for (const [name, words] of [
      ["odd", "its JSON has no text named password"],
      ["broken", "it begins like JSON and is none"],
      ["nowhere", "no such secret in us-east-1"],
    ] as const) {
      run(["connection", "add", name, address("ada@"), "--secret", `secretsmanager:${name}`]);
      const { status, stderr } = run(["connection", "test", name]);
      expect(`${status} ${stderr}`).toMatch(/^2 /);
      expect(stderr).toContain(words);
    }
  });

  it("takes an RDS instance's address from AWS, and writes it into Glue with its network and no password", async () => {
    const ec2 = connect(EC2Client, accessTo(emulator));
    const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: "10.9.0.0/16" }));
    const subnets: string[] = [];
    for (const [zone, block] of [
      ["us-east-1a", "10.9.1.0/24"],
      ["us-east-1b", "10.9.2.0/24"],
    ] as const) {
      const { Subnet } = await ec2.send(
        new CreateSubnetCommand({ VpcId: Vpc?.VpcId, CidrBlock: block, AvailabilityZone: zone }),
      );
      subnets.push(Subnet?.SubnetId ?? "");
    }
    const rds = connect(RDSClient, accessTo(emulator));
    await rds.send(
      new CreateDBSubnetGroupCommand({
        DBSubnetGroupName: "bison",
        DBSubnetGroupDescription: "x",
        SubnetIds: subnets,
      }),
    );
    await rds.send(
      new CreateDBInstanceCommand({
        DBInstanceIdentifier: "bison-db",
        DBInstanceClass: "db.t4g.micro",
        Engine: "postgres",
        DBName: "bison",
        MasterUsername: "ada",
        MasterUserPassword: secret,
        AllocatedStorage: 20,
        DBSubnetGroupName: "bison",
        VpcSecurityGroupIds: ["sg-0123456789abcdef0"],
      }),
    );
    const arn = await makeSecret("rds", JSON.stringify({ username: "ada", password: secret }));
    const added = run([
      "connection",
      "add",
      "rds",
      "--rds",
      "bison-db",
      "--secret",
      `secretsmanager:${arn}`,
      "--glue",
      "bison-glue",
    ]);
    expect(`${added.status} ${added.stdout}`).toMatch(/^0 Stored rds: ada@bison-db\..*:5432\/bison/);
    expect(added.stdout).toContain("Wrote connection bison-glue in Glue (us-east-1)");
    expect(file("rds")).toMatchObject({
      rds: { instance: "bison-db", region: "us-east-1" },
      glue: { name: "bison-glue", region: "us-east-1" },
    });
    const glue = connect(GlueClient, accessTo(emulator));
    const { Connection } = await glue.send(new GetConnectionCommand({ Name: "bison-glue" }));
    expect(Connection).toMatchObject({
      ConnectionProperties: {
        JDBC_CONNECTION_URL: `jdbc:postgresql://${file("rds").target.host}:5432/bison`,
        JDBC_ENFORCE_SSL: "true",
        SECRET_ID: arn,
      },
      PhysicalConnectionRequirements: {
        SubnetId: subnets[0],
        AvailabilityZone: "us-east-1a",
        SecurityGroupIdList: ["sg-0123456789abcdef0"],
      },
    });
    expect(Object.keys(Connection?.ConnectionProperties ?? {})).not.toContain("PASSWORD");
    // The same again is no change; another secret is.
    const again = [
      "connection",
      "add",
      "rds",
      "--rds",
      "bison-db",
      "--secret",
      `secretsmanager:${arn}`,
      "--glue",
      "bison-glue",
      "--replace",
    ];
    expect(run(again).stdout).toContain("Found as it should be: connection bison-glue");
    expect(run([...again.slice(0, -1), "--subnet", subnets[1] ?? "", "--replace"]).stdout).toContain(
      "Changed connection bison-glue",
    );
    const moved = await glue.send(new GetConnectionCommand({ Name: "bison-glue" }));
    expect(moved.Connection?.PhysicalConnectionRequirements).toMatchObject({
      SubnetId: subnets[1],
      AvailabilityZone: "us-east-1b",
    });
    expect(run(["connection", "add", "none", "--rds", "nowhere"]).stderr).toContain(
      "no instance of this name in us-east-1",
    );
  });

  it("is not written into Glue with its password elsewhere, and nothing is stored then", () => {
    const { status, stderr } = run([
      "connection",
      "add",
      "elsewhere",
      address("ada@"),
      "--secret",
      "env:X",
      "--glue",
    ]);
    expect(`${status} ${stderr}`).toContain(
      "2 bisonflow: elsewhere: Glue needs its password from Secrets Manager",
    );
    expect(run(["connection", "test", "elsewhere"]).stderr).toContain("no connection of this name");
  });

  it("is compared with Glue's record, and what Glue's own test would say is said", async () => {
    const missing = run(["connection", "test", "by-arn", "--glue"]);
    expect(missing.status).toBe(2);
    expect(missing.stdout).toContain("Glue would say: EntityNotFoundException: Connection by-arn not found.");
    await connect(GlueClient, accessTo(emulator)).send(
      new CreateConnectionCommand({
        ConnectionInput: {
          Name: "by-arn",
          ConnectionType: "JDBC",
          ConnectionProperties: {
            JDBC_CONNECTION_URL: "jdbc:postgresql://old.example.org:5432/bison",
            USERNAME: "ada",
            PASSWORD: secret,
          },
        },
      }),
    );
    const { status, stdout } = run(["connection", "test", "by-arn", "--glue", "--json"]);
    expect(status).toBe(2);
    const { ok, glue } = JSON.parse(stdout);
    expect(ok).toBe(true);
    expect(glue.url).toBe(`jdbc:postgresql://localhost:${server.port}/bison`);
    expect(glue.differences).toContainEqual({
      what: "JDBC_CONNECTION_URL",
      found: "jdbc:postgresql://old.example.org:5432/bison",
      expected: glue.url,
    });
    const codes = [...glue.obstacles, ...glue.findings].map(({ code }: { code: string }) => code);
    expect(codes).toEqual(
      expect.arrayContaining([
        "database-unreachable",
        "glue-connection-holds-password",
        "glue-connection-network-incomplete",
        "glue-connection-tls-not-enforced",
        "database-driver-too-old",
      ]),
    );
    expect(new Set(codes).size).toBe(codes.length);
  });
});
