import type { Engine } from "../engine/index.ts";

/**
 * A DuckDB session that whoever does several tasks keeps from one to the next, with what the tasks have in common:
 * layers and register are brought into it once.
 */
export class KeptSession {
  #kept: { readonly key: string; readonly engine: Engine; readonly common: unknown } | undefined;

  /**
   * The session of a key, spilling into `spill` from now on: the one kept, or one opened and prepared anew. A session
   * that has spilled is not used again: DuckDB leaves its spilled files where they were.
   */
  async use<T>(
    key: string,
    options: { spill: string; open: () => Promise<Engine>; prepare: (engine: Engine) => Promise<T> },
  ): Promise<{ engine: Engine; common: T }> {
    const kept = this.#kept;
    if (kept?.key === key && (await kept.engine.spillInto(options.spill))) {
      return { engine: kept.engine, common: kept.common as T };
    }
    this.close();
    const engine = await options.open();
    try {
      const common = await options.prepare(engine);
      this.#kept = { key, engine, common };
      return { engine, common };
    } catch (error) {
      engine.close();
      throw error;
    }
  }

  interrupt(): void {
    this.#kept?.engine.interrupt();
  }

  close(): void {
    this.#kept?.engine.close();
    this.#kept = undefined;
  }
}
