import { columnChart } from "../column-chart.ts";
import { type Content, type Html, html } from "../html.ts";
import type { ReportModel } from "../model.ts";
import { count, percent, shareOf } from "../numbers.ts";
import type { LayerFacts, RunFacts } from "../run-facts.ts";
import { bar, capital, plural, section, table } from "./section.ts";
import { yearColumns } from "./years.ts";

/** What was kept and dropped, how records were placed, what is odd about them, and from which years they are. */
export function records(model: ReportModel): Html {
  const { facts } = model;
  return section(
    "records",
    "How the records were chosen and placed",
    html`<div class="card"><h3>Read, kept and dropped</h3>${keptAndDropped(facts)}</div>
${facts.layers.length > 0 && facts.records.kept > 0 && html`<div class="card"><h3>Placed in regions</h3>${placement(facts.layers)}</div>`}
<div class="columns-of-cards">${years(facts)}${flags(facts)}</div>`,
  );
}

function keptAndDropped({ records: { read, kept, dropped }, profile }: RunFacts): Content {
  const lost = dropped.reduce((sum, { occ_count }) => sum + occ_count, 0);
  const most = Math.max(...dropped.map(({ occ_count }) => occ_count), 1);
  const sum = `${count(read)} read = ${count(kept)} kept + ${count(lost)} dropped`;
  return html`<p>The profile “${profile}” decides which records count. A record that breaks several rules is counted under the first. <strong class="sum">${sum}</strong></p>
${read > 0 && html`<svg class="split" viewBox="0 0 1000 40" preserveAspectRatio="none" role="img" aria-labelledby="split-title split-desc"><title id="split-title">Records kept and dropped</title><desc id="split-desc">${sum}</desc><rect class="track" width="1000" height="40"/><rect class="kept" width="${((1000 * kept) / read).toFixed(1)}" height="40"/></svg>`}
${table({
  caption: "Records kept, and dropped by each rule",
  hideCaption: true,
  head: [{ text: "What happened" }, { text: "Records", numeric: true }, { text: "Share", numeric: true }],
  rows: [
    [html`<strong>Kept</strong>`, count(kept), percent(shareOf(kept, read))],
    ...dropped.map(({ rule, occ_count, description }) => [
      html`<span class="rule">Dropped: <code>${rule}</code></span> <span class="note">${description}</span>${bar(occ_count / most, "dropped")}`,
      count(occ_count),
      percent(shareOf(occ_count, read)),
    ]),
  ],
})}`;
}

function placement(layers: readonly LayerFacts[]): Content {
  const ways = [...new Set(layers.flatMap((layer) => layer.placement.map(({ how }) => how)))];
  const meaning: Record<string, string> = {
    inside: "Inside a region",
    nearest: "Moved to the nearest region",
    outside: "Outside all regions",
  };
  return html`${table({
    caption: "Kept records by how they were placed in each layer",
    hideCaption: true,
    head: [
      { text: "Layer" },
      { text: "Regions", numeric: true },
      ...ways.map((how) => ({ text: meaning[how] ?? how, numeric: true })),
    ],
    rows: layers.map((layer) => {
      const all = layer.placement.reduce((sum, { occ_count }) => sum + occ_count, 0);
      return [
        html`${capital(layer.title)} <span class="note">${layerNote(layer)}</span>`,
        count(layer.regions),
        ...ways.map((how) => {
          const found = layer.placement.find((one) => one.how === how);
          return found === undefined
            ? "–"
            : html`${count(found.occ_count)} <span class="note">${percent(shareOf(found.occ_count, all))}</span>`;
        }),
      ];
    }),
  })}<p class="hint">Each row adds up to the records kept. Boundaries are generalised, so records at a coast or border may fall outside or on the other side.</p>`;
}

function layerNote({ overlap, snapMeters, vintage, coarserOf }: LayerFacts): string {
  const notes = [
    coarserOf ? `named by the layer ${coarserOf}` : "",
    vintage ? `edition ${vintage}` : "",
    overlap === "all" ? "regions overlap: a record counts in each" : "",
    snapMeters > 0 ? `records up to ${count(snapMeters)} m outside go to the nearest region` : "",
  ];
  return notes.filter((note) => note !== "").join("; ");
}

function years({ years: given, records: { kept } }: RunFacts): Content {
  if (given === undefined || given.length === 0) return null;
  const dated = given.reduce((sum, { occ_count }) => sum + occ_count, 0);
  const { columns, step, first, last, outside } = yearColumns(given);
  const shown = dated - (outside?.records ?? 0);
  const peak = given.reduce<(typeof given)[number] | undefined>(
    (most, one) =>
      one.year >= first && one.year <= last && one.occ_count > (most?.occ_count ?? 0) ? one : most,
    undefined,
  );
  return html`<div class="card">${columnChart({
    id: "years",
    title: "Records per year",
    description: `${count(shown)} ${plural(shown, "record")} from ${first} to ${last}${peak ? `; most, ${count(peak.occ_count)}, in ${peak.year}` : ""}.`,
    columns,
    xTitle: step === 1 ? "Year of the observation" : `Year of the observation, ${step} years a column`,
    yTitle: "records",
    labelTitle: step === 1 ? "Year" : "Years",
  })}${outside !== undefined && html`<p class="hint">${count(outside.records)} kept ${plural(outside.records, "record")} of ${outside.first === outside.last ? `the year ${outside.first}` : `years from ${outside.first} to ${outside.last}`} ${plural(outside.records, "lies", "lie")} too far from the others to be drawn here; ${plural(outside.records, "it counts", "they count")} in every table.</p>`}${kept > dated && html`<p class="hint">${count(kept - dated)} kept ${plural(kept - dated, "record says", "records say")} no year.</p>`}</div>`;
}

function flags({ flags: given, records: { kept } }: RunFacts): Content {
  if (given.length === 0) return null;
  return html`<div class="card"><h3>Quality flags</h3><p>Flags are warnings: a flagged record is kept and counted unless the profile leaves it out.</p>${table(
    {
      caption: "Quality flags among the records kept",
      hideCaption: true,
      head: [{ text: "Flag" }, { text: "Records", numeric: true }, { text: "Share", numeric: true }],
      rows: given.map(({ name, occ_count, description }) => [
        html`<code>${name}</code> <span class="note">${description}</span>`,
        count(occ_count),
        percent(shareOf(occ_count, kept)),
      ]),
    },
  )}</div>`;
}
