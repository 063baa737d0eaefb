import { GetDatabaseCommand, GlueClient } from "@aws-sdk/client-glue";
import { UserError } from "../../trouble/index.ts";
import { type AwsAccess, connect } from "../client/index.ts";

/** Sees that a stack that is to be made does not meet a Glue database of its name: making it would fail half-way. */
export async function checkNames(access: AwsAccess, database: string): Promise<void> {
  const glue = connect(GlueClient, access);
  try {
    await glue.send(new GetDatabaseCommand({ Name: database }));
  } catch (error) {
    if (error instanceof Error && error.name === "EntityNotFoundException") return;
    throw error;
  }
  throw new UserError({
    code: "catalog-database-exists",
    message: `Glue has a database ${database} already in ${access.region}, which does not belong to this stack.`,
    hint: "Give the stack's own another name: --catalog-database bison_metadata_2.",
  });
}
