import { withoutGenerated } from "./generated-ids.ts";

/** So many objects of one folder are named one by one; more become `folder/*`. */
const fewObjects = 2;
/** So many names of another kind. */
const fewNames = 5;
/** At the top of a bucket, and of the names of a type, more are named before all of them are meant. */
const fewAtTop = 20;
const deepest = 10;
/** Names of these give power: they are never drawn together by how they begin. */
const namedExactly = new Set(["iam", "sts"]);
/** `sg-0a1b2c3d4e5f67890`: says nothing of its neighbours. */
const plainId = /^[a-z]+-[0-9a-f]{8,17}$/;

class Branch {
  readonly children = new Map<string, Branch>();
  isLeaf = false;
  /** What stands for everything below, once that is meant: `/*`. */
  all: string | undefined;
}

interface Taken {
  readonly service: string;
  readonly head: string;
  readonly segments: readonly string[];
}

/**
 * The ARNs that an action was used on, drawn together as they come so that memory stays flat: what runs generate
 * becomes `*`, and several names beside each other become `prefix/*`. What comes out does not depend on the order
 * in which ARNs come in.
 */
export class ResourceSet {
  readonly #roots = new Map<string, { readonly service: string; readonly branch: Branch }>();
  #isEverything = false;

  add(arn: string): void {
    if (this.#isEverything) return;
    if (arn === "*") {
      this.#isEverything = true;
      this.#roots.clear();
      return;
    }
    const { service, head, segments } = take(arn);
    let root = this.#roots.get(head);
    if (root === undefined) {
      root = { service, branch: new Branch() };
      this.#roots.set(head, root);
    }
    let branch = root.branch;
    for (const [depth, segment] of segments.entries()) {
      if (branch.all !== undefined) return;
      const isLast = depth === segments.length - 1;
      const known = branch.children.get(segment);
      const next = known ?? new Branch();
      if (known === undefined || (isLast && !known.isLeaf)) {
        if (isLast) next.isLeaf = true;
        branch.children.set(segment, next);
        if (isCrowded({ branch, service, depth })) {
          branch.all = `${commonSeparator(branch)}*`;
          branch.children.clear();
          return;
        }
      }
      branch = next;
    }
  }

  get isEmpty(): boolean {
    return !this.#isEverything && this.#roots.size === 0;
  }

  /** Sorted. */
  list(): string[] {
    if (this.#isEverything) return ["*"];
    const arns = new Set<string>();
    for (const [head, { service, branch }] of this.#roots) {
      for (const tail of tails(branch)) arns.add(`${head}${tail}`);
      if (service === "batch" && head.endsWith(":job-definition/")) bareDefinitions(arns);
    }
    return covered([...arns]);
  }
}

/** Splits an ARN into what names its kind, and the name's segments, each with the separator before it. */
function take(arn: string): Taken {
  const parts = arn.split(":");
  const service = parts[2] ?? "";
  const front = `${parts.slice(0, 5).join(":")}:`;
  const resource = parts.slice(5).join(":");
  if (service === "s3" && (parts[3] ?? "") === "" && (parts[4] ?? "") === "") {
    // A bucket's name is its own kind: whoever may guess another bucket's name owns it.
    const slash = resource.indexOf("/");
    if (slash < 0) return { service, head: front, segments: [resource] };
    const key = resource.slice(slash + 1);
    return {
      service,
      head: `${front}${resource.slice(0, slash)}/`,
      segments: cut(withoutGenerated("s3", "object", key)),
    };
  }
  const separator = /[:/]/.exec(resource)?.index ?? -1;
  if (separator < 0) return { service, head: front, segments: [resource] };
  const kind = resource.slice(0, separator);
  const head = `${front}${resource.slice(0, separator + 1)}`;
  const name = resource.slice(separator + 1);
  return { service, head, segments: cut(withoutGenerated(service, kind, name)) };
}

function cut(name: string): string[] {
  const segments = name.match(/[:/]?[^:/]*/g)?.filter((one) => one !== "") ?? [];
  if (segments.length <= deepest) return segments.length === 0 ? [""] : segments;
  return [...segments.slice(0, deepest - 1), "/*"];
}

function isCrowded(options: { branch: Branch; service: string; depth: number }): boolean {
  const { branch, service, depth } = options;
  const isObjects = service === "s3";
  let leaves = 0;
  for (const child of branch.children.values()) if (child.isLeaf) leaves += 1;
  const all = branch.children.size;
  if (depth === 0) return all > (namedExactly.has(service) ? 200 : fewAtTop);
  return leaves > (isObjects ? fewObjects : fewNames) || all > (isObjects ? 2 * fewNames : fewAtTop);
}

function* tails(branch: Branch): Generator<string> {
  if (branch.all !== undefined) yield branch.all;
  for (const [segment, child] of branch.children) {
    if (child.isLeaf) yield segment;
    for (const tail of tails(child)) yield segment + tail;
  }
}

/** The separator that all names below a branch begin with; none where they differ. */
function commonSeparator(branch: Branch): string {
  const first = new Set([...branch.children.keys()].map((segment) => segment[0] ?? ""));
  const [only = ""] = first;
  return first.size === 1 && /[:/]/.test(only) ? only : "";
}

/** A job definition named with its revision is asked for without it, too. */
function bareDefinitions(arns: Set<string>): void {
  for (const arn of [...arns]) if (arn.endsWith(":*")) arns.add(arn.slice(0, -2));
}

/** Draws plain ids and names that begin alike together, and leaves out what another one covers. */
function covered(arns: readonly string[]): string[] {
  const drawn = [...byHead(arns)].flatMap(([head, names]) => alike(head, names));
  const wild = drawn.filter((arn) => arn.endsWith("*"));
  return [...new Set(drawn)]
    .filter((arn) => !wild.some((other) => other !== arn && arn.startsWith(other.slice(0, -1))))
    .sort();
}

function byHead(arns: readonly string[]): Map<string, string[]> {
  const heads = new Map<string, string[]>();
  for (const arn of arns) {
    const at = Math.max(arn.lastIndexOf("/"), arn.lastIndexOf(":")) + 1;
    const head = arn.slice(0, at);
    heads.set(head, [...(heads.get(head) ?? []), arn.slice(at)]);
  }
  return heads;
}

function alike(head: string, names: readonly string[]): string[] {
  const service = head.split(":")[2] ?? "";
  const each = names.map((name) => head + name);
  const isBuckets = head === "arn:aws:s3:::" || /^arn:[^:]*:s3:::$/.test(head);
  if (names.length <= fewObjects || isBuckets || namedExactly.has(service)) return each;
  if (names.every((name) => plainId.test(name)) && names.length > fewNames) return [`${head}*`];
  if (names.length < fewNames) return each;
  const start = commonStart(names);
  return start.length >= 6 ? [`${head}${start}*`] : each;
}

/** What names begin with, up to the last separator: `credentials-` of credentials-1 and credentials-12. */
function commonStart(names: readonly string[]): string {
  const [first = "", ...others] = names;
  let length = first.length;
  for (const other of others) {
    let i = 0;
    while (i < length && i < other.length && other[i] === first[i]) i += 1;
    length = i;
  }
  return /^.*[-_.]/.exec(first.slice(0, length))?.[0] ?? "";
}
