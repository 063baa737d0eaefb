import { inspect } from "node:util";

/**
 * A password that shows itself to nobody who does not ask: printed, logged or made JSON it is `[secret]`.
 *
 * @example
 * ```ts
 * import { Password } from "bisonflow/database";
 * const password = new Password("hunter2");
 * console.log(String(password), JSON.stringify({ password })); // [secret] {"password":"[secret]"}
 * ```
 */
export class Password {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The password itself, for the one place that sends it. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return "[secret]";
  }

  toJSON(): string {
    return "[secret]";
  }

  [inspect.custom](): string {
    return "[secret]";
  }
}
