import { readFileSync } from "node:fs";
import { type Variant, variantName } from "./variant.ts";

/** A parameter as a template declares it. */
export interface TemplateParameter {
  readonly Type: string;
  readonly Default?: string | number;
  readonly Description?: string;
}

/** The parts of a CloudFormation template that are read here. */
export interface Template {
  readonly Description?: string;
  readonly Metadata?: { readonly bisonflow?: Variant };
  readonly Parameters?: Readonly<Record<string, TemplateParameter>>;
  readonly Conditions?: Readonly<Record<string, unknown>>;
  readonly Resources: Readonly<
    Record<
      string,
      {
        readonly Type: string;
        readonly Condition?: string;
        readonly DeletionPolicy?: string;
        readonly Properties?: Readonly<Record<string, unknown>>;
      }
    >
  >;
  readonly Outputs?: Readonly<Record<string, { readonly Value: unknown; readonly Description?: string }>>;
}

/**
 * The template of a variant, as the package carries it: synthesised by infra/, so that nobody needs the CDK.
 *
 * @example
 * ```ts
 * import { stackTemplate } from "bisonflow/aws";
 * const template = stackTemplate({ network: "new", database: false });
 * console.log(template.Resources.Bucket?.Type); // AWS::S3::Bucket
 * ```
 */
export function stackTemplate(variant: Variant): Template {
  const path = new URL(`./templates/${variantName(variant)}.json`, import.meta.url);
  return JSON.parse(readFileSync(path, "utf8")) as Template;
}
