import type { z } from "zod";
import { describeSystemError, type Store } from "../../store/index.ts";
import { UserError } from "../../trouble/index.ts";

/** A record with the number of its version; 0 and undefined before the first. */
export interface Versioned<T> {
  readonly version: number;
  readonly record: T | undefined;
}

/**
 * A JSON record whose versions are files `00000001.json`, `00000002.json` … in one folder, the last one being
 * the record. A version is published only where none is, so of two writers that start from the same version
 * one wins and the other reads the winner's and tries again: no change is lost and nothing is locked.
 */
export class VersionedRecord<T> {
  readonly #store: Store;
  readonly #folder: string;
  readonly #schema: z.ZodType<T>;

  constructor(store: Store, folder: string, schema: z.ZodType<T>) {
    this.#store = store;
    this.#folder = folder;
    this.#schema = schema;
  }

  async read(): Promise<Versioned<T>> {
    let version = 0;
    for await (const { uri } of this.#store.list(`${this.#folder}/`)) {
      const [, number] = /\/(\d{8,})\.json$/.exec(uri.replaceAll("\\", "/")) ?? [];
      if (number !== undefined) version = Math.max(version, Number(number));
    }
    if (version === 0) return { version, record: undefined };
    return { version, record: await this.#parse(this.#uri(version)) };
  }

  /**
   * Publishes what `change` makes of the record; undefined from it leaves everything as it is. `change` is
   * called again when another writer was first.
   */
  async update(change: (now: T | undefined) => T | undefined): Promise<Versioned<T>> {
    for (;;) {
      const now = await this.read();
      const next = change(now.record);
      if (next === undefined) return now;
      const version = now.version + 1;
      const bytes = Buffer.from(`${JSON.stringify(this.#schema.parse(next), undefined, 2)}\n`);
      const { published } = await this.#store.publishBytes(bytes, this.#uri(version), { ifAbsent: true });
      if (published) return { version, record: next };
    }
  }

  #uri(version: number): string {
    return `${this.#folder}/${String(version).padStart(8, "0")}.json`;
  }

  async #parse(uri: string): Promise<T> {
    const text = Buffer.from(await this.#store.read(uri)).toString("utf8");
    try {
      return this.#schema.parse(JSON.parse(text));
    } catch (error) {
      throw (
        describeSystemError(error, uri) ??
        new UserError({
          code: "catalog-record-unreadable",
          message: `${uri}: this is no record of a catalog that this version of bisonflow reads.`,
          hint: "Move the file away to fall back to the version before it, or crawl again into another catalog folder.",
          cause: error,
        })
      );
    }
  }
}
