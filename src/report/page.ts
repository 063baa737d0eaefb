import { createHash } from "node:crypto";
import { type Content, type Html, html } from "./html.ts";
import type { ReportModel } from "./model.ts";
import { count, day, duration } from "./numbers.ts";
import { files } from "./sections/files.ts";
import { headline } from "./sections/headline.ts";
import { otherLayers } from "./sections/other-layers.ts";
import { provenance } from "./sections/provenance.ts";
import { records } from "./sections/records.ts";
import { richness } from "./sections/richness.ts";
import { species } from "./sections/species.ts";
import { where } from "./sections/where.ts";
import { nameOfSource } from "./source-name.ts";

/** The whole page; `style` and `script` are the texts of report.css and report.client.js. */
export function page(model: ReportModel, parts: { style: string; script: string }): string {
  const { facts } = model;
  const chapters: readonly [string, string, Html | null][] = [
    ["glance", "At a glance", headline(model)],
    ["where", "Where", where(model)],
    ["species", "Species", species(model)],
    ["records", "Records", records(model)],
    ["richness", "Richness", richness(model)],
    ["other-layers", "Other layers", otherLayers(model)],
    ["sources", "Sources", provenance(model)],
    ["files", "Data", files(model)],
  ];
  // Nothing may be fetched, and nothing runs but the style and script below, known by their hashes.
  const policy = [
    "default-src 'none'",
    `style-src 'sha256-${hash(parts.style)}'`,
    `script-src 'sha256-${hash(parts.script)}'`,
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  const body = html`<a class="skip" href="#main">Skip to the report</a>
${facts.synthetic && html`<div class="sample-banner" role="note"><strong>Sample data</strong> These records are invented. Nothing here describes the real world.</div>`}
<header><div class="wide"><p class="kind">Biodiversity report</p><h1>${facts.title}</h1>${subtitle(model)}</div>
<nav aria-label="Chapters"><ul class="wide">${chapters.map(([id, name, part]) => part !== null && html`<li><a href="#${id}">${name}</a></li>`)}</ul></nav></header>
<main id="main" tabindex="-1" class="wide">${chapters.map(([, , part]) => part)}</main>
<footer><div class="wide">${footer(model)}</div></footer>`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="bisonflow">
${html`<title>${facts.title}${facts.synthetic && " (sample data)"}</title>`.text}
<link rel="icon" href="data:,">
<style>${parts.style}</style>
</head>
<body>
${body.text}
<script>${parts.script}</script>
</body>
</html>
`;
}

function hash(text: string): string {
  return createHash("sha256").update(text).digest("base64");
}

function subtitle({ facts }: ReportModel): Content {
  const { source, generatedAt } = facts;
  return html`<p class="subtitle">${nameOfSource(facts)}${source.snapshotDate !== undefined && ` · snapshot of ${day(source.snapshotDate)}`} · report of ${day(generatedAt)}</p>`;
}

function footer({ facts }: ReportModel): Content {
  const seconds = facts.stages.reduce((sum, stage) => sum + stage.seconds, 0);
  return html`<p>Made by bisonflow ${facts.version} on <time datetime="${facts.generatedAt}">${facts.generatedAt}</time>, profile ${facts.profile}, names resolved by ${facts.resolve}, at least ${count(facts.minOccurrences)} records for presence.</p>
${facts.stages.length > 0 && html`<p>Time: ${facts.stages.map((stage, i) => `${i > 0 ? ", " : ""}${stage.name} ${duration(stage.seconds)}${stage.tasks > 1 ? ` (${count(stage.tasks)} tasks)` : ""}`)}; ${duration(seconds)} in all.</p>`}`;
}
