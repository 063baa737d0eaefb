import { type Content, type Html, html } from "../html.ts";
import { describeLicence } from "../licence.ts";
import type { ReportModel } from "../model.ts";
import { bytes, count, day, percent, shareOf } from "../numbers.ts";
import type { RunFacts } from "../run-facts.ts";
import { nameOfKind } from "../source-name.ts";
import { capital, plural, section, table } from "./section.ts";

/** Where everything comes from, how it may be used, and how the register was read. */
export function provenance(model: ReportModel): Html {
  const { facts } = model;
  return section(
    "sources",
    "Sources and licences",
    html`<div class="columns-of-cards"><div class="card"><h3>Occurrence records</h3>${source(facts)}</div><div class="card"><h3>Licence of this result</h3>${licences(facts)}</div></div>
<div class="card"><h3>Register</h3>${register(model)}</div>
<div class="card"><h3>Files read</h3>${inputs(facts)}</div>
<div class="card"><h3>Region layers</h3>${layers(facts)}</div>`,
  );
}

function source({ source: { description, snapshotDate, doi, citation }, synthetic }: RunFacts): Content {
  const bare = doi?.replace(/^(https?:\/\/(dx\.)?doi\.org\/|doi:)/i, "");
  return html`${synthetic && html`<p class="caution"><strong>Invented sample data.</strong> These records describe no real observation.</p>`}<p>${description}</p><dl>
${snapshotDate !== undefined && html`<dt>Snapshot of</dt><dd>${day(snapshotDate)}</dd>`}
${bare !== undefined && bare !== "" && html`<dt>DOI</dt><dd><a href="https://doi.org/${bare}">${bare}</a></dd>`}
${citation !== undefined && html`<dt>Cite as</dt><dd>${citation}</dd>`}</dl>`;
}

function licences({ source: { licences: seen, strictestLicence } }: RunFacts): Content {
  const strictest = strictestLicence === null ? null : describeLicence(strictestLicence);
  const all = seen.reduce((sum, { occ_count }) => sum + occ_count, 0);
  return html`${
    strictest === null
      ? html`<p>The records do not say under which licence they are. Ask the publisher before you pass on what is made from them.</p>`
      : html`<p class="licence"><strong>${strictest.url ? html`<a href="${strictest.url}">${strictest.name}</a>` : strictest.name}</strong></p><p>${
          seen.length > 1
            ? `The records come under ${seen.length} licences, and what is made from them together inherits the strictest: ${strictest.name}.`
            : `All records come under ${strictest.name}, and so does what is made from them.`
        } ${strictest.terms}</p>`
  }${
    seen.length > 0 &&
    table({
      caption: "Licences of the records kept",
      hideCaption: true,
      head: [
        { text: "Licence of the records" },
        { text: "Records", numeric: true },
        { text: "Share", numeric: true },
      ],
      rows: seen.map(({ licence, occ_count }) => [
        describeLicence(licence).name,
        count(occ_count),
        percent(shareOf(occ_count, all)),
      ]),
    })
  }`;
}

function inputs({ source: { inputs: given } }: RunFacts): Content {
  if (given.length === 0) return html`<p class="nothing">None named.</p>`;
  const shown = given.slice(0, 20);
  return html`${table({
    caption: "Files that the records were read from",
    hideCaption: true,
    head: [
      { text: "File" },
      { text: "Kind" },
      { text: "Records", numeric: true },
      { text: "Size", numeric: true },
    ],
    rows: shown.map(({ path, kind, rows, bytes: size }) => [
      html`<code>${path}</code>`,
      nameOfKind(kind),
      count(rows),
      bytes(size),
    ]),
  })}${given.length > shown.length && html`<p class="hint">And ${count(given.length - shown.length)} more, all in manifest.json.</p>`}`;
}

const ways: Record<string, string> = {
  keys: "The register’s own GBIF keys were used, and nothing else.",
  names: "Names were looked up among the taxa at hand.",
  service: "Names were looked up with GBIF’s species match service.",
};

const resolutions: Record<string, string> = {
  given: "key given by the register",
  exact: "name matched exactly",
  fuzzy: "name matched only approximately: for review, not used unless allowed",
  "higher rank": "only a genus or higher was found: not used",
  none: "not found",
};

function register({ facts, resolution }: ReportModel): Content {
  const { register: given } = facts;
  if (given === undefined)
    return html`<p>None was given, so no species is called introduced, invasive or presumed native.</p>`;
  return html`<div class="side-by-side"><div><p><strong>${given.name}</strong> (${given.format})</p>${given.citation !== undefined && html`<p>${given.citation}</p>`}
<p>${ways[facts.resolve] ?? ""} ${count(given.resolved)} of ${count(given.rows)} ${plural(given.rows, "row")} found ${plural(given.rows, "its", "their")} taxon${given.unresolved > 0 && html`; ${count(given.unresolved)} did not, and could not be matched to any record. They are listed in <code>tables/register_resolution</code>`}.</p></div><div>${
    resolution !== null &&
    resolution.length > 0 &&
    table({
      caption: "How the rows of the register found their taxa",
      hideCaption: true,
      head: [{ text: "How" }, { text: "Rows", numeric: true }],
      rows: resolution.map(({ how, rows }) => [resolutions[how] ?? how, count(rows)]),
    })
  }</div></div>
<p class="caution"><strong>Presumed native means only not listed in the register.</strong> Where a row’s name was not found, its species may be among the presumed native.</p>`;
}

function layers({ layers: given }: RunFacts): Content {
  if (given.length === 0) return html`<p class="nothing">None.</p>`;
  return table({
    caption: "Where the boundaries come from",
    hideCaption: true,
    head: [
      { text: "Layer" },
      { text: "Boundaries from" },
      { text: "Edition" },
      { text: "Regions", numeric: true },
    ],
    rows: given.map(({ title, source: from, vintage, coarserOf, regions }) => [
      capital(title),
      coarserOf ? `the fields of the layer ${coarserOf}` : html`<code>${from}</code>`,
      vintage ?? "not stated",
      count(regions),
    ]),
  });
}
