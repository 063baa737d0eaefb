import type { Store } from "../../store/index.ts";
import type { AwsAccess } from "../client/index.ts";
import { s3Store } from "../s3/index.ts";
import type { NotRun, Passed } from "./check.ts";
import { examine } from "./examine.ts";
import type { CallerFact } from "./facts/account-facts.ts";
import type { Finding } from "./finding.ts";
import { gather } from "./gather/gather.ts";
import { stepText } from "./mend-step.ts";
import type { DoctorSpec } from "./scope.ts";
import type { Severity, TroubleCode } from "./trouble.ts";

/** What the doctor says of an account. */
export interface Diagnosis {
  readonly account: string;
  readonly region: string;
  /** Who asked. */
  readonly caller: string;
  /** What was looked at, in words. */
  readonly scope: string;
  readonly findings: readonly Finding[];
  readonly passed: readonly Passed[];
  readonly notRun: readonly NotRun[];
}

/**
 * Looks at an account with calls that change nothing, and says what AWS would refuse and why. Throws an AwsTrouble
 * when nothing can be looked at (no credentials, no network), and a UserError `doctor-not-found` for a name that
 * there is nothing of.
 *
 * @example
 * ```ts
 * import { diagnose, openAccess } from "bisonflow/aws";
 * process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = "true"; // the SDK warns of Node 20
 * const nobody = async () => { throw Object.assign(new Error("no keys"), { name: "CredentialsProviderError" }); };
 * const access = await openAccess({ region: "us-east-1", credentials: nobody });
 * await diagnose({ access, spec: {} }).catch((error) => console.log(error.code)); // aws-credentials-missing
 * ```
 */
export async function diagnose(options: {
  readonly access: AwsAccess;
  readonly spec: DoctorSpec;
  readonly store?: Store;
  readonly now?: Date;
  readonly onProgress?: (what: string) => void;
}): Promise<Diagnosis> {
  const { access, spec, now = new Date(), store = s3Store(access), onProgress } = options;
  const { account, scope } = await gather({ access, spec, store, now, onProgress });
  const [caller] = account.all("caller") as readonly [CallerFact];
  return {
    account: caller.account,
    region: access.region,
    caller: caller.id,
    scope: scope.words,
    ...examine(account),
  };
}

/** The shape of `bisonflow aws doctor --json`: a contract, other programs read it. */
export interface DiagnosisJson {
  readonly findings: readonly {
    readonly code: TroubleCode;
    readonly severity: Severity;
    readonly resource: string;
    readonly awsError: string;
    readonly cause: string;
    /** `command`: several are joined by ` && `. `stackOption`: null where our own stack has no part in it. */
    readonly mend: { readonly command: string; readonly stackOption: string | null };
  }[];
  readonly passed: readonly Passed[];
  readonly notRun: readonly { readonly check: string; readonly missingAction: string }[];
}

/** A diagnosis as JSON for other programs. */
export function diagnosisJson({ region, findings, passed, notRun }: Diagnosis): DiagnosisJson {
  return {
    findings: findings.map(({ code, severity, resource, awsError, cause, mend }) => ({
      code,
      severity,
      resource,
      awsError,
      cause,
      mend: {
        command: mend.steps.map((step) => stepText(step, region)).join(" && "),
        stackOption: mend.stackOption ?? null,
      },
    })),
    passed,
    notRun: notRun.map(({ check, missingAction }) => ({ check, missingAction })),
  };
}

/**
 * Exit code of a diagnosis: 0 sound, 1 findings, 2 when nothing was found but a right was missing to look at
 * everything. A call that a service does not offer (an emulator's hole) is in the report and does not count.
 */
export function diagnosisExitCode({ findings, notRun, passed }: Diagnosis): 0 | 1 | 2 {
  if (findings.length > 0) return 1;
  const isBlind = notRun.length > 0 && passed.length === 0;
  return isBlind || notRun.some(({ isDenied }) => isDenied) ? 2 : 0;
}
