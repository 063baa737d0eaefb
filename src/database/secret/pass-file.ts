import { readFile, stat } from "node:fs/promises";
import { platform } from "node:os";
import { UserError } from "../../trouble/index.ts";
import type { DatabaseTarget } from "../target/target.ts";
import { Password } from "./password.ts";

/**
 * Looks a password up in a file of libpq's kind, `host:port:database:user:password` a line, the first that fits.
 * Like libpq it does not read one that others may read (https://www.postgresql.org/docs/current/libpq-pgpass.html).
 * A file that is not there answers undefined.
 */
export async function readPassFile(
  path: string,
  target: DatabaseTarget & { readonly user: string },
): Promise<Password | undefined> {
  const facts = await stat(path).catch(() => undefined);
  if (facts === undefined) return undefined;
  if (platform() !== "win32" && (facts.mode & 0o077) !== 0) {
    throw new UserError({
      code: "passfile-open-to-others",
      message: `${path}: others may read this file of passwords (mode ${(facts.mode & 0o777).toString(8)}), so it is not used; 600 was expected.`,
      hint: `Run: chmod 600 ${path}`,
    });
  }
  const wanted = [
    target.host.startsWith("/") ? "localhost" : target.host,
    String(target.port),
    target.database,
    target.user,
  ];
  for (const line of (await readFile(path, "utf8")).split(/\r?\n/)) {
    if (line.startsWith("#")) continue;
    const fields = splitLine(line);
    const [password] = fields.slice(4);
    if (password === undefined) continue;
    if (wanted.every((value, i) => fields[i] === "*" || fields[i] === value)) return new Password(password);
  }
  return undefined;
}

/** Fields at colons; a backslash takes the next character as it is. The fifth runs to the end of the line. */
function splitLine(line: string): string[] {
  const fields = [""];
  for (let i = 0; i < line.length; i++) {
    const isEscaped = line[i] === "\\" && i + 1 < line.length;
    if (isEscaped) i++;
    else if (line[i] === ":" && fields.length < 5) {
      fields.push("");
      continue;
    }
    fields[fields.length - 1] += line[i] ?? "";
  }
  return fields;
}
