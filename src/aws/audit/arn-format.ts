// Names that may hold slashes; others end at the next one.
const withSlashes =
  /WithPath$|Path$|^(ObjectName|ParameterNameWithoutLeadingSlash|LogGroupName|LogStreamName|RepositoryName|SecretId|Alias|EntityPath|ResourceId|Id)$/;

/** How the ARNs of a resource type are built: `arn:${Partition}:s3:::${BucketName}/${ObjectName}`. */
export class ArnFormat {
  /** IAM's name of the type: `object`. */
  readonly type: string;
  readonly template: string;
  /** Names of the parts that say which resource it is; not partition, region and account. */
  readonly parts: readonly string[];
  readonly #pattern: RegExp;
  /** The template cut at its parts, which stand at the odd places. */
  readonly #pieces: readonly string[];

  constructor(type: string, template: string) {
    this.type = type;
    this.template = template;
    this.#pieces = template.split(/\$\{(\w+)\}/);
    const places = [...template.matchAll(/\$\{(\w+)\}/g)].map(([, name = ""]) => name);
    this.parts = places.filter((name) => !/^(Partition|Region|Account)$/.test(name));
    const pattern = template
      .split(/(\$\{\w+\})/)
      .map((piece) => {
        const name = /^\$\{(\w+)\}$/.exec(piece)?.[1];
        if (name === undefined) return piece.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replaceAll("\\*", ".*");
        if (/^(Partition|Region|Account)$/.test(name)) return "[^:]*";
        return withSlashes.test(name) ? ".+" : "[^:/]+";
      })
      .join("");
    // CloudWatch Logs writes its groups with `:*` behind.
    this.#pattern = new RegExp(`^${pattern}(:\\*)?$`);
  }

  /** Whether an ARN (it may hold wildcards) is one of this type. */
  fits(arn: string): boolean {
    return this.#pattern.test(arn);
  }

  /** The ARN with these values; parts that are not given become `*`. */
  fill(values: Readonly<Record<string, string | undefined>>): string {
    // Of each pair the text before a part, and the part.
    let arn = "";
    for (let i = 0; i < this.#pieces.length; i += 2) {
      const name = this.#pieces[i + 1];
      arn += this.#pieces[i] ?? "";
      if (name !== undefined) arn += values[name] ?? "*";
    }
    return arn;
  }
}
