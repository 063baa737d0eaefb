import { afterAll, describe } from "vitest";
import { s3Store } from "../../src/aws/s3/index.ts";
import { storeContract } from "../contract/store.ts";
import { temporaryFolder } from "../support/paths.ts";
import { noMoto, noVersitygw, type S3Server, startMoto, startVersitygw } from "../support/s3-servers.ts";

const stagingFolder = temporaryFolder();

function contractOn(
  name: string,
  start: () => Promise<S3Server>,
  gaps?: Parameters<typeof storeContract>[2],
): void {
  let server: Promise<S3Server> | undefined;
  let roots = 0;
  afterAll(async () => (await server)?.stop());
  storeContract(
    name,
    async () => {
      server ??= start().then(async (started) => {
        await started.makeBucket("contract");
        return started;
      });
      const { access } = await server;
      return { store: s3Store(access, { stagingFolder }), root: `s3://contract/root ${roots++}/` };
    },
    gaps,
  );
}

describe.skipIf(noMoto)(`S3 as moto has it ${noMoto || ""}`, () => {
  contractOn("S3 on moto", startMoto, {
    conditionalParts: "(moto pays no heed to a condition on the end of an upload in parts)",
  });
});

describe.skipIf(noVersitygw)(`S3 as versitygw has it ${noVersitygw || ""}`, () => {
  contractOn("S3 on versitygw", startVersitygw);
});
