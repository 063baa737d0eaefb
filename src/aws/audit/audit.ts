import { iamPrefix, type RecordedCall } from "../client/index.ts";
import { type Condition, type Use, usesOf } from "./call-uses.ts";
import { actionsOfEvent, type KnownCall, type UnknownCall } from "./event-actions.ts";
import { callOf, type Evidence, EvidenceCounter } from "./evidence.ts";
import { type ActionFacts, serviceFacts } from "./iam-facts.ts";
import { type LogEvent, readEvent } from "./log-event.ts";
import { type Principal, principalOf } from "./principal.ts";
import { recordedCall } from "./recorded-calls.ts";
import { isNotAuthenticated } from "./refusals.ts";
import { ResourceSet } from "./resource-set.ts";
import { AsideCounter, type AsideReason, type SetAside } from "./set-aside.ts";

/** An action that a principal used, on what, and how that is known. */
export interface UsedAction {
  readonly action: string;
  readonly access: string;
  /** Sorted; `["*"]` for an action that takes no resource. */
  readonly resources: readonly string[];
  readonly condition?: Condition;
  readonly evidence: Evidence;
  /** Calls that were refused for want of it, with AWS's words for one of them. */
  readonly denied: { readonly events: number; readonly message: string };
  /** Calls whose log does not hold the resource (hidden, or left out): the resources are wider for them. */
  readonly guessed: number;
  /** The resource types that the action takes. */
  readonly types: ActionFacts["types"];
}

/** What one principal did. */
export interface PrincipalUse {
  readonly principal: Principal;
  /** Events that were used. */
  readonly events: number;
  readonly first: string;
  readonly last: string;
  /** Sorted by action. */
  readonly actions: readonly UsedAction[];
  /** What services did in its name, which is set aside: with keys or data of one's own it may need rights, too. */
  readonly onBehalf: readonly { readonly service: string; readonly call: string; readonly events: number }[];
}

/** What a number of events say. `read` = `used` + those set aside. */
export interface AuditResult {
  readonly read: number;
  readonly used: number;
  readonly first: string;
  readonly last: string;
  readonly setAside: readonly SetAside[];
  /** Sorted by ARN. */
  readonly principals: readonly PrincipalUse[];
}

interface Row {
  readonly use: Use;
  readonly resources: ResourceSet;
  readonly lastResort: ResourceSet;
  readonly evidence: EvidenceCounter;
  denied: number;
  message: string;
  guessed: number;
}

interface Ledger {
  readonly principal: Principal;
  readonly evidence: EvidenceCounter;
  readonly rows: Map<string, Row>;
  readonly onBehalf: Map<string, number>;
}

/** What an audit takes in. */
export interface AuditOptions {
  /** ISO 8601, UTC: the period begins here. */
  readonly since?: string | undefined;
  /** ISO 8601, UTC: the period ends before. */
  readonly until?: string | undefined;
  /** Also what services did in a principal's name. */
  readonly onBehalf?: boolean;
  /** Who made the calls that bisonflow recorded: they hold no caller. */
  readonly recordedBy?: Principal | undefined;
}

/**
 * Adds up events: whose they are, which actions they needed, on what. Every event is used or set aside with a
 * reason. Memory grows with the number of different things, not with the number of events.
 */
export class Audit {
  readonly #since: string;
  readonly #until: string;
  readonly #onBehalf: boolean;
  readonly #recordedBy: Principal;
  readonly #aside = new AsideCounter();
  readonly #ledgers = new Map<string, Ledger>();
  readonly #calls = new Map<string, KnownCall | UnknownCall | "coming">();
  #waiting: { event: LogEvent; principal: Principal; place: string }[] = [];
  readonly #coming = new Set<Promise<unknown>>();
  readonly #period = new EvidenceCounter();
  #read = 0;
  #used = 0;

  constructor(options: AuditOptions = {}) {
    this.#since = options.since ?? "";
    this.#until = options.until ?? "9999";
    this.#onBehalf = options.onBehalf ?? false;
    this.#recordedBy = options.recordedBy ?? { arn: "whoever recorded the calls", kind: "recorded" };
  }

  /** Adds a record: an event of CloudTrail, a call that bisonflow recorded, or undefined for what is not JSON. */
  add(record: unknown, { uri }: { readonly uri: string }): void {
    this.#read += 1;
    if (record === undefined) {
      this.#aside.add("broken-record", "not JSON", uri);
      return;
    }
    const call = recordedCall(record);
    if (call !== undefined) {
      this.#addRecorded(call);
      return;
    }
    const event = readEvent(record);
    if (typeof event === "string") {
      this.#aside.add("not-an-event", event, uri);
      return;
    }
    const place = `${uri} ${event.id}`;
    const aside = asideOf(event);
    if (aside !== undefined) {
      this.#aside.add(aside, callOf(event), place);
      return;
    }
    if (this.#isOutside(event)) {
      this.#aside.add("outside-period", callOf(event), place);
      return;
    }
    const principal = principalOf(event);
    if ("aside" in principal) {
      this.#aside.add(principal.aside, principal.what, place);
      return;
    }
    const { invokedBy } = event.identity ?? {};
    if (invokedBy !== undefined && !this.#onBehalf) {
      const ledger = this.#ledger(principal);
      const key = `${invokedBy}\n${callOf(event)}`;
      ledger.onBehalf.set(key, (ledger.onBehalf.get(key) ?? 0) + 1);
      this.#aside.add("made-by-a-service", `${invokedBy}: ${callOf(event)}`, place);
      return;
    }
    if (isNotAuthenticated(event)) {
      this.#aside.add("not-authenticated", `${event.errorCode}: ${callOf(event)}`, place);
      return;
    }
    this.#place({ event, principal, place });
  }

  #addRecorded(call: RecordedCall): void {
    const principal = this.#recordedBy;
    const account = principal.arn.split(":")[4];
    const event: LogEvent = {
      source: `${iamPrefix(call.service)}.amazonaws.com`,
      name: call.operation,
      time: call.time,
      region: call.region,
      type: "AwsApiCall",
      parameters: call.subject,
      resources: [],
      id: "",
      ...(account === undefined || account === "" ? {} : { account }),
      ...(call.error === undefined ? {} : { errorCode: call.error }),
    };
    const place = `${call.time} ${callOf(event)}`;
    if (this.#isOutside(event)) {
      this.#aside.add("outside-period", callOf(event), place);
      return;
    }
    if (isNotAuthenticated(event)) {
      this.#aside.add("not-authenticated", callOf(event), place);
      return;
    }
    this.#place({ event, principal, place });
  }

  /** Waits until all events that were added have been understood. */
  async settle(): Promise<void> {
    while (this.#waiting.length > 0 || this.#coming.size > 0) {
      await Promise.all(this.#coming);
      const waiting = this.#waiting;
      this.#waiting = [];
      for (const one of waiting) this.#place(one);
    }
  }

  /** After `settle`. */
  result(): AuditResult {
    const principals = [...this.#ledgers.values()]
      .filter(({ evidence, onBehalf }) => evidence.events > 0 || onBehalf.size > 0)
      .map(toUse)
      .sort((a, b) => (a.principal.arn < b.principal.arn ? -1 : 1));
    const { first, last } = this.#period.value();
    return { read: this.#read, used: this.#used, first, last, setAside: this.#aside.list(), principals };
  }

  #isOutside({ time }: LogEvent): boolean {
    return time !== "" && (time < this.#since || time >= this.#until);
  }

  #place(one: { event: LogEvent; principal: Principal; place: string }): void {
    const { event, principal, place } = one;
    const key = `${event.source}\n${event.name}`;
    const call = this.#calls.get(key);
    if (call === undefined || call === "coming") {
      this.#waiting.push(one);
      if (call === undefined) {
        this.#calls.set(key, "coming");
        this.#await(actionsOfEvent(event.source, event.name).then((known) => this.#calls.set(key, known)));
      }
      return;
    }
    if ("why" in call) {
      this.#aside.add("not-understood", `${callOf(event)}: ${call.why}`, place);
      return;
    }
    if (call.actions.length === 0) {
      this.#aside.add("no-permission-needed", callOf(event), place);
      return;
    }
    const uses = usesOf(event, call);
    if ("needs" in uses) {
      this.#waiting.push(one);
      this.#await(serviceFacts(uses.needs));
      return;
    }
    this.#used += 1;
    this.#period.add(event, "");
    const ledger = this.#ledger(principal);
    ledger.evidence.add(event, "");
    for (const use of uses) enter(ledger, use, event);
  }

  #await(coming: Promise<unknown>): void {
    this.#coming.add(coming);
    void coming.finally(() => this.#coming.delete(coming));
  }

  #ledger(principal: Principal): Ledger {
    let ledger = this.#ledgers.get(principal.arn);
    if (ledger === undefined) {
      ledger = { principal, evidence: new EvidenceCounter(), rows: new Map(), onBehalf: new Map() };
      this.#ledgers.set(principal.arn, ledger);
    }
    return ledger;
  }
}

/** Events that are no call of anybody. */
function asideOf(event: LogEvent): AsideReason | undefined {
  if (event.type === "AwsCloudTrailInsight" || event.category === "Insight") return "insight";
  if (event.type === "AwsVpceEvent" || event.category === "NetworkActivity") return "network-activity";
  if (event.type === "AwsConsoleSignIn" || event.source === "signin.amazonaws.com") return "console-sign-in";
  if (event.type === "AwsConsoleAction") return "console-action";
  if (event.type === "AwsServiceEvent") return "service-event";
  return undefined;
}

function enter(ledger: Ledger, use: Use, event: LogEvent): void {
  const key =
    use.condition === undefined ? use.facts.action : use.facts.action + JSON.stringify(use.condition);
  let row = ledger.rows.get(key);
  if (row === undefined) {
    row = {
      use,
      resources: new ResourceSet(),
      lastResort: new ResourceSet(),
      evidence: new EvidenceCounter(),
      denied: 0,
      message: "",
      guessed: 0,
    };
    ledger.rows.set(key, row);
  }
  for (const arn of use.arns) (use.isLastResort ? row.lastResort : row.resources).add(arn);
  row.evidence.add(event, use.arns[0] ?? "*");
  if (use.isGuess) row.guessed += 1;
  if (use.refusal === undefined) return;
  row.denied += 1;
  const { message } = use.refusal;
  if (row.message === "" || (message !== "" && message < row.message)) row.message = message;
}

function toUse({ principal, evidence, rows, onBehalf }: Ledger): PrincipalUse {
  const { events, first, last } = evidence.value();
  return {
    principal,
    events,
    first,
    last,
    actions: [...rows]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, row]) => ({
        action: row.use.facts.action,
        access: row.use.facts.access,
        types: row.use.facts.types,
        resources: (row.resources.isEmpty ? row.lastResort : row.resources).list(),
        ...(row.use.condition === undefined ? {} : { condition: row.use.condition }),
        evidence: row.evidence.value(),
        denied: { events: row.denied, message: row.message },
        guessed: row.guessed,
      })),
    onBehalf: [...onBehalf]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, count]) => {
        const [service = "", call = ""] = key.split("\n");
        return { service, call, events: count };
      }),
  };
}
