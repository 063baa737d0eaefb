/** Values that stand for something that was left out of the log. */
const hidden = /^(HIDDEN_DUE_TO_SECURITY_REASONS|REDACTED|\*+|)$/;
/** Members that hold no names: nothing is lost when they are hidden. */
const secret = /token|password|secret(?!id)|parameters?$|accesskey/;
/** Members that hold documents, tags and filters: what they name is not what the call is about. */
const aside =
  /^(.*policy(document)?|tags?|tagset|tagslist|tagspecification(set)?|filters?|filterset|filtersset|environment|encryptioncontext|resourcetagset)$/i;

/** These say something only together with what they are a name of: `tableinput.name`. */
const general = /^(names?|ids?|arns?|identifiers?|path)$/;

/** So much is looked at of one request; a log's longest are lists of thousands of ids. */
const mostValues = 500;
const deepest = 8;

/**
 * The texts of a request by the member that holds them, in lower case, however deep it stands. A `name` or `id`
 * below the top is found with the member around it.
 */
export class RequestFields {
  readonly #values = new Map<string, string[]>();
  /** Role and other ARNs wherever they stand, with their member. */
  readonly arns: { readonly key: string; readonly arn: string }[] = [];
  /** Whether something that may name the resource was hidden or left out by AWS. */
  readonly isIncomplete: boolean = false;
  readonly #members = new Set<string>();
  #left = mostValues;

  constructor(parameters: unknown) {
    if (parameters !== null && typeof parameters === "object") {
      const { omitted } = parameters as { omitted?: unknown };
      if (omitted === true) this.isIncomplete = true;
      else if (this.#walk("", parameters, 0)) this.isIncomplete = true;
    } else if (typeof parameters === "string" && parameters !== "") this.isIncomplete = true;
  }

  /** The values of the first of these members that has any. */
  of(...keys: readonly string[]): readonly string[] {
    for (const key of keys) {
      const values = this.#values.get(key);
      if (values !== undefined) return values;
    }
    return [];
  }

  /** Whether there is a member with something in it. */
  holds(pattern: RegExp): boolean {
    for (const key of this.#members) if (pattern.test(key)) return true;
    return false;
  }

  /** Returns whether anything was hidden. */
  #walk(key: string, value: unknown, depth: number): boolean {
    if (typeof value === "string") return this.#keep(key, value);
    if (typeof value !== "object" || value === null || depth > deepest) return false;
    let incomplete = false;
    if (Array.isArray(value)) {
      for (const one of value) {
        if (this.#left <= 0) return true;
        incomplete = this.#walk(key, one, depth + 1) || incomplete;
      }
      return incomplete;
    }
    for (const name in value) {
      const lower = name.toLowerCase();
      const inner = (value as Record<string, unknown>)[name];
      if (typeof inner === "object" && inner !== null) {
        // That there were tags or a profile matters: both need a right of their own.
        if (Object.keys(inner).length > 0) this.#members.add(lower);
        if (aside.test(lower)) continue;
      }
      // EC2 logs some requests from XML, with the text of an element beside its attributes.
      const member = lower === "content" ? key : general.test(lower) && depth > 0 ? `${key}.${lower}` : lower;
      incomplete = this.#walk(member, inner, depth + 1) || incomplete;
    }
    return incomplete;
  }

  #keep(key: string, value: string): boolean {
    if (this.#left <= 0) return false;
    this.#left -= 1;
    if (hidden.test(value)) return value !== "" && !secret.test(key);
    const values = this.#values.get(key);
    if (values === undefined) this.#values.set(key, [value]);
    else values.push(value);
    if (value.startsWith("arn:")) this.arns.push({ key, arn: value });
    return false;
  }
}
