import { describe, expect, it } from "vitest";
import { shellWords } from "./shell-words.ts";

describe("options in one string", () => {
  it.each([
    ["--account=bison  --qos long", ["--account=bison", "--qos", "long"]],
    [`--comment "two words" --x='a "b"'`, ["--comment", "two words", `--x=a "b"`]],
    [String.raw`a\ b "c\"d" ''`, ["a b", 'c"d', ""]],
    ["  ", []],
  ])("%j are split as a shell does", (text, words) => {
    expect(shellWords(text)).toEqual(words);
  });

  it("with an open quote are refused", () => {
    expect(() => shellWords("--comment 'open")).toThrow(/opened and not closed/);
  });
});
