import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { DiagnosisJson } from "../../../src/aws/doctor/index.ts";
import { bisonflow } from "../../support/command.ts";
import { type Emulator, noEmulator, startEmulator } from "../../support/emulator.ts";

let emulator: Emulator;
beforeAll(async () => {
  if (noEmulator !== false) return;
  // The instances' role has AWS's own policy, which the emulator knows only when told to.
  emulator = await startEmulator({ env: { MOTO_IAM_LOAD_MANAGED_POLICIES: "true" } });
});
afterAll(() => emulator?.stop());

describe.skipIf(noEmulator)("our own stack on the emulator", () => {
  it.each([
    ["without a database", "bison-plain", []],
    ["with one", "bison-postgres", ["--database"]],
  ])("%s is sound as it is made", (_, name, more) => {
    const args = [
      "aws",
      "up",
      "--yes",
      "--name",
      name,
      "--catalog-database",
      name.replace("-", "_"),
      ...more,
    ];
    const up = bisonflow(args, { env: emulator.env });
    expect(up.status, up.stderr).toBe(0);
    const { stdout, stderr, status } = bisonflow(["aws", "doctor", "--stack", name, "--json"], {
      env: emulator.env,
    });
    expect(stderr).toBe("");
    const said = JSON.parse(stdout) as DiagnosisJson;
    expect(said.findings).toEqual([]);
    expect(said.notRun).toEqual([]);
    expect(status).toBe(0);
    expect(new Set(said.passed.map(({ check }) => check)).size).toBeGreaterThan(12);
  });
});
