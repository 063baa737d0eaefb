import { ExitCode, type IssueCounter, TaskFailure, UserError } from "../trouble/index.ts";
import { AnswerCache } from "./answer-cache.ts";
import { askService, defaultPatience, NoAnswer, type Patience } from "./ask-service.ts";
import { type Checklist, checklistOf, keysThatFit } from "./checklist.ts";
import { isMatchAnswer, readMatchAnswer } from "./match-answer.ts";
import { matchRequest, type ServiceVersion } from "./match-request.ts";
import type { RegisterRow } from "./register-row.ts";
import { type NameMatch, type Resolution, settle } from "./resolution.ts";

/** Where the match service is and how it is asked. */
export interface MatchService {
  /** Without the version: `http://127.0.0.1:8080`. */
  readonly baseUrl: string;
  readonly version: ServiceVersion;
  /** The checklist that version 2 matches against, by its dataset key; the service's default when absent. */
  readonly checklistKey?: string;
  /** Folder of the answers kept, or their file; without either, answers last as long as this call. */
  readonly cacheFolder?: string;
  readonly cacheFile?: string;
  /** Requests under way at one time. Default 8. */
  readonly concurrency?: number;
  /** Answer from the cache alone. */
  readonly offline?: boolean;
  readonly allowFuzzy?: boolean;
  readonly signal?: AbortSignal;
  /** The clock, for the dates in the cache and for Retry-After. */
  readonly now?: () => Date;
  /** Names answered so far, of all that are asked. */
  readonly onProgress?: (done: number, total: number) => void;
  readonly patience?: Partial<Patience>;
  /** Counts what is odd in the cache. */
  readonly issues?: IssueCounter;
}

/** After so many names in a row without an answer the service is taken to be down, and no more are asked. */
const failuresInARow = 8;

/**
 * Resolves rows by GBIF's species match service.
 *
 * Kingdom, rank and authorship are passed; equal questions are asked once; each answer is kept in the cache with its
 * date before it is used. Exact matches are used; a row without one keeps the register's own key, if it can be of
 * the checklist of the answers; fuzzy matches and higher ranks are listed, fuzzy ones used only if allowed. Names that
 * the service refuses, and those that are missing in the cache when offline, come to nothing, with a note.
 *
 * @throws TaskFailure (retry) when some names got no answer after all tries: those answered are kept, run again
 * @throws UserError `service-refuses` when it refuses every question, as a wrong address does; `service-unreachable`
 *   when nobody is at the address
 * @example
 * ```ts
 * import { createServer } from "node:http";
 * import { mkdtemp } from "node:fs/promises";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { type RegisterRow, resolveByService } from "bisonflow/register";
 * const body = { usageKey: 2489005, scientificName: "Acridotheres tristis (Linnaeus, 1766)", matchType: "EXACT" };
 * const server = createServer((_request, response) => response.end(JSON.stringify(body)));
 * await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
 * const { port } = server.address() as { port: number };
 * const row: RegisterRow = {
 *   rowId: "a", place: "HI", scientificName: "Acridotheres tristis", authorship: null, kingdom: "Animalia", rank: "Species",
 *   givenKey: null, degree: "invasive", degreeOfEstablishment: null, establishmentMeans: null, line: 2,
 * };
 * const cacheFolder = await mkdtemp(join(tmpdir(), "bisonflow-example-"));
 * const service = { baseUrl: `http://127.0.0.1:${port}`, version: "v1", cacheFolder } as const;
 * const [resolution] = await resolveByService([row], service);
 * console.log(resolution?.how, resolution?.keyUsed); // exact 2489005
 * server.close();
 * ```
 */
export async function resolveByService(
  rows: readonly RegisterRow[],
  service: MatchService,
): Promise<Resolution[]> {
  const requests = rows.map((row) => matchRequest(row, service.version, service.checklistKey));
  const wanted = new Set(requests.filter((request) => request !== null));
  const outcome = await answersTo(wanted, service);
  const matches = rows.map((row, index) => matchOf(row, requests[index] ?? null, outcome, service));
  const given = rows.map((row) => row.givenKey);
  const fits = keysThatFit(given, checklistOfAnswers(matches, service.version));
  return rows.map((row, index) =>
    settle(row, matches[index] as NameMatch, { fits, allowFuzzy: service.allowFuzzy === true }),
  );
}

interface Outcome {
  readonly answers: Map<string, unknown>;
  /** Requests that the service refuses for good, with its words. */
  readonly refused: Map<string, string>;
}

async function answersTo(wanted: ReadonlySet<string>, service: MatchService): Promise<Outcome> {
  const baseUrl = service.baseUrl.replace(/\/+$/, "");
  const { version } = service;
  const cache = new AnswerCache({
    ...(service.cacheFolder === undefined ? {} : { folder: service.cacheFolder }),
    ...(service.cacheFile === undefined ? {} : { file: service.cacheFile }),
    service: baseUrl,
    version,
  });
  try {
    const answers = new Map<string, unknown>();
    for (const [request, { body }] of await cache.load(wanted, service.issues)) {
      if (isMatchAnswer(body, version)) answers.set(request, body);
    }
    service.onProgress?.(answers.size, wanted.size);
    const open = [...wanted].filter((request) => !answers.has(request));
    const outcome: Outcome = { answers, refused: new Map() };
    if (service.offline !== true && open.length > 0)
      await askAll(open, outcome, { ...service, baseUrl, cache, total: wanted.size });
    return outcome;
  } finally {
    await cache.close();
  }
}

async function askAll(
  open: readonly string[],
  { answers, refused }: Outcome,
  service: MatchService & { cache: AnswerCache; total: number },
): Promise<void> {
  const now = service.now ?? (() => new Date());
  const asked = {
    patience: { ...defaultPatience, ...service.patience },
    signal: service.signal,
    now: () => now().getTime(),
    accepts: (body: unknown) => isMatchAnswer(body, service.version),
  };
  const failed: { request: string; error: NoAnswer }[] = [];
  let next = 0;
  let inARow = 0;
  let heard = 0;
  // A failure that is nobody's answer (aborted, cache not writable) stops every lane before its next question.
  let stopped = false;
  const lane = async (): Promise<void> => {
    while (next < open.length && inARow < failuresInARow && !stopped) {
      const request = open[next++] as string;
      try {
        const body = await askService(service.baseUrl + request, asked);
        await service.cache.add(request, body, now());
        answers.set(request, body);
        inARow = 0;
        heard++;
      } catch (error) {
        if (!(error instanceof NoAnswer)) {
          stopped = true;
          throw error;
        }
        // A name refused among others that are answered says nothing of the service.
        const nameRefused = error.refused && [400, 414, 422].includes(error.status ?? 0);
        if (nameRefused) refused.set(request, error.message);
        else failed.push({ request, error });
        if (error.unreached) inARow = failuresInARow;
        else if (!nameRefused || answers.size === 0) inARow++;
      }
      service.onProgress?.(answers.size + refused.size, service.total);
    }
  };
  const lanes = Array.from({ length: Math.min(service.concurrency ?? 8, open.length) }, lane);
  const [broken] = (await Promise.allSettled(lanes)).filter((result) => result.status === "rejected");
  if (broken !== undefined) throw broken.reason;
  giveUp(service, { failed, refused, answered: answers.size, heard: heard + refused.size });
}

function giveUp(
  service: MatchService & { total: number },
  seen: {
    failed: { request: string; error: NoAnswer }[];
    refused: Map<string, string>;
    answered: number;
    /** Answers and refusals that came from the service now, not from the cache. */
    heard: number;
  },
): void {
  const [first] = seen.failed;
  const [refusal] = seen.refused;
  const words = first?.error.message ?? refusal?.[1] ?? "";
  const question = first?.request ?? refusal?.[0] ?? "";
  const refusedAll =
    seen.answered === 0 && (first === undefined ? refusal !== undefined : first.error.refused);
  if (refusedAll) {
    throw new UserError({
      code: "service-refuses",
      message: `The species match service refuses: ${service.baseUrl}${question}: ${words}.`,
      hint: "Check the service's address and version; the address is what stands before /v1 or /v2.",
    });
  }
  if (seen.heard === 0 && first?.error.unreached) {
    throw new UserError({
      code: "service-unreachable",
      message: `The species match service cannot be reached at ${service.baseUrl}: ${words}.`,
      hint: "Check its address and the network of this machine; --offline answers from the cache alone.",
      exitCode: ExitCode.environment,
      cause: first.error,
    });
  }
  if (first === undefined && seen.answered + seen.refused.size >= service.total) return;
  throw new TaskFailure({
    message: `The species match service at ${service.baseUrl} did not answer for all names: ${seen.answered} of ${service.total} answered, ${seen.failed.length} failed, the others were not asked.`,
    retry: !(first?.error.refused ?? false),
    detail: `${question}: ${words}`,
    hint: "The answers so far are kept: run again, and only the missing names are asked.",
  });
}

function matchOf(
  row: RegisterRow,
  request: string | null,
  outcome: Outcome,
  service: MatchService,
): NameMatch {
  const nothing = (note: string): NameMatch => ({ how: "none", key: null, acceptedName: null, note });
  if (request === null) return nothing("the row has no name");
  if (outcome.answers.has(request))
    return readMatchAnswer(outcome.answers.get(request), service.version, row.scientificName);
  return nothing(
    outcome.refused.has(request)
      ? `the service refuses the name (${outcome.refused.get(request)})`
      : "not in the cache, and the service is not asked when offline",
  );
}

/** Version 1 knows the backbone alone; version 2 shows by its keys what it matched against. */
function checklistOfAnswers(
  matches: readonly NameMatch[],
  version: ServiceVersion,
): Checklist | "mixed" | null {
  return version === "v1" ? "gbif-backbone" : checklistOf(matches.flatMap(({ key }) => key ?? []));
}
