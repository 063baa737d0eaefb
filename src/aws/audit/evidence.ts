import type { LogEvent } from "./log-event.ts";

/** One call that shows something, to be looked up. */
export interface ExampleCall {
  /** CloudTrail's eventID; empty for a call that bisonflow recorded. */
  readonly eventId: string;
  readonly time: string;
  /** `s3 GetObject`. */
  readonly call: string;
  readonly region: string;
  /** The first resource that it was about. */
  readonly resource: string;
}

/** How often something was seen, and when. Times are ISO 8601, UTC. */
export interface Evidence {
  readonly events: number;
  readonly first: string;
  readonly last: string;
  readonly example: ExampleCall;
}

/** Adds up evidence; what comes out does not depend on the order of the events. */
export class EvidenceCounter {
  events = 0;
  first = "";
  last = "";
  example: ExampleCall | undefined;

  add(event: LogEvent, resource: string): void {
    this.events += 1;
    const { time, id } = event;
    if (time !== "") {
      if (this.first === "" || time < this.first) this.first = time;
      if (time > this.last) this.last = time;
    }
    const known = this.example;
    if (known !== undefined && (time > known.time || (time === known.time && id >= known.eventId))) return;
    this.example = { eventId: id, time, call: callOf(event), region: event.region, resource };
  }

  value(): Evidence {
    const example = this.example ?? { eventId: "", time: "", call: "", region: "", resource: "" };
    return { events: this.events, first: this.first, last: this.last, example };
  }
}

/** `s3 GetObject`. */
export function callOf({ source, name }: LogEvent): string {
  return `${source.replace(/\.amazonaws\.com(\.cn)?$/, "")} ${name}`;
}

/** The evidence of several together. */
export function together(all: readonly Evidence[]): Evidence {
  const [head, ...others] = all;
  if (head === undefined) return new EvidenceCounter().value();
  return others.reduce(
    (sum, { events, first, last, example }) => ({
      events: sum.events + events,
      first: first !== "" && (sum.first === "" || first < sum.first) ? first : sum.first,
      last: last > sum.last ? last : sum.last,
      example:
        example.time < sum.example.time ||
        (example.time === sum.example.time && example.eventId < sum.example.eventId)
          ? example
          : sum.example,
    }),
    head,
  );
}
