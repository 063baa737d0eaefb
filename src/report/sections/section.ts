import { type Content, type Html, html } from "../html.ts";

/** A chapter of the page: a landmark named by its heading. */
export function section(id: string, title: string, content: Content): Html {
  return html`<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2>${content}</section>`;
}

/** A table whose caption is its name to every reader, in a frame that scrolls sideways where it must. */
export function table(options: {
  caption: string;
  head: readonly { text: string; numeric?: boolean }[];
  rows: readonly (readonly Content[])[];
  hideCaption?: boolean;
}): Html {
  const numeric = options.head.map((cell) => cell.numeric === true);
  return html`<div class="scroll" role="region" tabindex="0" aria-label="${options.caption}"><table>
<caption${options.hideCaption === true ? html` class="unseen"` : ""}>${options.caption}</caption>
<thead><tr>${options.head.map(({ text }, i) => html`<th scope="col"${numberClass(numeric[i])}>${text}</th>`)}</tr></thead>
<tbody>${options.rows.map(
    (row) =>
      html`<tr>${row.map((cell, i) =>
        i === 0 ? html`<th scope="row">${cell}</th>` : html`<td${numberClass(numeric[i])}>${cell}</td>`,
      )}</tr>`,
  )}</tbody></table></div>`;
}

function numberClass(numeric: boolean | undefined): Html | "" {
  return numeric === true ? html` class="number"` : "";
}

/** A bar inside a table's cell: the number stands beside it, so it is hidden from screen readers. */
export function bar(share: number, kind: string): Html {
  const width = Math.max(share > 0 ? 0.6 : 0, Math.min(100, 100 * share));
  return html`<svg class="bar" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true" focusable="false"><rect class="track" width="100" height="1"/><rect class="${kind}" width="${width.toFixed(2)}" height="1"/></svg>`;
}

/** The first letter large, for names of layers at the start of a sentence or a heading. */
export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** One thing or several: `plural(2, "region")` is "2 regions" without its number. */
export function plural(n: number, one: string, many = `${one}s`): string {
  return n === 1 ? one : many;
}
