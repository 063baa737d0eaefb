import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { outputs } from "../../src/aws/stack/outputs.ts";
import { stackTemplate, type Template } from "../../src/aws/stack/template.ts";
import { type Variant, variantName, variants } from "../../src/aws/stack/variant.ts";
import { installInfra, runInfra } from "../support/infra.ts";
import { environmentPython, makePython } from "../support/make-python.ts";
import { root, temporaryFolder } from "../support/paths.ts";

const folder = join(root, "src", "aws", "stack", "templates");
const files = readdirSync(folder).filter((name) => name.endsWith(".json"));

const noInfra = installInfra() ?? false;
const noPython = makePython() ?? false;
if (process.env.CI === "true" && noInfra !== false) throw new Error(noInfra);

describe.skipIf(noInfra)("the CDK app", () => {
  it("synthesises the templates that the package carries", () => {
    const out = temporaryFolder();
    expect(runInfra(["app.ts", "--out", out])).toMatchObject({ status: 0 });
    expect(readdirSync(out).sort()).toEqual(files.sort());
    for (const name of files)
      expect(readFileSync(join(out, name), "utf8"), `${name}: run npm run synth in infra/`).toBe(
        readFileSync(join(folder, name), "utf8"),
      );
  });

  it("follows cdk-nag's rules but for exceptions with a reason, each of which is needed", () => {
    const exceptions = JSON.parse(runInfra(["app.ts", "--exceptions"]).output) as Record<string, string>;
    for (const reason of Object.values(exceptions)) expect(reason).toMatch(/^[A-Z`].{30,}\.$/);
    const strict = runInfra(["app.ts", "--strict", "--out", temporaryFolder()]);
    expect(strict.status).toBe(1);
    const found = [...strict.output.matchAll(/Acknowledge with '([^']+)'/g)].map(([, id]) => id);
    expect([...new Set(found)].sort()).toEqual(Object.keys(exceptions).sort());
  });

  it("is typed", () => {
    const { status, stdout } = spawnSync(
      process.execPath,
      [
        join(root, "infra", "node_modules", "typescript", "bin", "tsc"),
        "-p",
        join(root, "infra"),
        "--noEmit",
      ],
      { encoding: "utf8" },
    );
    expect(stdout).toBe("");
    expect(status).toBe(0);
  });
});

describe.skipIf(noPython)("cfn-lint", () => {
  let lint: string;
  beforeAll(() => {
    lint = join(dirname(environmentPython() ?? ""), "cfn-lint");
  });

  it.each(files)("finds no error in %s", (name) => {
    const regions = ["us-east-1", "us-west-2", "eu-central-1"];
    const { stdout, status } = spawnSync(
      lint,
      // 16 means the newest 16.x, to RDS; the linter knows full versions alone.
      ["--ignore-checks", "W3691", "--regions", ...regions, "--template", join(folder, name)],
      { encoding: "utf8" },
    );
    expect(stdout).toBe("");
    expect(status).toBe(0);
  });
});

describe.each(variants)("the template %j", (variant) => {
  const template = stackTemplate(variant);
  const { Resources } = template;
  const properties = (name: string): Record<string, unknown> => {
    const found = Resources[name]?.Properties;
    if (found === undefined) throw new Error(`no ${name}`);
    return found as Record<string, unknown>;
  };
  const typed = (type: string): string[] =>
    Object.entries(Resources).flatMap(([name, { Type }]) => (Type === type ? [name] : []));

  it("is short enough to go to CloudFormation by itself, and needs no bootstrap", () => {
    const body = JSON.stringify(template);
    expect(body.length).toBeLessThan(51_200);
    expect(body).not.toMatch(/cdk-bootstrap|AssetParameters|BootstrapVersion|CDKMetadata/);
    expect(template.Metadata).toEqual({ bisonflow: variant });
    expect(`${variantName(variant)}.json`).toSatisfy((name: string) => files.includes(name));
  });

  it("keeps its bucket private, encrypted, by TLS alone, and beyond the stack", () => {
    expect(Resources.Bucket).toMatchObject({
      DeletionPolicy: "RetainExceptOnCreate",
      UpdateReplacePolicy: "Retain",
      Properties: {
        BucketEncryption: {
          ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" } }],
        },
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
        LifecycleConfiguration: {
          Rules: [
            { Status: "Enabled", AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 } },
            { Status: "Enabled", Prefix: "work/", ExpirationInDays: 30 },
          ],
        },
      },
    });
    expect(properties("BucketPolicy").PolicyDocument).toMatchObject({
      Statement: [
        { Effect: "Deny", Principal: { AWS: "*" }, Condition: { Bool: { "aws:SecureTransport": "false" } } },
        { Effect: "Deny", Condition: { NumericLessThan: { "s3:TlsVersion": "1.2" } } },
      ],
    });
  });

  it("has the free S3 endpoint on every route table that machines and the connection go by", () => {
    const endpoint = properties("S3Endpoint");
    expect(endpoint).toMatchObject({ VpcEndpointType: "Gateway" });
    expect(endpoint.ServiceName).toEqual({
      "Fn::Join": ["", ["com.amazonaws.", { Ref: "AWS::Region" }, ".s3"]],
    });
    if (variant.network === "existing") {
      expect(endpoint.RouteTableIds).toEqual({ Ref: "EndpointRouteTableIds" });
      expect(Resources.S3Endpoint?.Condition).toBe("NeedsEndpoint");
      return;
    }
    const tables = new Set(
      typed("AWS::EC2::SubnetRouteTableAssociation").map((name) =>
        JSON.stringify(properties(name).RouteTableId),
      ),
    );
    expect((endpoint.RouteTableIds as unknown[]).map((one) => JSON.stringify(one)).sort()).toEqual(
      [...tables].sort(),
    );
    expect(typed("AWS::EC2::Subnet")).toHaveLength(4);
    expect(typed("AWS::EC2::SubnetRouteTableAssociation")).toHaveLength(4);
    expect(typed("AWS::EC2::NatGateway")).toEqual([]);
    expect(properties("Vpc")).toMatchObject({ EnableDnsSupport: true, EnableDnsHostnames: true });
  });

  it("has a security group that is open to itself both ways, and outside for HTTPS alone", () => {
    const group = { "Fn::GetAtt": ["SecurityGroup", "GroupId"] };
    const all = { GroupId: group, IpProtocol: "tcp", FromPort: 0, ToPort: 65_535 };
    expect(properties("SelfIngress")).toMatchObject({ ...all, SourceSecurityGroupId: group });
    expect(properties("SelfEgress")).toMatchObject({ ...all, DestinationSecurityGroupId: group });
    expect(properties("SecurityGroup").SecurityGroupIngress).toBeUndefined();
    expect(properties("SecurityGroup").SecurityGroupEgress).toMatchObject([
      { IpProtocol: "tcp", FromPort: 443, ToPort: 443 },
    ]);
  });

  it("runs Batch on arm64 machines of the current image, that drain when they are reclaimed", () => {
    const { ComputeResources, ServiceRole, Type } = properties("ComputeEnvironment") as {
      ComputeResources: Record<string, unknown>;
      ServiceRole?: unknown;
      Type: string;
    };
    expect(Type).toBe("MANAGED");
    // Batch makes its own service-linked role when none is named.
    expect(ServiceRole).toBeUndefined();
    expect(ComputeResources).toMatchObject({
      MinvCpus: 0,
      InstanceTypes: { Ref: "InstanceTypes" },
      Ec2Configuration: [{ ImageType: "ECS_AL2023" }],
      AllocationStrategy: {
        "Fn::If": ["IsSpot", "SPOT_PRICE_CAPACITY_OPTIMIZED", "BEST_FIT_PROGRESSIVE"],
      },
      Type: { Ref: "Capacity" },
    });
    const data = JSON.stringify(properties("LaunchTemplate").LaunchTemplateData);
    expect(data).toContain("ECS_ENABLE_SPOT_INSTANCE_DRAINING=true");
    expect(data).toContain('"HttpTokens":"required"');
    expect(template.Parameters?.InstanceTypes?.Default).toMatch(/^r7g\.medium,/);
  });

  it.each(["TaskDefinition", "StepDefinition"])("defines %s without what is deprecated", (name) => {
    const definition = properties(name) as {
      ContainerProperties: Record<string, unknown>;
      RetryStrategy: { EvaluateOnExit: unknown[] };
    };
    expect(definition).toMatchObject({
      Timeout: { AttemptDurationSeconds: { Ref: "TaskTimeoutSeconds" } },
      RetryStrategy: { Attempts: 5 },
    });
    const rules = definition.RetryStrategy.EvaluateOnExit;
    expect(rules.length).toBeLessThanOrEqual(5);
    expect(rules).toContainEqual({ Action: "RETRY", OnStatusReason: "Host EC2*" });
    // No match would mean another try.
    expect(rules.at(-1)).toEqual({ Action: "EXIT", OnReason: "*" });
    expect(definition.ContainerProperties).not.toHaveProperty("Vcpus");
    expect(definition.ContainerProperties).not.toHaveProperty("Memory");
    expect(definition.ContainerProperties).toMatchObject({
      ReadonlyRootFilesystem: true,
      LogConfiguration: { LogDriver: "awslogs", Options: { "awslogs-group": { Ref: "LogGroup" } } },
    });
  });

  it("has a database by choice: PostgreSQL 16, private, its password made and kept by RDS", () => {
    if (!variant.database) {
      expect(Object.values(Resources).some(({ Type }) => Type.startsWith("AWS::RDS::"))).toBe(false);
      expect(properties("Connection")).toMatchObject({ ConnectionInput: { ConnectionType: "NETWORK" } });
      return;
    }
    expect(Resources.Database).toMatchObject({
      DeletionPolicy: "Snapshot",
      Properties: {
        DBInstanceIdentifier: "bison-db-test",
        Engine: "postgres",
        EngineVersion: "16",
        PubliclyAccessible: false,
        StorageEncrypted: true,
        ManageMasterUserPassword: true,
      },
    });
    expect(JSON.stringify(template)).not.toMatch(/MasterUserPassword"\s*:\s*"/);
    expect(properties("Connection")).toMatchObject({
      ConnectionInput: {
        ConnectionType: "JDBC",
        ConnectionProperties: {
          JDBC_ENFORCE_SSL: "true",
          SECRET_ID: { "Fn::GetAtt": ["Database", "MasterUserSecret.SecretArn"] },
        },
      },
    });
  });

  it("gives Glue's connection its subnet's own zone", () => {
    const { ConnectionInput } = properties("Connection") as {
      ConnectionInput: { PhysicalConnectionRequirements: Record<string, unknown> };
    };
    const { SubnetId, AvailabilityZone, SecurityGroupIdList } =
      ConnectionInput.PhysicalConnectionRequirements;
    expect(SecurityGroupIdList).toEqual([{ "Fn::GetAtt": ["SecurityGroup", "GroupId"] }]);
    expect({ SubnetId, AvailabilityZone }).toEqual(
      variant.network === "existing"
        ? { SubnetId: { Ref: "ConnectionSubnetId" }, AvailabilityZone: { Ref: "ConnectionZone" } }
        : {
            SubnetId: { Ref: "PrivateASubnet" },
            AvailabilityZone: { "Fn::GetAtt": ["PrivateASubnet", "AvailabilityZone"] },
          },
    );
  });

  it("has the monthly run off, its alarm on money, and tags", () => {
    expect(template.Parameters?.ScheduleState?.Default).toBe("DISABLED");
    expect(properties("Schedule")).toMatchObject({ State: { Ref: "ScheduleState" } });
    expect(Resources.Budget?.Condition).toBe("HasBudget");
    expect(Resources.Subscription?.Condition).toBe("HasEmail");
    const untagged = Object.entries(Resources).filter(
      ([, { Properties }]) =>
        Properties?.Tags !== undefined && !JSON.stringify(Properties.Tags).includes("bisonflow"),
    );
    expect(untagged).toEqual([]);
    expect(properties("Bucket").Tags).toEqual([{ Key: "project", Value: "bisonflow" }]);
  });

  it("says of itself what commands look for", () => {
    const expected = Object.keys(outputs).filter((name) => variant.database || !name.startsWith("Postgres"));
    expect(Object.keys(template.Outputs ?? {}).sort()).toEqual(expected.sort());
  });

  it("has a state machine whose states all lead to an end", () => {
    const { DefinitionString, DefinitionSubstitutions } = properties("StateMachine") as {
      DefinitionString: string;
      DefinitionSubstitutions: Record<string, unknown>;
    };
    const filled = [...DefinitionString.matchAll(/\$\{(\w+)\}/g)].map(([, name]) => name);
    expect([...new Set(filled)].sort()).toEqual(Object.keys(DefinitionSubstitutions).sort());
    const { StartAt, States } = JSON.parse(DefinitionString) as {
      StartAt: string;
      States: Record<string, { Type: string; Next?: string; Default?: string }>;
    };
    const reached = new Set<string>();
    const walk = (name: string): void => {
      if (reached.has(name)) return;
      reached.add(name);
      const text = JSON.stringify(States[name]);
      for (const [, next = ""] of text.matchAll(/"(?:Next|Default)":"([^"]+)"/g)) walk(next);
    };
    walk(StartAt);
    expect([...reached].sort()).toEqual(Object.keys(States).sort());
    for (const [name, { Type, Next, Default }] of Object.entries(States)) {
      if (Type === "Succeed" || Type === "Fail") continue;
      expect(Next ?? Default, name).toBeDefined();
    }
  });
});

it("knows of every variant another template", () => {
  const named = new Set(variants.map((variant: Variant): string => JSON.stringify(stackTemplate(variant))));
  expect(named.size).toBe(4);
  const kinds = (template: Template): number => Object.keys(template.Resources).length;
  expect(kinds(stackTemplate({ network: "new", database: true }))).toBeGreaterThan(
    kinds(stackTemplate({ network: "existing", database: false })),
  );
});
