import type { AwsAccess } from "../../src/aws/index.ts";
import type { Emulator } from "./emulator.ts";

/** The administrator's access to an emulator. */
export function accessTo({ endpoint, region, env }: Emulator): AwsAccess {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = env;
  const credentials = async () => ({
    accessKeyId: AWS_ACCESS_KEY_ID,
    secretAccessKey: AWS_SECRET_ACCESS_KEY,
  });
  return { region, endpoint, credentials };
}
