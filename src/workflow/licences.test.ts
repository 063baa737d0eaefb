import { expect, it } from "vitest";
import { strictestLicence } from "./licences.ts";

it.each([
  [["CC0_1_0", "CC_BY_4_0"], "CC BY 4.0"],
  [["CC_BY_NC_4_0", "CC0_1_0", "CC_BY_4_0"], "CC BY-NC 4.0"],
  [["http://creativecommons.org/publicdomain/zero/1.0/legalcode"], "CC0 1.0"],
  [["http://creativecommons.org/licenses/by/4.0/legalcode", "CC0_1_0"], "CC BY 4.0"],
  [["http://creativecommons.org/licenses/by-nc/4.0/legalcode"], "CC BY-NC 4.0"],
  [["CC0_1_0", "All rights reserved"], "All rights reserved"],
  [["not stated"], null],
  [[], null],
])("outputs of %j inherit %s", (licences, strictest) => {
  expect(strictestLicence(licences)).toBe(strictest);
});
