import {
  findCredentials,
  Password,
  type PublishEvent,
  type PublishReport,
  parseDatabaseUrl,
  publishResult,
} from "../../src/database/index.ts";
import { localStore } from "../../src/store/index.ts";
import type { Postgres } from "../support/postgres.ts";

/** How tests publish: as ada, to a server that stands by then. */
export const password = "s3cr3t-of-ada";

export interface Publisher {
  url(database: string): string;
  publish(
    out: string,
    options?: {
      database?: string;
      schema?: string;
      signal?: AbortSignal;
      observe?: (event: PublishEvent) => void;
    },
  ): Promise<PublishReport>;
  /** Everything in a schema that a publish could change, as text. */
  state(schema: string, database?: string): string;
}

export function publisher(server: () => Postgres): Publisher {
  const url = (database: string): string =>
    `postgres://ada@localhost:${server().port}/${database}?sslmode=verify-full&sslrootcert=${server().certificates.ca}`;
  return {
    url,
    publish: async (out, options = {}) => {
      const { target } = parseDatabaseUrl(url(options.database ?? "bison"));
      const credentials = await findCredentials(target, { password: new Password(password), sources: {} });
      return publishResult({ out, store: localStore(), target, credentials, ...options });
    },
    state: (schema, database = "bison") =>
      server().sql(
        `SELECT c.oid, c.relname, c.relkind, obj_description(c.oid) FROM pg_class c WHERE relnamespace = to_regnamespace('${schema}') ORDER BY 1`,
        database,
      ),
  };
}
