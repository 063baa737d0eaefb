import { DeleteLogGroupCommand } from "@aws-sdk/client-cloudwatch-logs";
import { DeleteVpcEndpointsCommand } from "@aws-sdk/client-ec2";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Emulator, noEmulator, startEmulator } from "../../support/emulator.ts";
import { type Aws, awsOf, codesOf, soundAccount } from "./sound-account.ts";

let emulator: Emulator;
let aws: Aws;
beforeAll(async () => {
  if (noEmulator !== false) return;
  emulator = await startEmulator();
  aws = awsOf(emulator);
});
afterAll(() => emulator?.stop());

describe.skipIf(noEmulator)("the test of a connection", () => {
  it("leaves no log where Glue refuses it before it starts", async () => {
    const account = await soundAccount(aws);
    await aws.ec2.send(new DeleteVpcEndpointsCommand({ VpcEndpointIds: [account.s3Endpoint] }));
    for (const kind of ["output", "error"]) {
      const logGroupName = `/aws-glue/testconnection/${kind}/${account.name}`;
      await aws.logs.send(new DeleteLogGroupCommand({ logGroupName }));
    }
    const { codes, diagnosis } = await codesOf(aws, { connections: [account.name] });
    expect(codes).toEqual(["glue-connection-no-s3-route", "test-connection-log-missing"]);
    expect(diagnosis.findings.at(-1)?.cause).toContain("refuses the test before it starts");
  });

  it("leaves no log where it never was, which is no finding", async () => {
    const account = await soundAccount(aws);
    for (const kind of ["output", "error"]) {
      const logGroupName = `/aws-glue/testconnection/${kind}/${account.name}`;
      await aws.logs.send(new DeleteLogGroupCommand({ logGroupName }));
    }
    expect((await codesOf(aws, { connections: [account.name] })).codes).toEqual([]);
  });
});
