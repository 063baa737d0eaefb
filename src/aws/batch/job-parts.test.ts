import { describe, expect, it } from "vitest";
import { folderPrefix, jobParts, mostChildren } from "./job-parts.ts";

const stage = {
  planUri: "s3://bison/out/.bisonflow/plan.json",
  planKey: "0123456789abcdef",
  stage: "annotate",
};
const indexes = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

describe("the jobs of a stage", () => {
  it("are one array while Batch takes so many children", () => {
    expect(jobParts({ ...stage, indexes: indexes(mostChildren) })).toHaveLength(1);
  });

  it("are several arrays beyond that, the last perhaps a plain job, and every task is in one", () => {
    const parts = jobParts({ ...stage, indexes: indexes(2 * mostChildren + 1) });
    expect(parts.map(({ indexes }) => indexes.length)).toEqual([mostChildren, mostChildren, 1]);
    expect(parts.flatMap(({ indexes }) => indexes)).toEqual(indexes(2 * mostChildren + 1));
    expect(new Set(parts.map(({ name }) => name)).size).toBe(3);
  });

  it("have names that Batch takes and that tell the folder", () => {
    for (const { name } of jobParts({ ...stage, indexes: indexes(mostChildren + 2) })) {
      expect(name).toMatch(/^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/);
      expect(name.startsWith(folderPrefix(stage.planUri))).toBe(true);
    }
    expect(folderPrefix("s3://bison/other/.bisonflow/plan.json")).not.toBe(folderPrefix(stage.planUri));
  });
});
