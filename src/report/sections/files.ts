import { type Content, type Html, html } from "../html.ts";
import type { ReportModel } from "../model.ts";
import { section } from "./section.ts";

/** How to get at the data that the report was made from. */
export function files(model: ReportModel): Html {
  const { facts, files: tables } = model;
  const names = [...new Set(tables.map((file) => file.replace(/\.[a-z]+$/, "")))];
  const link = (path: string): Content =>
    html`<a href="${path.split("/").map(encodeURIComponent).join("/")}"><code>${path}</code></a>`;
  return section(
    "files",
    "The data behind this report",
    html`<div class="card"><p>Everything lies in the folder of this file. Links work while it stays there.</p><dl>
<dt>Summaries</dt><dd>${names.length === 0 ? "None." : html`<ul class="file-list">${names.map((name) => html`<li><code>${name}</code> ${tables.filter((file) => file.replace(/\.[a-z]+$/, "") === name).map((file) => html`<a href="tables/${encodeURIComponent(file)}">${file.slice(name.length + 1)}<span class="unseen"> of ${name}</span></a> `)}</li>`)}</ul>`}</dd>
<dt>Maps</dt><dd>${facts.layers.length === 0 ? "None." : html`GeoParquet with the polygons and their counts, in <code>maps/</code>, for QGIS, GeoPandas, sf and DuckDB.`}</dd>
<dt>Records</dt><dd>The kept records with their regions and assessments: Parquet files in <code>occurrences/</code>.</dd>
<dt>Description</dt><dd>${link("datapackage.json")} says what every table and column means (Frictionless Data Package); ${link("manifest.json")} says what went in, what came out and what was dropped, with checksums.</dd></dl>
${
  names.length > 0 &&
  html`<p>For example, in Python:</p><pre tabindex="0"><code>import pandas
pandas.read_parquet("tables/${names.find((name) => name.endsWith("_counts")) ?? names[0]}.parquet")</code></pre>`
}</div>`,
  );
}
