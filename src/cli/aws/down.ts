import { Command } from "commander";
import {
  busyOf,
  cloudFormation,
  deleteData,
  removeStack,
  type Standing,
  standingOf,
} from "../../aws/stack/index.ts";
import { UserError } from "../../trouble/index.ts";
import { type AwsOptions, awsAccessHere } from "../aws-access.ts";
import { interruptSignal } from "../interrupt.ts";
import { count } from "../numbers.ts";
import { standardOutput, type Terminal } from "../terminal.ts";
import { mayGoOn } from "./confirm.ts";
import { stackFollower } from "./follow.ts";
import { addStackName } from "./stack-options.ts";

interface Options extends AwsOptions {
  name: string;
  deleteData?: string;
  yes?: boolean;
}

/** `bisonflow aws down`: removes the stack; the data stays unless its bucket is named. */
export function downCommand(terminal: Terminal = standardOutput()): Command {
  return addStackName(
    new Command("down").description(
      "Remove the stack. The bucket and what is in it stay, unless it is named; of a database a last snapshot stays.",
    ),
  )
    .option("--delete-data <bucket>", "delete this bucket, which must be the stack's, and everything in it")
    .option("-y, --yes", "do not ask")
    .action(async (options: Options) => {
      const access = await awsAccessHere(options);
      const client = cloudFormation(access);
      const standing = await standingOf(client, options.name);
      const { stack } = mustStand(standing, { name: options.name, region: access.region });
      const bucket = stack.outputs.BucketName;
      if (options.deleteData !== undefined && options.deleteData !== bucket)
        throw wrongBucket(options.deleteData, { name: options.name, bucket });
      const busy = await busyOf(access, {
        queue: stack.outputs.JobQueueName,
        stateMachineArn: stack.outputs.StateMachineArn,
      });
      await terminal.write(
        [
          `Stack ${options.name} in ${access.region} would be removed: network, queue, machines, roles, catalog database ${stack.outputs.DatabaseName ?? ""}, state machine, images.\n`,
          busy.jobs + busy.executions > 0
            ? `Under way now, and cut off by it: ${busy.jobs} jobs, ${busy.executions} executions of the state machine.\n`
            : "",
          stack.outputs.PostgresHost === undefined ? "" : "Of the database a last snapshot is kept.\n",
          bucket === undefined
            ? ""
            : options.deleteData === undefined
              ? `Kept: s3://${bucket} and everything in it.\n`
              : `Deleted for ever, too: s3://${bucket} and everything in it.\n`,
        ].join(""),
      );
      if (!(await mayGoOn("Remove it?", { yes: options.yes === true }))) {
        await terminal.write("Nothing was removed.\n");
        return;
      }
      await removeStack(
        client,
        { name: options.name, stack },
        { onHappening: stackFollower(terminal), signal: interruptSignal() },
      );
      await terminal.write(`Stack ${options.name} is gone.\n`);
      if (options.deleteData === undefined) {
        if (bucket !== undefined)
          await terminal.write(
            `The data is kept in s3://${bucket}; delete it with aws s3 rb --force s3://${bucket}.\n`,
          );
        return;
      }
      const deleted = await deleteData(access, options.deleteData);
      await terminal.write(`${count(deleted)} objects and the bucket ${options.deleteData} are deleted.\n`);
    });
}

function mustStand(standing: Standing, where: { name: string; region: string }) {
  if (standing.kind !== "none") return standing;
  throw new UserError({
    code: "stack-not-found",
    message: `Stack ${where.name}: there is none in ${where.region}, so there is nothing to remove.`,
    hint: "Name another with --name, or another region with --region.",
  });
}

function wrongBucket(given: string, stack: { name: string; bucket: string | undefined }): UserError {
  return new UserError({
    code: "bucket-not-the-stacks",
    message: `--delete-data ${given}: the bucket of stack ${stack.name} is ${stack.bucket ?? "not known"}. Nothing was removed.`,
    hint: "Give the stack's bucket by its exact name, or leave --delete-data out to keep the data.",
  });
}
