import { type Html, html } from "../html.ts";
import type { ReportModel } from "../model.ts";
import { count, percent } from "../numbers.ts";
import type { RegionFigures } from "../readings.ts";
import type { LayerFacts } from "../run-facts.ts";
import { capital, plural, section, table } from "./section.ts";

const MOST = 10;

/** The layers that are not on the map: their regions with most records. */
export function otherLayers(model: ReportModel): Html | null {
  const shown = model.otherLayers.filter(({ regions }) => regions.ids.length > 0);
  if (shown.length === 0) return null;
  return section(
    "other-layers",
    "Other layers of regions",
    html`<div class="columns-of-cards">${shown.map(({ layer, regions }) => card(layer, regions, model.facts.register !== undefined))}</div>`,
  );
}

function card(layer: LayerFacts, regions: RegionFigures, assessed: boolean): Html {
  const withRecords = regions.occurrences.filter((n) => n > 0).length;
  const order = regions.ids
    .map((_, i) => i)
    .filter((i) => (regions.occurrences[i] ?? 0) > 0)
    .sort((a, b) => (regions.occurrences[b] ?? 0) - (regions.occurrences[a] ?? 0) || a - b)
    .slice(0, MOST);
  return html`<div class="card"><h3>${capital(layer.title)}</h3><p>${count(withRecords)} of ${count(regions.ids.length)} ${plural(regions.ids.length, "region")} with records.${layer.overlap === "all" && " Regions overlap, so a record may count in several."}</p>${
    order.length === 0
      ? html`<p class="nothing">No record lies in any of them.</p>`
      : table({
          caption: `${capital(layer.title)}: regions with most records`,
          hideCaption: true,
          head: [
            { text: "Region" },
            { text: "Records", numeric: true },
            { text: "Species", numeric: true },
            ...(assessed
              ? [
                  { text: "Introduced", numeric: true },
                  { text: "Invasive", numeric: true },
                ]
              : []),
          ],
          rows: order.map((i) => [
            regions.names[i],
            count(regions.occurrences[i] ?? 0),
            count(regions.species[i] ?? 0),
            ...(assessed
              ? [
                  percent(regions.recordShare.introduced[i] ?? null),
                  percent(regions.recordShare.invasive[i] ?? null),
                ]
              : []),
          ]),
        })
  }${assessed && order.length > 0 && html`<p class="hint">Introduced and invasive: share of the records that were assessed.</p>`}</div>`;
}
