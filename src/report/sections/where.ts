import type { Drawing } from "../draw-map.ts";
import { type Content, Html, html, jsonBlock } from "../html.ts";
import type { Metric } from "../metrics.ts";
import type { ReportModel } from "../model.ts";
import { count, percent } from "../numbers.ts";
import type { RegionFigures } from "../readings.ts";
import { capital, plural, section, table } from "./section.ts";

/** Shares of few records say little: regions below this many are left out of the five highest. */
const ENOUGH_RECORDS = 50;
const FIRST_ROWS = 20;

/** The map, its switch and legend, and all regions as a table. */
export function where(model: ReportModel): Html | null {
  const { regions, layer, drawing } = model;
  if (regions === null || layer === null || regions.ids.length === 0) return null;
  const lost = layer.placement.find(({ how }) => how === "outside")?.occ_count ?? 0;
  return section(
    "where",
    "Where the records are",
    html`<p class="lead">${capital(layer.title)}${layer.vintage ? ` (edition ${layer.vintage})` : ""}: ${count(model.regionCounts.all)} ${plural(model.regionCounts.all, "region")}.${
      regions.ids.length < model.regionCounts.all &&
      ` The map and the table show the ${count(regions.ids.length)} with most records.`
    }${
      lost > 0 &&
      ` ${count(lost)} kept ${plural(lost, "record lies", "records lie")} outside all of them and ${plural(lost, "is", "are")} not on the map.`
    }</p>${drawing !== null && mapCard(model, drawing)}${regionTable(model, regions)}${jsonBlock("region-data", clientData(model, regions))}`,
  );
}

function mapCard(model: ReportModel, drawing: Drawing): Html {
  const { metrics, layer } = model;
  const [first] = metrics;
  if (first === undefined) return html``;
  return html`<div class="card map-card">
<fieldset class="switch needs-script"><legend>Show on the map</legend>${metrics.map(
    (metric, i) =>
      html`<label><input type="radio" name="metric" value="${metric.key}"${i === 0 ? html` checked` : ""}><span>${metric.title}</span></label>`,
  )}</fieldset>
<div class="map-and-legend">
<div class="map" id="map" role="application" tabindex="0" aria-roledescription="map" aria-label="Map of the layer ${layer?.title ?? ""}. Arrow keys move from region to region, Home goes to the region with most records, Escape leaves it. The table below holds the same figures.">
${mapSvg(drawing, first, layer?.title ?? "")}<div class="tooltip" id="tooltip" hidden></div></div>
<div class="legends">${metrics.map((metric, i) => legend(model, metric, i === 0))}</div>
</div><p class="unseen" id="map-voice" aria-live="polite"></p><p class="hint needs-script">Point at a region, tap it, or move with the arrow keys for its figures.</p>${notDrawn(model)}</div>`;
}

function mapSvg(drawing: Drawing, metric: Metric, layer: string): Html {
  const codes = metric.classes.codes;
  const paths = drawing.paths
    .map((path, i) => (path === null ? "" : `<path class="t${codes[i]}" d="${path}"/>`))
    .join("");
  const absent = drawing.paths.filter((path) => path === null).length;
  return html`<svg viewBox="0 0 ${drawing.width} ${drawing.height}" role="img" aria-labelledby="map-title map-desc" focusable="false"><title id="map-title">Map: ${layer}</title><desc id="map-desc">Each region is coloured by the figure chosen above; darker in print and on a light screen, brighter on a dark one, means more. Hatched regions have no records.${absent > 0 && ` ${count(absent)} ${plural(absent, "region is", "regions are")} outside the drawing and in the table only.`}</desc>
<defs><pattern id="hatch" width="70" height="70" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect class="hatch-ground" width="70" height="70"/><rect class="hatch-line" width="16" height="70"/></pattern><pattern id="dots" width="80" height="80" patternUnits="userSpaceOnUse"><rect class="hatch-ground" width="80" height="80"/><circle class="hatch-line" cx="40" cy="40" r="18"/></pattern></defs>
<g id="regions">${new Html(paths)}</g><path class="borders" d="${drawing.borders}"/><path id="cursor" class="cursor" d=""/>
<g class="insets" aria-hidden="true">${drawing.insets
    .filter(({ framed }) => framed)
    .map(
      ({ title, box: [left, top, right, bottom] }) =>
        html`<rect x="${left}" y="${top}" width="${right - left}" height="${bottom - top}"/><text${right > 0.8 * drawing.width ? html` class="end" x="${right - 10}"` : html` x="${left + 10}"`} y="${right > 0.8 * drawing.width ? bottom + 140 : top - 40}">${title}</text>`,
    )}</g></svg>`;
}

function notDrawn({ drawing, labels, layer }: ReportModel): Content {
  const absent = labels.filter((_, i) => drawing?.paths[i] === null);
  if (absent.length === 0) return null;
  const named = absent.length <= 6 ? ` (${absent.join("; ")})` : "";
  return html`<p class="hint">${count(absent.length)} ${plural(absent.length, "region")} of the layer ${layer?.title ?? ""} ${plural(absent.length, "is", "are")} in the table only: without area in the layer’s file, or far from the others${named}.</p>`;
}

function legend(model: ReportModel, metric: Metric, shown: boolean): Html {
  const { classes } = metric;
  const row = (swatch: string, label: string, regions: number): Content =>
    html`<li><svg class="swatch" viewBox="0 0 280 180" aria-hidden="true" focusable="false"><rect class="t${swatch}" width="280" height="180"/></svg><span>${label}</span> <span class="number">${count(regions)}</span></li>`;
  return html`<div class="legend" data-metric="${metric.key}"${shown ? "" : html` hidden`}><h3>${metric.title}</h3><p>${metric.explanation}. On the right: regions in each class.</p><ul>${classes.labels.map((label, i) => row(String(classes.tones[i]), label, classes.regions[i] ?? 0))}${classes.undefinedRegions > 0 && row("u", "records, but none assessed", classes.undefinedRegions)}${classes.withoutRecords > 0 && row("n", "no records", classes.withoutRecords)}</ul>${highest(model, metric)}</div>`;
}

function highest({ regions, labels }: ReportModel, metric: Metric): Content {
  const share = metric.kind === "share";
  const ranked = metric.values
    .map((value, i) => ({ value, i, records: regions?.occurrences[i] ?? 0 }))
    .filter(
      (one): one is { value: number; i: number; records: number } =>
        one.value !== null && one.value > 0 && (!share || one.records >= ENOUGH_RECORDS),
    )
    .sort((a, b) => b.value - a.value || a.i - b.i)
    .slice(0, 5);
  if (ranked.length === 0) return null;
  return html`<h4>Highest${share && ` with ${ENOUGH_RECORDS} records or more`}</h4><ol>${ranked.map(({ value, i }) => html`<li><span>${labels[i]}</span> <span class="number">${share ? percent(value) : count(value)}</span></li>`)}</ol>`;
}

function columnsOf(
  model: ReportModel,
  regions: RegionFigures,
): { key: string; title: string; kind: "count" | "share"; values: readonly (number | null)[] }[] {
  const columns = [
    { key: "occurrences", title: "Records", kind: "count" as const, values: regions.occurrences },
    { key: "species", title: "Species", kind: "count" as const, values: regions.species },
  ];
  if (model.facts.register === undefined) return columns;
  return [
    ...columns,
    {
      key: "introducedSpecies",
      title: "Introduced species",
      kind: "count",
      values: regions.assessedSpecies.introduced,
    },
    {
      key: "invasiveSpecies",
      title: "Invasive species",
      kind: "count",
      values: regions.assessedSpecies.invasive,
    },
    {
      key: "introduced",
      title: "Introduced, % of records",
      kind: "share",
      values: regions.recordShare.introduced,
    },
    {
      key: "invasive",
      title: "Invasive, % of records",
      kind: "share",
      values: regions.recordShare.invasive,
    },
  ];
}

/** The first rows stand in the page as it is; the script pages through all of them. */
function regionTable(model: ReportModel, regions: RegionFigures): Html {
  const columns = columnsOf(model, regions);
  const order = regions.ids
    .map((_, i) => i)
    .sort((a, b) => (regions.occurrences[b] ?? 0) - (regions.occurrences[a] ?? 0) || a - b);
  const caption = `Regions of the layer ${model.layer?.title ?? ""}`;
  return html`<div class="card" id="region-table"><h3>The regions as a table</h3>${model.drawing !== null && html`<p class="needs-script hint">Choose a region’s name to see it on the map, a column’s to sort by it.</p>`}
<div class="table-tools needs-script"><label>Search by name or identifier <input type="search" id="region-search" autocomplete="off" spellcheck="false"></label><p id="region-status" role="status"></p></div>
${table({
  caption,
  hideCaption: true,
  head: [{ text: "Region" }, ...columns.map(({ title }) => ({ text: title, numeric: true }))],
  rows: order
    .slice(0, FIRST_ROWS)
    .map((i) => [
      model.labels[i],
      ...columns.map(({ kind, values }) =>
        kind === "count" ? count(values[i] ?? 0) : percent(values[i] ?? null),
      ),
    ]),
})}
<div class="pages needs-script"><button type="button" id="page-back">Previous</button><span id="page-at"></span><button type="button" id="page-on">Next</button></div>
<p class="static-note"><span id="table-note">The ${Math.min(FIRST_ROWS, regions.ids.length)} regions with most records</span>; all of them are in <code>tables/${model.layer?.name ?? ""}_counts</code>.</p></div>`;
}

function clientData(model: ReportModel, regions: RegionFigures): unknown {
  const { drawing } = model;
  const short = (value: number | null) => (value === null ? null : Number(value.toPrecision(5)));
  return {
    ids: regions.ids,
    labels: model.labels,
    columns: columnsOf(model, regions).map((column) => ({
      ...column,
      values: column.kind === "share" ? column.values.map(short) : column.values,
    })),
    metrics: model.metrics.map(({ key, title, kind, classes, values }) => ({
      key,
      title,
      kind,
      codes: classes.codes,
      values: values.map((value) => (kind === "share" ? short(value) : value)),
    })),
    drawn: drawing?.paths.map((path, i) => (path === null ? -1 : i)).filter((i) => i >= 0) ?? [],
    middles: drawing?.middles ?? [],
    pageRows: FIRST_ROWS,
  };
}
