import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { findCredentials, type SecretSources } from "./find-credentials.ts";
import { Password } from "./password.ts";
import { parseSecretReference, type SecretReference } from "./secret-reference.ts";

const target = { host: "db.example.org", port: 5432, database: "bison", timeoutSeconds: 10 };

async function find(
  sources: SecretSources,
  options: { reference?: SecretReference; password?: Password; user?: string } = {},
): Promise<string> {
  const { user, ...rest } = options;
  const found = await findCredentials({ ...target, user }, { sources, ...rest });
  return `${found.user} ${found.origin} ${(await found.password())?.reveal()}`;
}

const variables = (values: Record<string, string>) => (name: string) => values[name];

describe("credentials", () => {
  it("come from the call, then the reference, then what libpq looks at", async () => {
    const variable = variables({ PGUSER: "eve", PGPASSWORD: "general", BISON: "own" });
    const password = new Password("call");
    expect(await find({ variable }, { user: "ada", password })).toBe("ada given with the call call");
    expect(await find({ variable }, { reference: { from: "env", variable: "BISON" } })).toBe(
      "eve variable BISON own",
    );
    expect(await find({ variable })).toBe("eve variable PGPASSWORD general");
    expect(await find({ ask: async () => new Password("typed") }, { user: "ada" })).toBe(
      "ada asked for typed",
    );
    expect(await find({}, { user: "ada" })).toBe("ada none undefined");
  });

  it("ask only when the password is wanted", async () => {
    let asked = 0;
    const ask = async (): Promise<Password> => {
      asked++;
      return new Password("typed");
    };
    const { password } = await findCredentials(
      { ...target, user: "ada" },
      { sources: { ask }, reference: { from: "prompt" } },
    );
    expect(asked).toBe(0);
    await password();
    expect(asked).toBe(1);
  });

  it("take the user from the secret unless the target names one", async () => {
    const secret = async () => ({ user: "of-secret", password: new Password("kept") });
    const reference = parseSecretReference("secretsmanager:bison");
    expect(await find({ secret }, { reference })).toBe("of-secret Secrets Manager bison kept");
    expect(await find({ secret }, { reference, user: "ada" })).toBe("ada Secrets Manager bison kept");
  });

  it("show themselves to nobody", async () => {
    const password = new Password("hunter2");
    const found = await findCredentials(target, { password, sources: {} });
    const seen = [
      String(password),
      `${password}`,
      JSON.stringify({ password, found }),
      inspect({ password, found }, { depth: 9, showHidden: true }),
    ];
    expect(seen.join("\n")).not.toContain("hunter2");
  });
});

describe("a reference to a secret", () => {
  it("is a variable, a secret, a question or a file", () => {
    const arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:bison/db-AbCdEf";
    expect(parseSecretReference(`secretsmanager:${arn}`)).toEqual({ from: "secretsmanager", id: arn });
    expect(parseSecretReference("env:A_1")).toEqual({ from: "env", variable: "A_1" });
    expect(parseSecretReference("prompt")).toEqual({ from: "prompt" });
    expect(parseSecretReference("passfile:/x/y")).toEqual({ from: "passfile", path: "/x/y" });
  });

  it.each(["hunter2", "env:", "env:1A", "env:A B", "secretsmanager:", "file:/x", ""])("is not %j", (text) => {
    expect(() => parseSecretReference(text)).toThrow("is no reference");
    try {
      parseSecretReference(text);
    } catch (error) {
      expect((error as Error).stack).not.toContain("hunter2");
    }
  });
});
