import { DescribeInstanceTypesCommand, EC2Client } from "@aws-sdk/client-ec2";
import { UserError } from "../../trouble/index.ts";
import { type AwsAccess, connect } from "../client/index.ts";

/** Of a machine's memory, what ECS leaves to tasks, about. r7g.medium: 8,192 MiB, of which 7,500 can be asked for. */
const USABLE = 0.92;

/**
 * Sees that the kinds of machines are sold in the region, are arm64, and hold a task: Batch takes a kind that can hold
 * none without a word, and jobs wait for ever. Throws a UserError on the first that is not fit.
 */
export async function checkMachines(
  access: AwsAccess,
  wanted: { kinds: readonly string[]; taskVcpus: number; taskMemoryMiB: number },
): Promise<void> {
  const ec2 = connect(EC2Client, access);
  const { InstanceTypes = [] } = await ec2
    .send(new DescribeInstanceTypesCommand({ InstanceTypes: [...wanted.kinds] as never }))
    .catch((error: unknown) => {
      if (!(error instanceof Error) || error.name !== "InvalidInstanceType") throw error;
      throw unfit(`${wanted.kinds.join(", ")} in ${access.region}`, error.message);
    });
  const found = new Map(InstanceTypes.map((one) => [String(one.InstanceType), one]));
  for (const kind of wanted.kinds) {
    const seen = found.get(kind);
    if (seen === undefined) throw unfit(kind, `EC2 sells no such machine in ${access.region}`);
    const architectures = seen.ProcessorInfo?.SupportedArchitectures ?? [];
    if (!architectures.includes("arm64"))
      throw unfit(kind, `it is ${architectures.join(", ")}; the image of bisonflow is run as arm64`);
  }
  const holds = [...found.values()].some(
    (one) =>
      (one.VCpuInfo?.DefaultVCpus ?? 0) >= wanted.taskVcpus &&
      (one.MemoryInfo?.SizeInMiB ?? 0) * USABLE >= wanted.taskMemoryMiB,
  );
  if (holds) return;
  throw unfit(
    wanted.kinds.join(", "),
    `none of them holds a task of ${wanted.taskVcpus} vCPU and ${wanted.taskMemoryMiB} MiB (ECS leaves about ${USABLE * 100} % of a machine's memory)`,
  );
}

function unfit(kinds: string, seen: string): UserError {
  return new UserError({
    code: "machine-unfit",
    message: `${kinds}: ${seen}.`,
    hint: "Choose others with --instance-types, for example r7g.medium,r7g.large, or ask for less with --task-memory.",
  });
}
