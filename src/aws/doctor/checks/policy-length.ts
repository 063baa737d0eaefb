import { check } from "../check.ts";
import type { Snapshot } from "../facts/snapshot.ts";
import { finding } from "../finding.ts";
import { type PolicyKind, policyLength, policyLimits } from "../policy/length.ts";

interface Policy {
  readonly resource: string;
  readonly kind: PolicyKind;
  /** Of the user, group or role; of the file where it is for nobody yet. */
  readonly name: string;
  readonly length: number;
  readonly file: string | undefined;
}

/** Above this share of the limit there is hardly room for one more statement. */
const nearly = 0.95;

export const policyFits = check<Policy>({
  name: "policy-length",
  title: "Policies are within IAM's limits",
  code: "policy-too-long",
  subjects: (account) => [...fromFiles(account), ...inlineOnes(account)],
  resource: ({ resource }) => resource,
  examine: (account, { resource, kind, name, length, file }) => {
    const limit = policyLimits[kind];
    if (length <= limit * (file === undefined ? nearly : 1)) return [];
    const isOver = length > limit;
    const [caller] = account.all("caller");
    const policyName = (file?.split("/").at(-1) ?? `${name}-policy`)
      .replace(/\.json$/, "")
      .replace(/[^\w+=,.@-]/g, "-");
    return [
      finding("policy-too-long", {
        resource,
        severity: isOver ? "error" : "warning",
        cause: `${file === undefined ? `The inline policies of ${kind} ${name} have` : `${file} has`} ${count(length)} characters without white space; ${limitWords[kind]} ${count(limit)}${isOver ? "" : ", so hardly another statement fits"}.`,
        mend: length > policyLimits.managed ? "split-policy" : "managed-policy",
        values: {
          limit,
          kind,
          name,
          file: file ?? `${policyName}.json`,
          policyName,
          account: caller?.account,
          attachCommand:
            kind === "managed"
              ? undefined
              : `attach-${kind}-policy --${kind}-name ${file === undefined ? name : `<${kind}>`}`,
        },
      }),
    ];
  },
});

const limitWords: Readonly<Record<PolicyKind, string>> = {
  user: "all inline policies of a user together may have",
  group: "all inline policies of a group together may have",
  role: "all inline policies of a role together may have",
  managed: "a managed policy may have",
};

function fromFiles(account: Snapshot): Policy[] {
  return account.all("policyFiles").map(({ id, text, for: kind }) => ({
    resource: `policy ${id} for a ${kind}`,
    kind,
    name: id,
    length: policyLength(text),
    file: id,
  }));
}

/** What users and roles at hand have; one whose policies could not be read is for `role-actions` to report. */
function inlineOnes(account: Snapshot): Policy[] {
  return account.all("policies").map(({ id, inline }) => {
    const [kind, name = ""] = id.split("/");
    return {
      resource: `inline policies of ${kind} ${name}`,
      kind: kind === "user" ? ("user" as const) : ("role" as const),
      name,
      length: inline.reduce((sum, { document }) => sum + policyLength(document), 0),
      file: undefined,
    };
  });
}

function count(number: number): string {
  return number.toLocaleString("en-US");
}
