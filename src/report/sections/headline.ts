import { type Html, html } from "../html.ts";
import type { ReportModel } from "../model.ts";
import { count, percent, shareOf } from "../numbers.ts";
import { plural, section } from "./section.ts";

/** The figures that people quote, and the same in sentences. */
export function headline(model: ReportModel): Html {
  const { facts, layer, species, assessments } = model;
  const { all, withRecords } = model.regionCounts;
  const { read, kept } = facts.records;
  const files = facts.source.inputs.length;
  const figures: { value: string; name: string; note: string; kind?: string }[] = [
    {
      value: count(read),
      name: "records read",
      note: files > 0 ? `in ${count(files)} ${plural(files, "file")}` : facts.source.description,
    },
    { value: count(kept), name: "records kept", note: `${percent(shareOf(kept, read))} of those read` },
  ];
  if (species !== null)
    figures.push({
      value: count(species),
      name: plural(species, "species", "species"),
      note: "different species among the records kept",
    });
  if (assessments !== null) {
    const note = "listed as such in at least one place";
    figures.push({
      value: count(assessments.of.introduced.species),
      name: "introduced species",
      note,
      kind: "introduced",
    });
    figures.push({
      value: count(assessments.of.invasive.species),
      name: "invasive species",
      note,
      kind: "invasive",
    });
  }
  if (all > 0 && layer !== null) {
    figures.push({
      value: count(withRecords),
      name: `${plural(withRecords, "region")} with records`,
      note: `of ${count(all)} in the layer ${layer.title}`,
    });
  }
  return section(
    "glance",
    "At a glance",
    html`<ul class="figures">${figures.map(
      ({ value, name, note, kind }) =>
        html`<li class="figure ${kind ?? ""}"><span class="value">${value}</span> <span class="name">${name}</span> <span class="note">${note}</span></li>`,
    )}</ul>${kept === 0 && html`<p class="notice">No record passed the rules of the profile, so there is nothing to map or to count. <a href="#records">What was dropped, and why</a> tells which rule to look at.</p>`}${
      facts.register !== undefined && presumedNative(facts.register.name)
    }${facts.warnings.length > 0 && html`<div class="notice"><h3>To keep in mind</h3><ul>${facts.warnings.map((warning) => html`<li>${warning}</li>`)}</ul></div>`}`,
  );
}

function presumedNative(register: string): Html {
  return html`<p class="caution"><strong>How to read the assessments.</strong> A species is called introduced or invasive where ${register} lists it so. <strong>Presumed native means only that the species is not listed in the register for that place</strong>; nobody has examined whether it is native there. A species may be introduced in one place and presumed native in another.</p>`;
}
