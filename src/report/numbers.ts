/** Between groups of three digits: narrow, and never broken over a line. */
const THIN = "\u202f";

/** A whole number with thin separators, 1 234 567; from four digits on, so that columns align. */
export function count(value: number): string {
  const sign = value < 0 ? "−" : "";
  return (
    sign +
    Math.abs(Math.round(value))
      .toString()
      .replace(/\B(?=(\d{3})+$)/g, THIN)
  );
}

/** A share as percent with one decimal; what is neither nothing nor all never reads 0 or 100. */
export function percent(share: number | null): string {
  if (share === null || Number.isNaN(share)) return "–";
  if (share > 0 && share < 0.001) return "<0.1%";
  if (share < 1 && share > 0.999) return ">99.9%";
  return share === 0 || share === 1 ? `${100 * share}%` : `${(100 * share).toFixed(1)}%`;
}

/** The share of a part in a whole; null where the whole is nothing. */
export function shareOf(part: number, whole: number): number | null {
  return whole > 0 ? part / whole : null;
}

/** A measured number with about four significant digits. */
export function decimal(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e15) return count(value);
  if (Math.abs(value) >= 1000) return count(value);
  if (Math.abs(value) < 0.001) return value.toExponential(2).replace("-", "−");
  return value.toPrecision(4).replace("-", "−");
}

/** Bytes in the unit that suits them. */
export function bytes(value: number): string {
  const units = ["bytes", "kB", "MB", "GB", "TB"];
  let unit = 0;
  let rest = value;
  while (rest >= 1000 && unit < units.length - 1) {
    rest /= 1000;
    unit++;
  }
  return `${unit === 0 || rest >= 100 ? Math.round(rest) : rest.toFixed(1)} ${units[unit]}`;
}

/** Seconds as people say them. */
export function duration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}

/** An ISO 8601 day or instant as 2 March 2026; text that is no date is returned as it is. */
export function day(iso: string): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return iso;
  return date.toLocaleDateString("en-GB", {
    day: "numeric",
    month: "long",
    year: "numeric",
    timeZone: "UTC",
  });
}
