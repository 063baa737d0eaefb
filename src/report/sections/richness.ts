import { columnChart } from "../column-chart.ts";
import { histogram } from "../histogram.ts";
import { type Content, type Html, html } from "../html.ts";
import type { ReportModel } from "../model.ts";
import { count, decimal, percent } from "../numbers.ts";
import type { StatisticsOf } from "../readings.ts";
import { capital, plural, section, table } from "./section.ts";
import { explain, whyUndefined } from "./statistics-words.ts";

/** Species per region, regions per species, and the statistics of the presence-absence matrix. */
export function richness(model: ReportModel): Html | null {
  if (model.statistics === null) return null;
  const { layer, of } = model.statistics;
  const minimum = model.facts.minOccurrences;
  return section(
    "richness",
    "Richness and range",
    html`<p class="lead">${capital(layer.title)}: a species counts as present in a region with at least ${count(minimum)} ${plural(minimum, "record")} there. All figures below rest on that. Each column of the charts starts at the number below it.</p>
<div class="columns-of-cards">${richnessChart(of)}${rangeChart(of)}</div><div class="card"><h3>Diversity of the whole</h3>${diversity(of, minimum)}</div>`,
  );
}

function richnessChart({ alpha }: StatisticsOf): Content {
  if (alpha.length === 0)
    return html`<div class="card"><h3>Species per region</h3><p class="nothing">No region has a species with enough records.</p></div>`;
  return html`<div class="card">${columnChart({
    id: "richness-chart",
    title: "Species per region",
    description: `Of ${count(alpha.length)} regions, half have ${count(median(alpha))} species or more; the richest has ${count(alpha[0] ?? 0)}.`,
    columns: histogram(alpha, { one: "species", many: "species" }),
    xTitle: "Species in a region",
    yTitle: "regions",
    labelTitle: "Species in a region",
  })}<p>Half of the ${count(alpha.length)} regions have ${count(median(alpha))} species or more; the richest has ${count(alpha[0] ?? 0)}.</p></div>`;
}

function rangeChart({ omega, widest }: StatisticsOf): Content {
  if (omega.length === 0)
    return html`<div class="card"><h3>Regions per species</h3><p class="nothing">No species has enough records in any region.</p></div>`;
  const words = rangeWords(omega);
  return html`<div class="card">${columnChart({
    id: "range-chart",
    title: "Range size: regions per species",
    description: `${words} The most widespread occurs in ${count(omega[0] ?? 0)}.`,
    columns: histogram(omega, { one: "region", many: "regions" }),
    xTitle: "Regions where a species is present",
    yTitle: "species",
    labelTitle: "Regions where a species is present",
  })}<p>${words}${
    widest.length > 0 &&
    html` Most widespread: ${widest.map(({ name, omega: size }, i) => html`${i > 0 && ", "}<i>${name}</i> (${count(size)})`)}.`
  }</p></div>`;
}

function rangeWords(omega: readonly number[]): string {
  const single = omega.filter((size) => size === 1).length;
  const alone = `${count(single)} of the ${count(omega.length)} species (${percent(single / omega.length)}) ${plural(single, "occurs", "occur")} in one region alone.`;
  if (median(omega) === 1) return alone;
  const half = `Half of the ${count(omega.length)} species occur in ${count(median(omega))} regions or more.`;
  return single === 0 ? half : `${half} ${alone}`;
}

/** Upper median: values stand most first, so half of them are at least this. */
function median(descending: readonly number[]): number {
  return descending[Math.ceil(descending.length / 2) - 1] ?? 0;
}

function diversity({ diversity: given }: StatisticsOf, minimum: number): Content {
  const value = (name: string) => given.find(({ statistic }) => statistic === name)?.value ?? 0;
  const size = { sites: value("sites"), species: value("species") };
  return table({
    caption: "Diversity statistics of the presence-absence matrix",
    hideCaption: true,
    head: [{ text: "Statistic" }, { text: "Value", numeric: true }],
    rows: given.map(({ statistic, value: number }) => {
      const { title, meaning } = explain(statistic);
      const why = number === null ? ` Undefined here: ${whyUndefined(statistic, { ...size, minimum })}.` : "";
      return [
        html`${title} <code>${statistic}</code> <span class="note">${meaning}${why}</span>`,
        number === null ? html`<em>undefined</em>` : decimal(number),
      ];
    }),
  });
}
