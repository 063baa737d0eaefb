import { describe, expect, it } from "vitest";
import { AwsTrouble } from "../client/index.ts";
import { patiently } from "./patience.ts";

const trouble = (retry: boolean): AwsTrouble =>
  new AwsTrouble({
    code: retry ? "aws-unreachable" : "aws-access-denied",
    message: "AWS Batch DescribeJobs: no.",
    hint: "",
    cause: undefined,
    retry,
  });
const pace = { firstSeconds: 0.01, mostSeconds: 0.01 };

describe("asking AWS patiently", () => {
  it("asks again while AWS is out of reach, and says so once", async () => {
    const notes: string[] = [];
    let calls = 0;
    const answer = await patiently(
      async () => {
        if (++calls < 4) throw trouble(true);
        return "here";
      },
      { note: (message) => notes.push(message), signal: new AbortController().signal, pace },
    );
    expect([answer, calls]).toEqual(["here", 4]);
    expect(notes).toEqual(["AWS Batch DescribeJobs: no. The jobs go on; asking again."]);
  });

  it("passes on what time does not mend, and does not wait once interrupted", async () => {
    const options = { note: () => undefined, signal: new AbortController().signal, pace };
    await expect(patiently(() => Promise.reject(trouble(false)), options)).rejects.toThrow(/no/);
    await expect(patiently(() => Promise.reject(new Error("a bug")), options)).rejects.toThrow("a bug");
    const aborted = { ...options, signal: AbortSignal.abort() };
    await expect(patiently(() => Promise.reject(trouble(true)), aborted)).rejects.toThrow(/no/);
  });
});
