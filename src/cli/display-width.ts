const segmenter = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** East Asian wide and full-width characters, and pictures: two cells of a terminal. */
const wide =
  /^(?:\p{Emoji_Presentation}|.*\uFE0F|[\u1100-\u115F\u2E80-\u303E\u3041-\u33FF\u3400-\u4DBF\u4E00-\u9FFF\uA000-\uA4CF\uA960-\uA97F\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6\u{17000}-\u{18CFF}\u{1B000}-\u{1B2FF}\u{20000}-\u{3FFFD}])/su;
/** Nothing of their own: marks, joiners, variation selectors. */
const nothing = /^[\p{Mn}\p{Me}\p{Cf}]+$/u;
const plainText = /^[\x20-\x7E]*$/;

/** How many cells of a terminal a text takes. */
export function displayWidth(text: string): number {
  if (plainText.test(text)) return text.length;
  let width = 0;
  for (const { segment } of segmenter.segment(text)) width += widthOf(segment);
  return width;
}

/** The text cut to so many cells, its end shown by `…`. */
export function truncate(text: string, cells: number): string {
  if (displayWidth(text) <= cells) return text;
  let width = 0;
  let kept = "";
  for (const { segment } of segmenter.segment(text)) {
    width += widthOf(segment);
    if (width > cells - 1) break;
    kept += segment;
  }
  return cells < 1 ? "" : `${kept}…`;
}

/** Data must not steer a terminal: control characters become visible ones, line ends `↵`. */
export function printable(text: string): string {
  if (plainText.test(text)) return text;
  return (
    text
      .replace(/\r\n|\n|\r|\u2028|\u2029/g, "↵")
      .replace(/\t/g, " ")
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
      .replace(/[\u0000-\u001F\u007F-\u009F\u200E\u200F\u202A-\u202E\u2066-\u2069]/g, "\uFFFD")
  );
}

function widthOf(segment: string): number {
  if (nothing.test(segment)) return 0;
  return wide.test(segment) ? 2 : 1;
}
