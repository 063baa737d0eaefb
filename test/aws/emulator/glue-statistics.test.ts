import {
  GetColumnStatisticsForTableCommand,
  GetUserDefinedFunctionsCommand,
  GlueClient,
  UpdateColumnStatisticsForTableCommand,
} from "@aws-sdk/client-glue";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { clientConfig } from "../../support/batch-queue.ts";
import { type Emulator, noEmulator, startEmulator } from "../../support/emulator.ts";

describe.skipIf(noEmulator)("the emulator's Glue", () => {
  let emulator: Emulator;

  beforeAll(async () => {
    emulator = await startEmulator();
  });
  afterAll(() => emulator?.stop());

  it("keeps the column statistics that an engine writes, and has no functions", async () => {
    const glue = new GlueClient(clientConfig(emulator));
    const table = { DatabaseName: "bison", TableName: "county_counts" };
    const ask = new GetColumnStatisticsForTableCommand({ ...table, ColumnNames: ["occ_count", "region_id"] });
    expect((await glue.send(ask)).ColumnStatisticsList).toEqual([]);
    await glue.send(
      new UpdateColumnStatisticsForTableCommand({
        ...table,
        ColumnStatisticsList: [
          {
            ColumnName: "occ_count",
            ColumnType: "bigint",
            AnalyzedTime: new Date(0),
            StatisticsData: {
              Type: "LONG",
              LongColumnStatisticsData: { NumberOfNulls: 0, NumberOfDistinctValues: 7 },
            },
          },
        ],
      }),
    );
    const { ColumnStatisticsList } = await glue.send(ask);
    expect(ColumnStatisticsList).toMatchObject([
      {
        ColumnName: "occ_count",
        StatisticsData: { LongColumnStatisticsData: { NumberOfDistinctValues: 7 } },
      },
    ]);
    const functions = await glue.send(
      new GetUserDefinedFunctionsCommand({ DatabaseName: "bison", Pattern: ".*" }),
    );
    expect(functions.UserDefinedFunctions).toEqual([]);
  });
});
