import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checks } from "./checks/checks.ts";
import { examine } from "./examine.ts";
import { reads } from "./facts/reads.ts";
import { type FactKind, type FactLists, type Refusal, Snapshot } from "./facts/snapshot.ts";
import type { Finding } from "./finding.ts";
import { troubleCodes } from "./trouble.ts";

const region = "us-east-1";
const everything = { name: "all", document: { Statement: { Effect: "Allow", Action: "*", Resource: "*" } } };
const trust = (service: string) => ({
  Statement: { Effect: "Allow", Principal: { Service: service }, Action: "sts:AssumeRole" },
});
const all = { protocol: "-1", fromPort: undefined, toPort: undefined };

/** A small account where everything is as it should be. */
const sound: FactLists = {
  caller: [
    {
      id: "arn:aws:iam::1:user/ann",
      account: "1",
      principal: { kind: "user", name: "ann", arn: "arn:aws:iam::1:user/ann" },
    },
  ],
  vpcs: [{ id: "vpc-1", cidrs: ["10.0.0.0/16"], isDefault: false, isNamed: true }],
  vpcDns: [{ id: "vpc-1", support: true, hostnames: true }],
  subnets: [
    { id: "subnet-1", vpc: "vpc-1", zone: "a", cidr: "10.0.1.0/24", freeAddresses: 9, publicAddresses: true },
    {
      id: "subnet-2",
      vpc: "vpc-1",
      zone: "b",
      cidr: "10.0.2.0/24",
      freeAddresses: 9,
      publicAddresses: false,
    },
  ],
  routeTables: [
    {
      id: "rtb-1",
      vpc: "vpc-1",
      isMain: true,
      subnets: [],
      routes: [{ destination: "0.0.0.0/0", target: "igw-1", isActive: true }],
    },
  ],
  endpoints: [
    {
      id: "vpce-1",
      vpc: "vpc-1",
      service: `com.amazonaws.${region}.s3`,
      kind: "Gateway",
      state: "available",
      routeTables: ["rtb-1"],
      subnets: [],
      privateDns: false,
    },
  ],
  natGateways: [],
  securityGroups: [
    {
      id: "sg-1",
      vpc: "vpc-1",
      name: "glue",
      ingress: [{ ...all, peer: { group: "sg-1" } }],
      egress: [{ ...all, peer: { cidr: "0.0.0.0/0" } }],
    },
  ],
  networkAcls: [
    {
      id: "acl-1",
      vpc: "vpc-1",
      isDefault: true,
      subnets: [],
      entries: [false, true].map((egress) => ({
        number: 100,
        egress,
        allow: true,
        protocol: -1,
        cidr: "0.0.0.0/0",
        fromPort: undefined,
        toPort: undefined,
      })),
    },
  ],
  databases: [
    {
      id: "db",
      engine: "postgres",
      version: "16.4",
      host: "db.rds.amazonaws.com",
      port: 5432,
      status: "available",
      isPublic: false,
      vpc: "vpc-1",
      zone: "b",
      subnets: [{ id: "subnet-2", zone: "b" }],
      groups: ["sg-1"],
      parameterGroup: "pg",
    },
  ],
  parameterGroups: [{ id: "pg", values: { password_encryption: "md5" } }],
  connections: [
    {
      id: "bison",
      type: "JDBC",
      properties: { JDBC_CONNECTION_URL: "jdbc:postgresql://db.rds.amazonaws.com:5432/bison" },
      subnet: "subnet-1",
      zone: "a",
      groups: ["sg-1"],
      wasTested: true,
    },
  ],
  crawlers: [
    { id: "crawler", role: "glue", database: "catalog", locations: ["s3://b/t/"], connections: ["bison"] },
  ],
  glueJobs: [],
  roles: [
    { id: "glue", arn: "arn:aws:iam::1:role/glue", trust: trust("glue.amazonaws.com") },
    { id: "machine", arn: "arn:aws:iam::1:role/machine", trust: trust("ec2.amazonaws.com") },
  ],
  policies: ["role/glue", "role/machine", "user/ann"].map((id) => ({
    id,
    inline: [everything],
    attached: [],
    boundary: undefined,
  })),
  roleUses: [
    { role: "glue", service: "glue.amazonaws.com", purpose: "glue-connection" as const, usedBy: "crawler" },
    {
      role: "machine",
      service: "ec2.amazonaws.com",
      purpose: "batch-instance" as const,
      usedBy: "environment",
    },
  ].map((use) => ({
    id: use.role,
    arn: `arn:aws:iam::1:role/${use.role}`,
    locations: ["s3://b/t/"],
    ...use,
  })),
  policyFiles: [{ id: "policy.json", text: "{}", for: "user" }],
  environments: [
    {
      id: "environment",
      arn: "arn:environment",
      state: "ENABLED",
      status: "VALID",
      statusReason: undefined,
      type: "SPOT",
      maxVcpus: 4,
      instanceTypes: ["r7g.medium"],
      subnets: ["subnet-1"],
      groups: ["sg-1"],
      serviceRole: undefined,
      instanceProfile: "machine",
      launchTemplate: undefined,
    },
  ],
  queues: [
    {
      id: "queue",
      arn: "arn:queue",
      state: "ENABLED",
      status: "VALID",
      statusReason: undefined,
      environments: ["arn:environment"],
    },
  ],
  waitingJobs: [
    {
      id: "job",
      name: "counts",
      queue: "queue",
      statusReason: undefined,
      waitedSeconds: 9000,
      vcpus: 1,
      memoryMiB: 2048,
    },
  ],
  queueMoves: [{ id: "queue", running: 1 }],
  buckets: [{ id: "b", region, usedBy: "table" }],
  logGroups: [{ id: "/aws-glue/testconnection/output/bison" }],
  catalogDatabases: [{ id: "catalog", isNamed: true, location: undefined }],
  catalogTables: [
    {
      id: "catalog.t",
      database: "catalog",
      name: "t",
      location: "s3://b/t/",
      isParquet: true,
      columns: [{ name: "gbifid", type: "bigint" }],
      partitionKeys: [],
    },
  ],
  locations: [{ id: "s3://b/t/", bucketExists: true, hasObjects: true }],
  footers: [
    {
      id: "s3://b/t/",
      files: [{ uri: "s3://b/t/0.parquet", columns: [{ name: "gbifid", type: "bigint" }] }],
      unreadable: [],
    },
  ],
};

/** Each code's trouble, made in the facts alone. */
const broken: Record<(typeof troubleCodes)[number], Partial<FactLists>> = {
  "glue-connection-network-incomplete": { connections: [{ ...first("connections"), zone: "b" }] },
  "glue-connection-no-s3-route": { endpoints: [] },
  "security-group-no-self-ingress": {
    securityGroups: [
      {
        ...first("securityGroups"),
        ingress: [{ protocol: "tcp", fromPort: 5432, toPort: 5432, peer: { group: "sg-1" } }],
      },
    ],
  },
  "security-group-no-self-egress": {
    securityGroups: [
      {
        ...first("securityGroups"),
        egress: [{ ...all, protocol: "tcp", toPort: 9999, peer: { cidr: "0.0.0.0/0" } }],
      },
    ],
  },
  "vpc-dns-disabled": { vpcDns: [{ id: "vpc-1", support: true, hostnames: false }] },
  "database-unreachable": { databases: [{ ...first("databases"), status: "stopped" }] },
  "database-driver-too-old": { parameterGroups: [{ id: "pg", values: { password_encryption: null } }] },
  "role-trust-missing-service": {
    roles: (sound.roles ?? []).map((role) => ({ ...role, trust: trust("lambda.amazonaws.com") })),
  },
  "caller-cannot-pass-role": {
    policies: (sound.policies ?? []).map((one) => (one.id === "user/ann" ? { ...one, inline: [] } : one)),
  },
  "role-missing-action": {
    policies: (sound.policies ?? []).map((one) => (one.id === "role/glue" ? { ...one, inline: [] } : one)),
  },
  "policy-too-long": {
    policyFiles: [{ id: "p.json", text: JSON.stringify({ Sid: "x".repeat(3000) }), for: "user" }],
  },
  "test-connection-log-missing": { logGroups: [] },
  "catalog-database-empty": { catalogTables: [] },
  "catalog-location-missing": { locations: [{ id: "s3://b/t/", bucketExists: true, hasObjects: false }] },
  "catalog-table-drift": {
    catalogTables: [{ ...first("catalogTables"), columns: [{ name: "gbifid", type: "string" }] }],
  },
  "batch-environment-invalid": {
    environments: [{ ...first("environments"), status: "INVALID", statusReason: "CLIENT_ERROR - no" }],
  },
  "batch-queue-blocked": { queueMoves: [{ id: "queue", running: 0 }] },
  "batch-no-route": { subnets: (sound.subnets ?? []).map((one) => ({ ...one, publicAddresses: false })) },
  "bucket-region-mismatch": { buckets: [{ id: "b", region: "eu-west-1", usedBy: "table" }] },
};

function first<K extends FactKind>(kind: K): NonNullable<FactLists[K]>[number] {
  const [one] = (sound[kind] ?? []) as NonNullable<FactLists[K]>;
  if (one === undefined) throw new Error(`no ${kind}`);
  return one;
}

const look = (facts: FactLists, refusals: readonly Refusal[] = []) =>
  examine(new Snapshot({ region, facts, refusals }));
const refused = (kind: FactKind): Refusal => ({
  kind,
  missingAction: reads[kind][0] ?? "sts:GetCallerIdentity",
  reason: "no",
  isDenied: true,
});
const known = (findings: readonly Finding[]): string[] => findings.map((one) => JSON.stringify(one));

describe("a sound account", () => {
  it("passes every check", () => {
    const { findings, passed, notRun } = look(sound);
    expect(findings).toEqual([]);
    expect(notRun).toEqual([]);
    expect([...new Set(passed.map(({ check }) => check))]).toEqual(checks.map(({ name }) => name));
  });

  it("is never accused, whatever may not be read", () => {
    fc.assert(
      fc.property(fc.subarray(Object.keys(reads) as FactKind[]), (kinds) => {
        // What may not be read is not there either.
        const facts = Object.fromEntries(
          Object.entries(sound).filter(([kind]) => !kinds.includes(kind as FactKind)),
        );
        const { findings, notRun } = look(facts, kinds.map(refused));
        const lacks = new Set(kinds.map((kind) => refused(kind).missingAction));
        return findings.length === 0 && notRun.every(({ missingAction }) => lacks.has(missingAction));
      }),
      { numRuns: 500 },
    );
  });
});

describe("a broken account", () => {
  it.each(troubleCodes)("with %s is told so, with the ids and a mend", (code) => {
    const { findings } = look({ ...sound, ...broken[code] });
    const found = findings.find((one) => one.code === code);
    expect(findings.map((one) => one.code)).toContain(code);
    expect(found?.cause).toMatch(/bison|glue|db|b|p\.json|catalog|environment|queue|vpc-1|sg-1/);
    expect(`${found?.awsError} ${found?.cause} ${found?.mend.words}`).not.toMatch(/undefined|\{[a-zA-Z]+\}/);
    expect(found?.mend.steps.length).toBeGreaterThan(0);
  });

  it("is told less, never something else, where something may not be read", () => {
    fc.assert(
      fc.property(
        fc.subarray([...troubleCodes], { minLength: 1 }),
        fc.subarray(Object.keys(reads) as FactKind[], { maxLength: 4 }),
        (codes, kinds) => {
          const facts: FactLists = Object.assign({}, sound, ...codes.map((code) => broken[code]));
          const left = Object.fromEntries(
            Object.entries(facts).filter(([kind]) => !kinds.includes(kind as FactKind)),
          );
          const whole = known(look(facts).findings.map(withoutMend));
          const seen = known(look(left, kinds.map(refused)).findings.map(withoutMend));
          return seen.every((one) => whole.includes(one));
        },
      ),
      { numRuns: 500 },
    );
  });
});

/** A mend may be less exact where less is known. */
function withoutMend({ mend: _, ...finding }: Finding): Finding {
  return finding as Finding;
}
