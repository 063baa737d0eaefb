import { randomBytes } from "node:crypto";
import { mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { UserError } from "../trouble/index.ts";
import { secretReferenceText } from "./secret/secret-reference.ts";
import { targetSchema } from "./target/target.ts";

const connectionSchema = z.strictObject({
  format: z.literal("bisonflow-connection-1"),
  name: z.string(),
  target: targetSchema,
  secret: secretReferenceText.optional().describe("Where the password is: a reference, never the password."),
  rds: z
    .strictObject({ instance: z.string(), region: z.string() })
    .optional()
    .describe("The RDS instance whose address this was."),
  glue: z
    .strictObject({ name: z.string(), region: z.string() })
    .optional()
    .describe("The connection in Glue that was written from this one."),
});

/** A stored connection: everything but the secret. */
export type SavedConnection = Readonly<Omit<z.output<typeof connectionSchema>, "format">>;

/** The connections of a user: a file each, which only the user may read. */
export interface ConnectionStore {
  /** Sorted. */
  names(): Promise<string[]>;
  /** Sorted by name. */
  list(): Promise<SavedConnection[]>;
  /** Undefined when there is none of this name. */
  find(name: string): Promise<SavedConnection | undefined>;
  /** Writes a connection in one step; one of the same name is replaced. */
  save(connection: SavedConnection): Promise<void>;
  remove(name: string): Promise<boolean>;
}

/**
 * Whether a text can be a connection's name: letters, digits, `_`, `-` and `.`, at most 64.
 *
 * @example
 * ```ts
 * import { isConnectionName } from "bisonflow/database";
 * console.log(isConnectionName("bison-2024"), isConnectionName("ada:secret@db")); // true false
 * ```
 */
export function isConnectionName(text: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/.test(text);
}

/**
 * Opens the stored connections of a configuration folder; they are in its `connections/`, made with the first one.
 *
 * @example
 * ```ts
 * import { connectionStore, parseDatabaseUrl } from "bisonflow/database";
 * import { mkdtempSync } from "node:fs";
 * const store = connectionStore(mkdtempSync("/tmp/config-"));
 * const { target } = parseDatabaseUrl("postgres://ada@db.example.org/bison");
 * await store.save({ name: "bison", target, secret: "env:BISON_PASSWORD" });
 * console.log((await store.list()).map(({ name, secret }) => `${name} ${secret}`)); // [ 'bison env:BISON_PASSWORD' ]
 * ```
 */
export function connectionStore(configFolder: string): ConnectionStore {
  const folder = join(configFolder, "connections");
  const pathOf = (name: string): string => join(folder, `${name}.json`);
  const find = async (name: string): Promise<SavedConnection | undefined> => {
    if (!isConnectionName(name)) return undefined;
    const text = await readFile(pathOf(name), "utf8").catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return undefined;
      throw error;
    });
    return text === undefined ? undefined : parse(pathOf(name), text);
  };
  const names = async (): Promise<string[]> => {
    const entries = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return [];
      throw error;
    });
    return entries
      .filter((name) => name.endsWith(".json"))
      .map((name) => name.slice(0, -5))
      .sort();
  };
  return {
    find,
    names,
    list: async () => {
      const found = await Promise.all((await names()).map(find));
      return found.filter((connection) => connection !== undefined);
    },
    save: async (connection) => {
      const record = connectionSchema.parse({ format: "bisonflow-connection-1", ...connection });
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const temporary = join(folder, `.${connection.name}.${randomBytes(6).toString("hex")}`);
      try {
        const file = await open(temporary, "wx", 0o600);
        try {
          await file.writeFile(`${JSON.stringify(record, null, 2)}\n`);
          await file.sync();
        } finally {
          await file.close();
        }
        await rename(temporary, pathOf(connection.name));
      } finally {
        await rm(temporary, { force: true });
      }
    },
    remove: async (name) => {
      if ((await find(name)) === undefined) return false;
      await rm(pathOf(name));
      return true;
    },
  };
}

function parse(path: string, text: string): SavedConnection {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  const parsed = connectionSchema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new UserError({
      code: "connection-unreadable",
      message: `${path}: ${value === undefined ? "it is no JSON" : `${issue?.path.join(".") || "it"} is not as expected`}; a connection that bisonflow stored was expected.`,
      hint: "Remove the file, then add the connection again: bisonflow connection add …",
    });
  }
  const { format: _format, ...connection } = parsed.data;
  return connection;
}
