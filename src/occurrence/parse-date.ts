import { trimText } from "./whitespace.ts";

const datePattern =
  /^(\d{4})(?:-(\d{1,2})(?:-(\d{1,2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)? ?(Z|z|[+-]\d{2}(?::?\d{2})?)?|[Zz])?)?)?$/;
const slashedDate = /^(\d{4})\/(\d{1,2})\/(\d{1,2})$/;
/** An interval has one slash, or a whole date before its first. */
const severalSlashes = /^[^/-]*\/[^/]*\//;

/**
 * Parses a Darwin Core date to a moment in UTC, written `YYYY-MM-DD HH:MM:SS[.ffffff]`, or null.
 *
 * Dates, times with or without zone (without one: as written), `2020-05` and `2020` (their first moment) and
 * intervals `a/b` (their start) are understood, and `2020/05/17`; fractions are cut to microseconds.
 *
 * Source: https://dwc.tdwg.org/list/#dwc_eventDate, ISO 8601-1.
 *
 * @example
 * ```ts
 * import { parseDate } from "bisonflow/occurrence";
 * console.log(parseDate("2020-05"), parseDate("spring 1907")); // 2020-05-01 00:00:00 null
 * console.log(parseDate("2021-03-30T23:39:03+02:00/2021-04-01")); // 2021-03-30 21:39:03
 * ```
 */
export function parseDate(text: string): string | null {
  const written = trimText(text).replace(slashedDate, "$1-$2-$3");
  if (severalSlashes.test(written)) return null;
  const start = trimText(written.split("/", 1)[0] ?? "");
  const match = datePattern.exec(start);
  if (match === null) return null;
  const [
    ,
    yearText = "",
    monthText = "1",
    dayText = "1",
    hourText = "0",
    minuteText = "0",
    secondText = "0",
  ] = match;
  const [year, month, day] = [Number(yearText), Number(monthText), Number(dayText)];
  const [hour, minute, second] = [Number(hourText), Number(minuteText), Number(secondText)];
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return null;
  const endOfDay = hour === 24 && minute === 0 && second === 0;
  if ((hour > 23 && !endOfDay) || minute > 59 || second > 59) return null;
  const offset = offsetMinutes(match[8] ?? "");
  if (offset === null) return null;
  const moment = new Date(0);
  moment.setUTCFullYear(year, month - 1, day);
  moment.setUTCHours(hour, minute - offset, second);
  const [shownYear, rest] = [moment.getUTCFullYear(), moment.toISOString()];
  if (shownYear < 1 || shownYear > 9999) return null;
  const fraction = (match[7] ?? "").slice(0, 6);
  return `${rest.slice(0, 10)} ${rest.slice(11, 19)}${fraction === "" ? "" : `.${fraction}`}`;
}

/** Days of a month, 1 to 12, in the Gregorian calendar carried back. */
export function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

function offsetMinutes(zone: string): number | null {
  if (zone === "" || zone === "Z" || zone === "z") return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(3).replace(":", "") || "0");
  if (hours > 18 || minutes > 59) return null;
  return (zone.startsWith("-") ? -1 : 1) * (hours * 60 + minutes);
}
