import { NodeHttpHandler } from "@smithy/node-http-handler";
import type { AwsAccess, CredentialSource } from "./aws-access.ts";
import { awsTrouble } from "./aws-trouble.ts";
import { subjectOf } from "./recorded-call.ts";

/** What every client of the SDK is made with. */
export interface ClientConfig {
  readonly region: string;
  readonly endpoint?: string;
  readonly credentials: CredentialSource;
  readonly maxAttempts: number;
  readonly retryMode: "standard" | "adaptive";
  readonly requestHandler: NodeHttpHandler;
}

/** The part of an SDK client that is the same for all of them. */
interface SdkClient {
  readonly config: { readonly serviceId: string };
  readonly middlewareStack: unknown;
}

interface Context {
  readonly commandName?: string;
}
interface Answer {
  readonly output: { readonly $metadata?: { readonly attempts?: number } };
}
type Next = (args: { readonly input: object }) => Promise<Answer>;
interface Stack {
  add(
    middleware: (next: Next, context: Context) => Next,
    where: { step: "initialize"; priority: "high"; name: string },
  ): void;
}

/**
 * Makes a client of the AWS SDK for an account: with retries, time-outs, the recorder of calls, and with errors
 * that concern the account turned into AwsTrouble (a UserError). `more` is given to the client as it is.
 *
 * @example
 * ```ts
 * import { GlueClient } from "@aws-sdk/client-glue";
 * import { connect, openAccess } from "bisonflow/aws";
 * const glue = connect(GlueClient, await openAccess({ region: "us-east-1" }));
 * console.log(glue.config.serviceId); // Glue
 * ```
 */
export function connect<C extends SdkClient, M extends object = object>(
  Client: new (config: ClientConfig & M) => C,
  access: AwsAccess,
  more?: M,
): C {
  const config: ClientConfig = {
    region: access.region,
    credentials: access.credentials,
    maxAttempts: 6,
    retryMode: "standard",
    requestHandler: new NodeHttpHandler({ connectionTimeout: 5_000, socketTimeout: 60_000 }),
    ...(access.endpoint === undefined ? {} : { endpoint: access.endpoint }),
  };
  const client = new Client({ ...config, ...more } as ClientConfig & M);
  watch(client, access);
  return client;
}

function watch(client: SdkClient, access: AwsAccess): void {
  const { region, endpoint, record } = access;
  const service = client.config.serviceId;
  const watching =
    (next: Next, context: Context): Next =>
    async (args) => {
      const operation = (context.commandName ?? "").replace(/Command$/, "");
      const subject = subjectOf(args.input);
      const said = (error: string | undefined, attempts: number): void =>
        record?.({
          time: new Date().toISOString(),
          service,
          operation,
          region,
          subject,
          ...(error === undefined ? {} : { error }),
          attempts,
        });
      try {
        const answer = await next(args);
        said(undefined, answer.output.$metadata?.attempts ?? 1);
        return answer;
      } catch (error) {
        const { name, $metadata } = error as Error & { $metadata?: { attempts?: number } };
        said(name, $metadata?.attempts ?? 1);
        throw awsTrouble(error, { service, operation, region, endpoint, subject: inWords(subject) }) ?? error;
      }
    };
  (client.middlewareStack as Stack).add(watching, {
    step: "initialize",
    priority: "high",
    name: "bisonflowWatch",
  });
}

function inWords(subject: Readonly<Record<string, string | readonly string[]>>): string | undefined {
  if (typeof subject.Bucket === "string") {
    return `s3://${subject.Bucket}${typeof subject.Key === "string" ? `/${subject.Key}` : ""}`;
  }
  const named = Object.values(subject).flat().join(", ");
  return named === "" ? undefined : named.slice(0, 200);
}
