/** Whether an IPv4 range holds all of another; false for IPv6 and for what is no range. */
export function contains(outer: string, inner: string): boolean {
  const a = parse(outer);
  const b = parse(inner);
  if (a === undefined || b === undefined || a.bits > b.bits) return false;
  return (a.address & mask(a.bits)) >>> 0 === (b.address & mask(a.bits)) >>> 0;
}

/** Whether two IPv4 ranges share an address. */
export function overlap(one: string, other: string): boolean {
  return contains(one, other) || contains(other, one);
}

interface Range {
  /** 32 bits, unsigned. */
  readonly address: number;
  readonly bits: number;
}

function parse(cidr: string): Range | undefined {
  const [, a, b, c, d, length] = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(cidr) ?? [];
  const octets = [a, b, c, d].map(Number);
  const bits = Number(length);
  if (octets.some((one) => !(one <= 255)) || !(bits <= 32)) return undefined;
  return { address: octets.reduce((sum, one) => sum * 256 + one, 0), bits };
}

function mask(bits: number): number {
  // A shift by 32 is none in JavaScript.
  return bits === 0 ? 0 : (0xffffffff << (32 - bits)) >>> 0;
}
