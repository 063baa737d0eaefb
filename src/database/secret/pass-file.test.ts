import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../../../test/support/paths.ts";
import { readPassFile } from "./pass-file.ts";

const folder = temporaryFolder();
const target = { host: "db.example.org", port: 5432, database: "bison", user: "ada", timeoutSeconds: 10 };

async function look(lines: readonly string[], to: Partial<typeof target> = {}): Promise<string | undefined> {
  const path = join(folder, "pgpass");
  writeFileSync(path, lines.join("\n"), { mode: 0o600 });
  chmodSync(path, 0o600);
  return (await readPassFile(path, { ...target, ...to }))?.reveal();
}

describe("a file of passwords", () => {
  it("gives the password of the first line that fits", async () => {
    const lines = [
      "# a comment",
      "other:5432:bison:ada:no",
      "db.example.org:5432:*:ada:first",
      "*:*:*:*:last",
    ];
    expect(await look(lines)).toBe("first");
    expect(await look(lines, { user: "bob" })).toBe("last");
    expect(await look(["db.example.org:5432:bison:bob:x"])).toBeUndefined();
    expect(await look(["db.example.org:5432:bison"])).toBeUndefined();
  });

  it("takes a backslash before : and \\, and a password with colons", async () => {
    expect(await look(["db.example.org:5432:bi\\:son:ada:p\\:w\\\\d"], { database: "bi:son" })).toBe(
      "p:w\\d",
    );
    expect(await look(["*:*:*:*:a:b:c"])).toBe("a:b:c");
  });

  it("is localhost's for a Unix socket, as libpq has it", async () => {
    expect(await look(["localhost:*:*:*:here"], { host: "/run/postgresql" })).toBe("here");
  });

  it("is not read where others may read it, and is none where it is not", async () => {
    const path = join(folder, "open");
    writeFileSync(path, "*:*:*:*:x");
    chmodSync(path, 0o640);
    await expect(readPassFile(path, target)).rejects.toMatchObject({ code: "passfile-open-to-others" });
    expect(await readPassFile(join(folder, "nowhere"), target)).toBeUndefined();
  });
});
