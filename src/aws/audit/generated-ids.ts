const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi;
/** Twelve hexadecimal digits or more, with letters and figures among them: hashes, ids. */
const hash = /(?<![0-9a-z])(?=[0-9a-f]*[a-f])(?=[0-9a-f]*[0-9])[0-9a-f]{12,}(?![0-9a-z])/gi;
/** Numbers filled up with zeros, which count parts: `part-00012`. */
const counted = /(?<=[-_.])0\d{3,}(?!\d)/g;
/** Times of day in figures, and counts of seconds since 1970 with what follows them. */
const time =
  /(?<![0-9a-z])\d{4}-?\d{2}-?\d{2}T\d{2}[:-]?\d{2}[:-]?\d{2}(\.\d+)?Z?|(?<![0-9])(?!\d{12}(?!\d))\d{10,}(?![0-9])/g;

/** Kinds of things that a run makes anew each time: their ids mean nothing to the next. */
const made =
  /^(batch:job|states:(execution|express|mapRun)|glue:(session|completion)|ssm:(session|automation-execution|association)|ecs:(task|container-instance)|ec2:(instance|volume|network-interface|snapshot|spot-instances-request|fleet|elastic-ip)|cloudformation:changeSet)$/;
/** Names that stay, whatever they look like: a key's or a bucket's id is chosen once. */
const lasting =
  /^(kms|iam|sts|ec2|elasticfilesystem|guardduty|route53|organizations|secretsmanager|cognito-idp|rolesanywhere)$/;

/** The name of a resource of a kind (`batch`, `job`) with what a run generated in it (hashes, UUIDs, times) made `*`. */
export function withoutGenerated(service: string, kind: string, name: string): string {
  if (made.test(`${service}:${kind}`)) return name.replace(/[^:/]*$/, "*");
  if (service === "logs") return name.replace(/:log-stream:.*$/, ":log-stream:*");
  // Revisions are counted up by whoever registers one.
  if (/^(batch:job-definition|ecs:task-definition)$/.test(`${service}:${kind}`))
    return name.replace(/:\d+$/, ":*");
  if (lasting.test(service)) return name;
  return name
    .replace(uuid, "*")
    .replace(hash, "*")
    .replace(time, "*")
    .replace(counted, "*")
    .replace(/\*([-_.]?\*)+/g, "*");
}
