import { type ReadPolicy, readManagedPolicy, readPolicies } from "../../iam/index.ts";
import type { NamedPolicy, Principal } from "../facts/account-facts.ts";
import type { FactReader } from "./fact-reader.ts";

/** Reads every policy that says what a user or role may do; nothing for the account's root, who may do all. */
export async function gatherPolicies(reader: FactReader, principal: Principal): Promise<void> {
  const { kind, name } = principal;
  if (kind !== "user" && kind !== "role") return;
  const id = `${kind}/${name}`;
  const { iam } = reader.clients;
  await reader.read(
    "policies",
    async () => {
      const found = await readPolicies(iam, { kind, name });
      const { boundary } = found;
      return [
        {
          id,
          inline: found.inline.map(named),
          attached: [...found.attached, ...found.ofGroups].map(named),
          boundary: boundary === undefined ? undefined : named(await readManagedPolicy(iam, boundary)),
        },
      ];
    },
    { id },
  );
}

function named({ name, arn, group, document }: ReadPolicy): NamedPolicy {
  return { name: arn ?? (group === undefined ? name : `${group}/${name}`), document };
}
