import { checkTitle } from "../../aws/doctor/checks/checks.ts";
import type { Diagnosis, Explanation, Finding } from "../../aws/doctor/index.ts";
import { stepText } from "../../aws/doctor/mend-step.ts";
import { displayWidth, printable } from "../display-width.ts";
import { bold, type Terminal } from "../terminal.ts";

/** Lines of a report are no longer than this however wide the terminal is: text is read, not scanned. */
const widest = 100;
const usual = 80;

/** The doctor's report for people: findings, checks that passed, checks that could not run. */
export function diagnosisText(terminal: Terminal, diagnosis: Diagnosis): string {
  const page = pageOf(terminal);
  const { account, region, caller, scope, findings, passed, notRun } = diagnosis;
  const lines = [
    ...page.labelled("Account", `${account}, ${region}`),
    ...page.labelled("As", caller),
    ...page.labelled("Looked at", scope),
    "",
    page.heading(findings.length === 0 ? "Findings: none" : `Findings: ${findings.length}`),
    ...findings.flatMap((finding, index) => [
      "",
      ...findingLines(page, { finding, number: index + 1, region }),
    ]),
    "",
    page.heading(`Checks that passed: ${passed.length}`),
  ];
  for (const [check, resources] of grouped(passed.map(({ check, resource }) => [check, resource]))) {
    lines.push(...page.item("✓", checkTitle(check)), ...page.indented(listed(resources), 4));
  }
  lines.push("", page.heading(`Checks that could not run: ${notRun.length}`));
  for (const [check, actions] of grouped(notRun.map(({ check, missingAction }) => [check, missingAction]))) {
    lines.push(...page.item("?", checkTitle(check)), ...page.indented(`needs ${actions.join(", ")}`, 4));
  }
  return `${lines.join("\n")}\n`;
}

/** What is known of a pasted text, for people. */
export function explanationText(terminal: Terminal, explanations: readonly Explanation[]): string {
  const page = pageOf(terminal);
  const lines = explanations.flatMap((one, index) => [
    ...(index === 0 ? [] : ["", "or", ""]),
    page.heading(one.code),
    ...page.indented(one.title, 0),
    "",
    ...page.labelled("AWS says", one.awsError.replace(/\{([a-zA-Z]+)\}/g, "…")),
    ...page.labelled("Cause", one.cause),
    ...one.mends.flatMap((mend) => [
      ...page.labelled("Mend", mend.words),
      ...mend.steps.flatMap((step) => page.command(stepText(step))),
    ]),
    ...[...new Set(one.mends.flatMap(({ stackOption }) => stackOption ?? []))].flatMap((option) =>
      page.labelled("Our stack", option),
    ),
  ]);
  return `${lines.join("\n")}\n`;
}

/** A change as it is shown before somebody agrees to it. */
export function changeText(terminal: Terminal, finding: Finding, region: string): string {
  const page = pageOf(terminal);
  const lines = [
    ...page.labelled("Change", finding.mend.words),
    ...page.labelled("For", `${finding.code}, ${finding.resource}`),
    ...finding.mend.steps.flatMap((step) => page.command(stepText(step, region))),
  ];
  return `${lines.join("\n")}\n`;
}

function findingLines(
  page: Page,
  { finding, number, region }: { finding: Finding; number: number; region: string },
): string[] {
  const { code, severity, title, resource, awsError, cause, mend } = finding;
  return [
    `${page.strong(`${number}. ${code}`)}  ${severity}`,
    ...page.indented(title, 3),
    ...page.indented(resource, 3),
    "",
    ...page.labelled("AWS says", awsError),
    ...page.labelled("Cause", cause),
    ...page.labelled("Mend", mend.words),
    ...mend.steps.flatMap((step) => page.command(stepText(step, region))),
    ...(mend.stackOption === undefined ? [] : page.labelled("Our stack", mend.stackOption)),
  ];
}

interface Page {
  strong(text: string): string;
  heading(text: string): string;
  /** A word on the left, a text beside it. */
  labelled(label: string, text: string): string[];
  item(mark: string, text: string): string[];
  indented(text: string, by: number): string[];
  /** A command, broken between its options so that it can be pasted as it stands. */
  command(text: string): string[];
}

const labelWidth = 13;

function pageOf(terminal: Terminal): Page {
  const width = Math.min(terminal.width ?? usual, widest);
  const indented = (text: string, by: number): string[] =>
    filled(words(text), width - by).map((line) => " ".repeat(by) + line);
  const hanging = (first: string, text: string): string[] => {
    const by = displayWidth(first);
    return filled(words(text), width - by).map(
      (line, index) => (index === 0 ? first : " ".repeat(by)) + line,
    );
  };
  return {
    strong: (text) => bold(terminal, text),
    heading: (text) => bold(terminal, text),
    labelled: (label, text) => hanging(`   ${label}`.padEnd(labelWidth), text),
    item: (mark, text) => hanging(`  ${mark} `, text),
    indented,
    command: (text) => {
      const left = " ".repeat(labelWidth);
      // A break may come before an option, never inside a quoted word.
      const parts = printable(text).split(/ (?=--|&& |do |done)/);
      const lines = filled(parts, width - labelWidth - 6);
      return lines.map((line, index) => {
        const more = index < lines.length - 1 ? " \\" : "";
        return `${left}${index === 0 ? "$ " : "    "}${line}${more}`;
      });
    },
  };
}

/** The words of a text. Names come from the account: they must not steer the terminal. */
function words(text: string): string[] {
  return text.split(/\s+/).map(printable);
}

/** Words put into lines; one that is longer than a line has it for itself. */
function filled(words: readonly string[], width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of words) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (line !== "" && displayWidth(longer) > width) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line];
}

function grouped(pairs: readonly (readonly [string, string])[]): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const [key, value] of pairs) groups.set(key, [...(groups.get(key) ?? []), value]);
  return groups;
}

function listed(resources: readonly string[]): string {
  const shown = resources.slice(0, 6).join("; ");
  return resources.length > 6 ? `${shown}; and ${resources.length - 6} more` : shown;
}
