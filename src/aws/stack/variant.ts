/**
 * What makes another template. Everything else is a parameter of it: CloudFormation shows what a parameter
 * changes, and a template without unused halves can be read.
 */
export interface Variant {
  /** `new`: a VPC of the stack's own. `existing`: one that is there, the account's default or another. */
  readonly network: "new" | "existing";
  /** Whether there is a PostgreSQL database. */
  readonly database: boolean;
}

/** All variants, in the order of their names. */
export const variants: readonly Variant[] = [
  { network: "existing", database: false },
  { network: "existing", database: true },
  { network: "new", database: false },
  { network: "new", database: true },
];

/** Name of a variant's template: `new-vpc`, `existing-vpc-database`. */
export function variantName({ network, database }: Variant): string {
  return `${network}-vpc${database ? "-database" : ""}`;
}
