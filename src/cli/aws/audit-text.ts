import {
  type AuditReport,
  asideReasons,
  type Comparison,
  type LeastPolicy,
  mostAttached,
  type PrincipalReport,
} from "../../aws/audit/index.ts";
import { count } from "../numbers.ts";
import { shortPath } from "../short-path.ts";
import { renderTable, wrapped } from "../table.ts";
import { bold, type Terminal } from "../terminal.ts";

/** So many principals are shown whole; of more a table, and one with --principal. */
const fewPrincipals = 2;
/** So many of a list are shown; --json has all. */
const few = 8;

/** The report for people, no wider than the terminal. */
export function auditText(terminal: Terminal, report: AuditReport): string {
  const { principals } = report;
  const whole = principals.length <= fewPrincipals;
  return [
    readText(terminal, report),
    principals.length === 0 ? "No role or user called anything.\n" : "",
    whole ? "" : tableText(terminal, principals),
    ...(whole ? principals.map((one) => principalText(terminal, one)) : []),
    whole ? "" : wrapped(terminal, "A role or user with its policy: --principal NAME. Everything: --json."),
  ]
    .filter((part) => part !== "")
    .join("\n");
}

function readText(terminal: Terminal, { sources, result }: AuditReport): string {
  const rows: [number, string][] = [[result.used, "used"]];
  for (const { reason, events } of result.setAside) rows.push([events, asideReasons[reason]]);
  const width = Math.max(...rows.map(([events]) => count(events).length), count(result.read).length);
  const lines = rows.map(([events, what]) => `  ${count(events).padStart(width)}  ${what}`);
  const lists = result.setAside.filter(({ reason }) =>
    ["not-understood", "not-an-event", "broken-record", "no-identity"].includes(reason),
  );
  return [
    wrapped(
      terminal,
      `${plural(sources.files, "file")}, ${plural(result.read, "event")}${period(result.first, result.last)}`,
    ),
    ...lines.map((line) => `${line}\n`),
    `  ${"-".repeat(width)}\n  ${count(result.read).padStart(width)}  read\n`,
    ...lists.flatMap(({ reason, what }) => [
      `\n${bold(terminal, capital(asideReasons[reason]))}\n`,
      ...what.slice(0, few).map((one) => item(terminal, 2, `${count(one.events)} x ${one.what}`)),
      more(what.length),
    ]),
    ...sources.leftOut.map(
      ({ why, files, example }) =>
        `\n${wrapped(terminal, `Left out: ${plural(files, "file")} (${why}), for example`)}  ${shortPath(example)}\n`,
    ),
    ...(sources.damaged.length === 0 ? [] : [`\n${bold(terminal, "Damaged files")}\n`]),
    // Names are whole, however long: they are there to be copied.
    ...sources.damaged
      .slice(0, few)
      .map(({ file, problem }) => `  ${shortPath(file)}\n${item(terminal, 4, problem)}`),
    more(sources.damaged.length),
  ].join("");
}

function tableText(terminal: Terminal, principals: readonly PrincipalReport[]): string {
  const { text } = renderTable(
    terminal,
    [
      { title: "principal", isKey: true },
      { title: "events", align: "right" },
      { title: "actions", align: "right" },
      { title: "denied", align: "right" },
      { title: "policy", align: "right" },
    ],
    principals.map(({ principal, events, actions, policy }) => [
      `${principal.kind} ${nameOf(principal.arn)}`,
      count(events),
      count(new Set(actions.map(({ action }) => action)).size),
      count(actions.filter(({ denied }) => denied.events > 0).length),
      policy === undefined ? null : count(policy.characters),
    ]),
  );
  return text;
}

function principalText(terminal: Terminal, report: PrincipalReport): string {
  const { principal, events, first, last, actions, policy, comparison, onBehalf } = report;
  const denied = actions.filter((one) => one.denied.events > 0);
  return [
    `${bold(terminal, `${principal.kind} ${nameOf(principal.arn)}`)}\n`,
    wrapped(terminal, `${principal.arn}: ${plural(events, "event")}${period(first, last)}`),
    principal.kind === "root"
      ? wrapped(terminal, "No policy binds the root user of an account: use a role instead.")
      : "",
    policy === undefined ? "" : policyText(terminal, policy),
    denied.length === 0 ? "" : `\n${bold(terminal, "Needed and denied")}\n`,
    ...denied.map((one) =>
      item(terminal, 2, `${one.action}, ${plural(one.denied.events, "time")}: ${one.denied.message}`),
    ),
    onBehalf.length === 0
      ? ""
      : `\n${wrapped(terminal, "Services did this in its name, which is not in the policy (--on-behalf): data or keys of your own may need it.")}`,
    ...onBehalf
      .slice(0, few)
      .map(({ service, call, events: times }) =>
        item(terminal, 2, `${count(times)} x ${call}, by ${service}`),
      ),
    more(onBehalf.length),
    comparison === undefined ? "" : comparisonText(terminal, comparison),
  ].join("");
}

function policyText(terminal: Terminal, { statements, documents, characters, fits }: LeastPolicy): string {
  const inline = [
    ...(fits.userInline ? ["user"] : []),
    ...(fits.groupInline ? ["group"] : []),
    ...(fits.roleInline ? ["role"] : []),
  ];
  const tooMany =
    documents.length > mostAttached ? `, more than the ${mostAttached} that may be attached` : "";
  return [
    `\n${bold(terminal, "Least policy")}\n`,
    wrapped(
      terminal,
      `${plural(statements.length, "statement")}, ${count(characters)} characters: ${plural(documents.length, "managed policy", "managed policies")}${tooMany}; ${inline.length === 0 ? "too long to be inline" : `inline it fits a ${inline.join(", a ")}`}`,
    ),
    ...statements.flatMap(({ statement, evidence, denied, guessed }) => [
      `\n  ${bold(terminal, statement.Sid)}\n`,
      item(terminal, 4, `${statement.Action.join(" ")}`),
      // Whole, however long: they are there to be copied.
      ...statement.Resource.slice(0, few).map((arn) => `    on ${arn}\n`),
      statement.Resource.length > few ? `       and ${statement.Resource.length - few} more\n` : "",
      statement.Condition === undefined ? "" : item(terminal, 4, `if ${conditionText(statement.Condition)}`),
      item(
        terminal,
        4,
        `${plural(evidence.events, "use")}${denied > 0 ? `, ${count(denied)} denied` : ""}${guessed > 0 ? `, ${count(guessed)} whose log hides the resource` : ""}; first ${evidence.example.call} ${stamp(evidence.first)}${evidence.example.eventId === "" ? "" : ` ${evidence.example.eventId}`}`,
      ),
    ]),
  ].join("");
}

function comparisonText(terminal: Terminal, comparison: Comparison): string {
  const { policies, administrator, unused, denied, notGranted, wider, matchNothing, conditional } =
    comparison;
  const title = (text: string): string => `\n${bold(terminal, text)}\n`;
  const list = (lines: readonly string[]): string[] => [
    ...lines.slice(0, few).map((line) => item(terminal, 2, `${line}`)),
    more(lines.length),
  ];
  const section = (text: string, lines: readonly string[]): string =>
    lines.length === 0 ? "" : [title(text), ...list(lines)].join("");
  return [
    title("What it has"),
    item(terminal, 2, `${policies.length === 0 ? "no policies" : policies.join(", ")}`),
    ...administrator.map((one) =>
      item(
        terminal,
        2,
        `${one.policy} allows everything: ${count(one.actions)} actions of ${count(one.services)} services; used were ${count(one.usedActions)}: ${one.usedServices.map(({ service, granted, used }) => `${count(used)} of ${count(granted)} of ${service}`).join(", ")}. Nothing of the other ${count(one.services - one.usedServices.length)} services was.`,
      ),
    ),
    section(
      "Granted and unused",
      unused.map(
        (one) =>
          `${one.policy}, ${one.statement}: ${count(one.unused.length)} of ${plural(one.granted, "action")}: ${some(one.unused)}`,
      ),
    ),
    section(
      "Used and denied",
      denied.map(
        (one) => `${one.action}${one.isGranted ? ", granted now" : ", not granted"}: ${one.message}`,
      ),
    ),
    section(
      "Used, granted by something else (a resource's policy, or since taken away)",
      notGranted.map((one) => `${one.action} on ${some(one.resources)}`),
    ),
    section(
      "Granted on more than was used",
      wider.map((one) => `${one.action}: on ${some(one.granted)}; used on ${some(one.used)}`),
    ),
    section("Patterns that no action of IAM matches", matchNothing),
    section("Not weighed: statements with conditions or a Deny", conditional),
  ].join("");
}

/** Words wrapped behind an indent, the lines after the first two cells further in. */
function item(terminal: Terminal, cells: number, text: string): string {
  const indent = " ".repeat(cells);
  const inner = terminal.width === undefined ? terminal : { ...terminal, width: terminal.width - cells };
  return wrapped(inner, text)
    .split("\n")
    .map((line) => (line === "" ? "" : indent + line))
    .join("\n");
}

function some(all: readonly string[]): string {
  return all.length <= 5 ? all.join(", ") : `${all.slice(0, 4).join(", ")} and ${count(all.length - 4)} more`;
}

function more(length: number): string {
  return length > few ? `  and ${count(length - few)} more (--json)\n` : "";
}

function conditionText(
  condition: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>,
): string {
  return Object.values(condition)
    .flatMap((keys) => Object.entries(keys))
    .map(([key, value]) => `${key} is ${typeof value === "string" ? value : value.join(" or ")}`)
    .join(" and ");
}

function period(first: string, last: string): string {
  if (first === "") return "";
  const [from, to] = [stamp(first), stamp(last)];
  if (from === to) return `, ${from} UTC`;
  return `, ${from} to ${to.slice(0, 10) === from.slice(0, 10) ? to.slice(11) : to} UTC`;
}

function stamp(time: string): string {
  return time.slice(0, 16).replace("T", " ");
}

function plural(n: number, one: string, several = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : several}`;
}

function nameOf(arn: string): string {
  if (arn.endsWith(":root")) return arn.split(":")[4] ?? arn;
  return arn.slice(arn.lastIndexOf("/") + 1);
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
