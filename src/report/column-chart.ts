import { type Html, html } from "./html.ts";
import { count } from "./numbers.ts";
import { capital, table } from "./sections/section.ts";

export interface Column {
  /** What the column stands for, in full: 10 to 19 species. */
  readonly label: string;
  /** Short form below the axis; columns without one have no mark. */
  readonly mark?: string | undefined;
  readonly value: number;
}

const [WIDTH, HEIGHT] = [560, 290];
const edge = { left: 66, right: 8, top: 40, bottom: 56 };

/** A column chart as SVG, with a title and a description for screen readers and its numbers as a table below. */
export function columnChart(options: {
  id: string;
  title: string;
  description: string;
  columns: readonly Column[];
  xTitle: string;
  yTitle: string;
  labelTitle: string;
}): Html {
  const { id, title, columns } = options;
  const yTitle = capital(options.yTitle);
  const highest = columns.reduce((most, { value }) => Math.max(most, value), 1);
  const ticks = ticksUpTo(highest);
  const top = Math.max(ticks.at(-1) ?? 1, highest);
  const [plotWidth, plotHeight] = [WIDTH - edge.left - edge.right, HEIGHT - edge.top - edge.bottom];
  const step = plotWidth / Math.max(columns.length, 1);
  const gap = step > 6 ? Math.min(3, step * 0.15) : step > 2 ? 0.5 : 0;
  const y = (value: number) => edge.top + plotHeight * (1 - value / top);
  return html`<figure class="chart"><figcaption>${title}</figcaption>
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="${id}-title ${id}-desc"><title id="${id}-title">${title}</title><desc id="${id}-desc">${options.description}</desc>
<g class="grid">${ticks.map((tick) => html`<line x1="${edge.left}" x2="${WIDTH - edge.right}" y1="${y(tick).toFixed(1)}" y2="${y(tick).toFixed(1)}"/>`)}</g>
<g class="columns">${columns.map(({ value }, i) => {
    const height = value > 0 ? Math.max((plotHeight * value) / top, 1) : 0;
    return html`<rect x="${(edge.left + i * step + gap / 2).toFixed(2)}" y="${(edge.top + plotHeight - height).toFixed(2)}" width="${(step - gap).toFixed(2)}" height="${height.toFixed(2)}"/>`;
  })}</g>
<g class="axis" aria-hidden="true">${ticks.map((tick) => html`<text class="end" x="${edge.left - 8}" y="${(y(tick) + 4).toFixed(1)}">${short(tick)}</text>`)}
${columns.map(({ mark }, i) => mark !== undefined && html`<text class="middle" x="${(edge.left + (i + 0.5) * step).toFixed(1)}" y="${HEIGHT - edge.bottom + 18}">${mark}</text>`)}
<text x="0" y="16">${yTitle}</text><text class="middle" x="${edge.left + plotWidth / 2}" y="${HEIGHT - 8}">${options.xTitle}</text></g>
</svg>
<details><summary>Numbers of this chart</summary>${table({
    caption: title,
    hideCaption: true,
    head: [{ text: options.labelTitle }, { text: yTitle, numeric: true }],
    rows: columns.map(({ label, value }) => [label, count(value)]),
  })}</details></figure>`;
}

/** Round numbers from zero up to the highest value, about four of them. */
function ticksUpTo(highest: number): number[] {
  const rough = highest / 4;
  const power = 10 ** Math.floor(Math.log10(Math.max(rough, 1)));
  const step = Math.max(
    1,
    [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((size) => size >= rough && size % 1 === 0) ??
      10 * power,
  );
  return Array.from({ length: Math.ceil(highest / step) + 1 }, (_, i) => i * step);
}

function short(value: number): string {
  for (const [size, unit] of [
    [1e9, "bn"],
    [1e6, "m"],
    [1e4, "k"],
  ] as const)
    if (value >= size) return `${value / (unit === "k" ? 1000 : size)}\u202f${unit}`;
  return count(value);
}
