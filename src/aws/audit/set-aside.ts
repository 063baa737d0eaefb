/** Why an event says nothing of a principal's permissions, in the order of the report. */
export const asideReasons = {
  "made-by-a-service": "made by an AWS service on someone's behalf",
  "service-itself": "an AWS service acting for itself",
  "service-linked-role": "by a role that belongs to an AWS service",
  "service-event": "told by an AWS service, called by nobody",
  "console-sign-in": "signing in to the console",
  "console-action": "in the console, not a call",
  "federated-sign-in": "signing in from elsewhere: the role's trust policy decides",
  "no-permission-needed": "calls that everybody may make",
  "not-authenticated": "refused before permissions were looked at",
  "other-account": "by somebody of another account, who is not named",
  "identity-center": "by a user of IAM Identity Center itself",
  insight: "Insights: statistics of calls",
  "network-activity": "network activity at a VPC endpoint",
  "outside-period": "outside the period asked for",
  "no-identity": "without a caller",
  "not-understood": "not understood",
  "not-an-event": "no events of CloudTrail",
  "broken-record": "damaged, not JSON",
} as const;

/** A key of `asideReasons`. */
export type AsideReason = keyof typeof asideReasons;

/** Events that were set aside for one reason, with what they were. */
export interface SetAside {
  readonly reason: AsideReason;
  readonly events: number;
  /** Most first, then in the alphabet. */
  readonly what: readonly { readonly what: string; readonly events: number; readonly example: string }[];
}

interface Told {
  events: number;
  example: string;
}

/** So many kinds are told apart for one reason; the rest are counted together, so that memory stays flat. */
const mostKinds = 1000;
const others = "others";

/** Counts what was set aside, by reason and kind. */
export class AsideCounter {
  readonly #reasons = new Map<AsideReason, Map<string, Told>>();

  /** `example` says where the event is to be found. */
  add(reason: AsideReason, what: string, example: string): void {
    let kinds = this.#reasons.get(reason);
    if (kinds === undefined) {
      kinds = new Map();
      this.#reasons.set(reason, kinds);
    }
    const key = kinds.has(what) || kinds.size < mostKinds ? what : others;
    const told = kinds.get(key);
    if (told === undefined) kinds.set(key, { events: 1, example });
    else {
      told.events += 1;
      // The smallest, so that the order in which files are read does not matter.
      if (example < told.example) told.example = example;
    }
  }

  /** Of a reason alone, or of all. */
  events(reason?: AsideReason): number {
    let sum = 0;
    for (const [one, kinds] of this.#reasons) {
      if (reason === undefined || one === reason) for (const { events } of kinds.values()) sum += events;
    }
    return sum;
  }

  /** In the order of `asideReasons`. */
  list(): SetAside[] {
    return (Object.keys(asideReasons) as AsideReason[])
      .filter((reason) => this.#reasons.has(reason))
      .map((reason) => ({
        reason,
        events: this.events(reason),
        what: [...(this.#reasons.get(reason) ?? [])]
          .map(([what, { events, example }]) => ({ what, events, example }))
          .sort((a, b) => b.events - a.events || (a.what < b.what ? -1 : 1)),
      }));
  }
}
