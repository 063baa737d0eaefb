import { FieldShape } from "./row-scanner.ts";

const zero = 0x30;
const nine = 0x39;

export function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= zero && byte <= nine;
}

/** Position behind the digits that stand at `from`. */
export function skipDigits(bytes: Uint8Array, from: number, end: number): number {
  let i = from;
  while (i < end && isDigit(bytes[i])) i++;
  return i;
}

/**
 * Whether bytes are a decimal number: `[+-]?(digits[.[digits]]|.digits)([eE][+-]?digits)?`. Answers `plain` for
 * digits and sign alone, `decimal` for a point as well, `exponent` for the rest.
 */
export function numberForm(
  bytes: Uint8Array,
  start: number,
  end: number,
): "plain" | "decimal" | "exponent" | null {
  let i = start;
  if (bytes[i] === 0x2b || bytes[i] === 0x2d) i++;
  const whole = skipDigits(bytes, i, end);
  let digits = whole - i;
  i = whole;
  let form: "plain" | "decimal" | "exponent" = "plain";
  if (i < end && bytes[i] === 0x2e) {
    form = "decimal";
    const fraction = skipDigits(bytes, i + 1, end);
    digits += fraction - i - 1;
    i = fraction;
  }
  if (digits === 0) return null;
  if (i < end && (bytes[i] === 0x65 || bytes[i] === 0x45)) {
    form = "exponent";
    i++;
    if (bytes[i] === 0x2b || bytes[i] === 0x2d) i++;
    const exponent = skipDigits(bytes, i, end);
    if (exponent === i) return null;
    i = exponent;
  }
  return i === end ? form : null;
}

/**
 * Whether bytes are a date that DuckDB reads as it stands, `YYYY-MM-DD` or `YYYY-MM-DDTHH:MM:SS[.f]`, with or
 * without a Z behind it: answers where it ends without the Z, or -1 for all others, right or wrong.
 */
export function plainDateEnd(bytes: Uint8Array, start: number, from: number): number {
  const end = bytes[from - 1] === 0x5a ? from - 1 : from;
  const length = end - start;
  if (length !== 10 && (length < 19 || length > 26 || length === 20)) return -1;
  if (bytes[start + 4] !== 0x2d || bytes[start + 7] !== 0x2d) return -1;
  if (skipDigits(bytes, start, end) !== start + 4 || skipDigits(bytes, start + 5, end) !== start + 7)
    return -1;
  if (skipDigits(bytes, start + 8, start + 10) !== start + 10) return -1;
  const month = pair(bytes, start + 5);
  const day = pair(bytes, start + 8);
  const year = pair(bytes, start) * 100 + pair(bytes, start + 2);
  // The few days that only some months have go the slow way.
  if (year === 0 || month < 1 || month > 12 || day < 1 || day > 28) return -1;
  if (length === 10) return end;
  const mark = bytes[start + 10];
  if ((mark !== 0x54 && mark !== 0x20) || bytes[start + 13] !== 0x3a || bytes[start + 16] !== 0x3a) return -1;
  for (const at of [11, 14, 17])
    if (skipDigits(bytes, start + at, start + at + 2) !== start + at + 2) return -1;
  if (pair(bytes, start + 11) > 23 || pair(bytes, start + 14) > 59 || pair(bytes, start + 17) > 59) return -1;
  if (length === 19) return end;
  return bytes[start + 19] === 0x2e && skipDigits(bytes, start + 20, end) === end ? end : -1;
}

function pair(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) - zero) * 10 + (bytes[at + 1] as number) - zero;
}

/** The value of a quoted field of some shape, without its quotes. */
export function unquoted(
  bytes: Uint8Array,
  range: { start: number; end: number; shape: number; quote: number },
): Uint8Array {
  const { start, end, shape, quote } = range;
  const value = new Uint8Array(end - start);
  let length = 0;
  // A mixed field still has its opening quote.
  let within = true;
  for (let i = shape === FieldShape.mixed ? start + 1 : start; i < end; i++) {
    const byte = bytes[i] as number;
    if (within && byte === quote) {
      if (i + 1 < end && bytes[i + 1] === quote) i++;
      else {
        within = false;
        continue;
      }
    }
    value[length++] = byte;
  }
  return value.subarray(0, length);
}
