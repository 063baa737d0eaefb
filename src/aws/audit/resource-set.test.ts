import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { wildcard } from "./expand-actions.ts";
import { ResourceSet } from "./resource-set.ts";

function drawn(arns: readonly string[]): string[] {
  const set = new ResourceSet();
  for (const arn of arns) set.add(arn);
  return set.list();
}
const s3 = (...keys: string[]): string[] => keys.map((key) => `arn:aws:s3:::bison/${key}`);
const batch = "arn:aws:batch:us-east-1:111122223333";

describe("resources drawn together", () => {
  it("are named one by one while they are few", () => {
    expect(drawn(s3("in/a.csv", "in/b.csv", "other.csv"))).toEqual(s3("in/a.csv", "in/b.csv", "other.csv"));
  });

  it("become the prefix when several objects lie in it", () => {
    expect(drawn(s3("in/a.csv", "in/b.csv", "in/c.csv", "out/x.csv"))).toEqual(s3("in/*", "out/x.csv"));
  });

  it("lose what a run generated in their names", () => {
    expect(
      drawn(s3("tasks/count-0f3a9c1b2d4e5f60/t.parquet", "tasks/count-ffeeddccbbaa9988/t.parquet")),
    ).toEqual(s3("tasks/count-*/t.parquet"));
    expect(drawn(s3("runs/5f0c9d54-7a0e-4b7e-9a3e-0d6f6a1c2b3d.json"))).toEqual(s3("runs/*.json"));
    expect(drawn(s3("log/20261124T080500Z/x", "log/2026-11-24T08:05:00.123Z/x"))).toEqual(s3("log/*/x"));
    expect(drawn(s3("occurrences/part-00000.parquet", "occurrences/part-00001.parquet"))).toEqual(
      s3("occurrences/part-*.parquet"),
    );
  });

  it("keep numbers of accounts, buckets and keys", () => {
    const kept = [
      "arn:aws:kms:us-east-1:111122223333:key/5f0c9d54-7a0e-4b7e-9a3e-0d6f6a1c2b3d",
      "arn:aws:s3:::cdk-0f3a9c1b2d4e5f60-assets",
      "arn:aws:s3:::logs/AWSLogs/111122223333/CloudTrail/x.json",
      "arn:aws:ec2:us-east-1:111122223333:vpc/vpc-06fe1a64761a0f720",
    ];
    expect(drawn(kept)).toEqual([...kept].sort());
  });

  it("of jobs, whose ids are made by each run, are all of them", () => {
    expect(drawn([`${batch}:job/5f0c9d54-7a0e-4b7e-9a3e-0d6f6a1c2b3d`])).toEqual([`${batch}:job/*`]);
    expect(drawn(["arn:aws:states:us-east-1:111122223333:execution:bison:run-7"])).toEqual([
      "arn:aws:states:us-east-1:111122223333:execution:bison:*",
    ]);
  });

  it("of a job definition are all its revisions, and the name alone", () => {
    expect(drawn([`${batch}:job-definition/task:3`, `${batch}:job-definition/task:12`])).toEqual([
      `${batch}:job-definition/task`,
      `${batch}:job-definition/task:*`,
    ]);
  });

  it("with names that begin alike become that beginning, but not roles and buckets", () => {
    const names = ["credentials-1", "credentials-2", "credentials-3", "credentials-4", "credentials-5"];
    const secrets = names.map((name) => `arn:aws:secretsmanager:us-east-1:1:secret:${name}`);
    expect(drawn(secrets)).toEqual(["arn:aws:secretsmanager:us-east-1:1:secret:credentials-*"]);
    const roles = names.map((name) => `arn:aws:iam::1:role/${name}`);
    expect(drawn(roles)).toEqual(roles);
    const buckets = names.map((name) => `arn:aws:s3:::${name}`);
    expect(drawn(buckets)).toEqual(buckets);
  });

  it("leave out what another one covers", () => {
    expect(drawn([...s3("a/1", "a/2", "a/3"), ...s3("a/b/c")])).toEqual(s3("a/*"));
    expect(drawn(["*", ...s3("a/1")])).toEqual(["*"]);
  });

  it("hold few names however many come in", () => {
    const set = new ResourceSet();
    for (let i = 0; i < 100_000; i++)
      set.add(`arn:aws:s3:::bison/d${i % 7}/e${i % 11}/f${i % 13}/object-${i}.csv`);
    expect(set.list().length).toBeLessThan(700);
  });

  const name = fc.stringMatching(/^[a-z0-9_.-]{1,6}$/);
  const arn = fc.oneof(
    fc.array(name, { minLength: 1, maxLength: 5 }).map((path) => `arn:aws:s3:::bucket/${path.join("/")}`),
    name.map((one) => `arn:aws:s3:::${one}`),
    fc
      .array(name, { minLength: 1, maxLength: 3 })
      .map((path) => `arn:aws:ssm:r:1:parameter/${path.join("/")}`),
    fc.tuple(name, name).map(([a, b]) => `arn:aws:lambda:r:1:function:${a}:${b}`),
    name.map((one) => `arn:aws:sqs:r:1:${one}`),
    name.map((one) => `arn:aws:iam::1:role/${one}`),
    fc.stringMatching(/^[a-z0-9]{1,4}$/).map((one) => `arn:aws:batch:r:1:job-definition/${one}:7`),
  );

  it("cover all that came in, in whatever order it came", () => {
    fc.assert(
      fc.property(fc.array(arn, { maxLength: 60 }), (arns) => {
        const list = drawn(arns);
        const patterns = list.map(wildcard);
        expect(arns.filter((one) => !patterns.some((pattern) => pattern.test(one)))).toEqual([]);
        expect(drawn([...arns].reverse())).toEqual(list);
        expect(drawn([...arns].sort())).toEqual(list);
        expect(drawn(list)).toEqual(list);
      }),
      { numRuns: 400 },
    );
  });
});
