import { expect, it } from "vitest";
import { codeIdentity, identityOf } from "./identity.ts";

it("names equal values the same, whatever the order of their keys", () => {
  expect(identityOf({ a: 1, b: [2, { c: null, d: "x" }] })).toBe(
    identityOf({ b: [2, { d: "x", c: null }], a: 1 }),
  );
});

it("tells different values apart", () => {
  const values = [
    {},
    [],
    null,
    "",
    0,
    "0",
    [0],
    ["0"],
    { a: 1 },
    { a: "1" },
    [1, 2],
    [[1], 2],
    { a: [1], b: 2 },
  ];
  expect(new Set(values.map(identityOf)).size).toBe(values.length);
});

it("passes over keys that are undefined, as JSON does", () => {
  expect(identityOf({ a: 1, b: undefined })).toBe(identityOf({ a: 1 }));
});

it("gives each set of rooms its own identity, whatever their order", () => {
  expect(codeIdentity(["engine", "trouble"])).toBe(codeIdentity(["trouble", "engine"]));
  expect(codeIdentity(["engine"])).not.toBe(codeIdentity(["trouble"]));
});
