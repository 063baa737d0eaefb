import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { arraySpec, arrayWindows } from "./array-spec.ts";

/** The numbers that Slurm reads in an --array. */
function numbersOf(spec: string): number[] {
  return (spec.split("%")[0] ?? "").split(",").flatMap((run) => {
    const [first = 0, last = first] = run.split("-").map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}

describe("arrays", () => {
  it("name any subset of tasks, each once, with numbers below MaxArraySize", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.nat(5000), { minLength: 1 }),
        fc.integer({ min: 2, max: 1001 }),
        (indexes, max) => {
          const found = arrayWindows(indexes, max).flatMap((window) => {
            const numbers = numbersOf(arraySpec(window, 1e9));
            expect(Math.max(...numbers)).toBeLessThan(max);
            return numbers.map((number) => number + window.base);
          });
          expect(found).toEqual([...indexes].sort((a, b) => a - b));
        },
      ),
    );
  });

  it("say how many may run at one time only where that holds some back", () => {
    const window = { base: 0, indexes: [0, 1, 2, 5, 7, 8] };
    expect(arraySpec(window, 6)).toBe("0-2,5,7-8");
    expect(arraySpec(window, 2)).toBe("0-2,5,7-8%2");
  });
});
