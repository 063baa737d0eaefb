import { type Content, type Html, html } from "../html.ts";
import type { ReportModel } from "../model.ts";
import { count } from "../numbers.ts";
import { ASSESSMENTS, type SpeciesRow } from "../readings.ts";
import { bar, plural, section, table } from "./section.ts";

const titles = {
  introduced: "Introduced",
  invasive: "Invasive",
  presumed_native: "Presumed native",
} as const;

/** The species with most records, by assessment where there is a register. */
export function species(model: ReportModel): Html | null {
  const { assessments, topSpecies } = model;
  if (assessments !== null) {
    return section(
      "species",
      "Which species are recorded most",
      html`<p class="lead">Counted over the regions of the layer ${assessments.layer.title}${assessments.layer.overlap === "all" && ", which overlap: a record counts in each"}. Presumed native means only not listed in the register.</p><div class="columns-of-cards three">${ASSESSMENTS.map(
        (assessment) => {
          const { species, top } = assessments.of[assessment];
          return html`<div class="card"><h3 class="${assessment}"><span class="dot" aria-hidden="true"></span>${titles[assessment]}</h3><p>${count(species)} ${plural(species, "species", "species")}</p>${list(top, `${titles[assessment]} species with most records`, assessment)}</div>`;
        },
      )}</div>`,
    );
  }
  if (topSpecies === null || topSpecies.length === 0) return null;
  return section(
    "species",
    "Which species are recorded most",
    html`<div class="card">${model.facts.register === undefined && html`<p>No register of introduced species was given, so nothing is assessed as introduced, invasive or presumed native.</p>`}${list(topSpecies, "Species with most records", "plain")}</div>`,
  );
}

function list(top: readonly SpeciesRow[], caption: string, kind: string): Content {
  const [first] = top;
  if (first === undefined) return html`<p class="nothing">None.</p>`;
  const regions = first.regions !== null;
  return table({
    caption,
    hideCaption: true,
    head: [
      { text: "Species" },
      { text: "Records", numeric: true },
      ...(regions ? [{ text: "Regions", numeric: true }] : []),
    ],
    rows: top.map((row) => [
      html`${row.name === null ? html`key ${row.key}` : html`<i>${row.name}</i>`}${row.group !== null && html` <span class="note">${row.group}</span>`}${bar(row.occurrences / (first.occurrences || 1), kind)}`,
      count(row.occurrences),
      ...(row.regions === null ? [] : [count(row.regions)]),
    ]),
  });
}
