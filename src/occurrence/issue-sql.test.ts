import fc from "fast-check";
import { expect, it } from "vitest";
import { openEngine } from "../engine/index.ts";
import { parseProfile, profileRules, qualityFlags } from "./index.ts";
import { hasWordSql } from "./issue-sql.ts";
import { trimText, WHITESPACE } from "./whitespace.ts";

const spelt = fc
  .tuple(
    fc.constantFrom("", "", " ", "\t", "\u00a0", "\ufeff", "X", ";"),
    fc.constantFrom("ZERO_COORDINATE", "Zero_coordinate", "ZERO_COORDINATES", "COORDINATE", "A", ""),
    fc.constantFrom("", "", " \r\n", "\u0085", "_X"),
  )
  .map((parts) => parts.join(""));
const lists = fc.sample(fc.option(fc.array(fc.option(spelt, { freq: 9 }), { maxLength: 4 })), {
  numRuns: 3000,
  seed: 5,
});

it("an issue is found among others whatever its case and the blanks around it, and nowhere else", async () => {
  const engine = await openEngine();
  const rule = profileRules(parseProfile({ extends: "all", excludeIssues: ["zero_coordinate", "A"] }))[0];
  const [flag] = qualityFlags(["ZERO_COORDINATE"], {});
  const rows = await engine.rows(
    `SELECT ${rule?.keep} AS keep, ${flag?.sql} AS flag, coalesce(${hasWordSql("issue", [])}, false) AS none
     FROM (SELECT unnest(from_json($1, '[["VARCHAR"]]')) AS issue)`,
    [JSON.stringify(lists)],
  );
  const holds = (words: readonly string[]) =>
    lists.map((list) =>
      (list ?? []).some((word) => word !== null && words.includes(trimText(word).toUpperCase())),
    );
  expect(rows.map(({ flag: found }) => found)).toEqual(holds(["ZERO_COORDINATE"]));
  expect(rows.map(({ keep }) => !keep)).toEqual(holds(["ZERO_COORDINATE", "A"]));
  expect(new Set(rows.map(({ flag: found }) => found)).size).toBe(2);
  expect(rows.every(({ none }) => none === false)).toBe(true);
  engine.close();
});

it.each([...WHITESPACE])("the blank %j around an issue is none of it", async (blank) => {
  const engine = await openEngine();
  const list = `[${JSON.stringify(`${blank}ZERO_COORDINATE${blank}`)}]`;
  const row = await engine.row(
    `SELECT ${hasWordSql("issue", ["ZERO_COORDINATE"])} AS found FROM (SELECT from_json($1, '["VARCHAR"]') AS issue)`,
    [list],
  );
  expect(row).toEqual({ found: true });
  engine.close();
});
