/** Polygons of rings of interleaved coordinates. */
export type Polygons = Float64Array[][];

/** What a geometry held; `others` counts parts that are no polygons. */
export interface WkbPolygons {
  readonly polygons: Polygons;
  readonly others: number;
}

const srid = 0x20000000;
const [hasZ, hasM] = [0x80000000, 0x40000000];

/**
 * Reads polygons out of (extended) well-known binary, those in collections included. Coordinates come bit for bit;
 * heights and measures are left out. Throws a RangeError for bytes that are cut short or hold curves.
 *
 * @example
 * ```ts
 * import { encodeWkb, parseWkb } from "bisonflow/region";
 * const { polygons, others } = parseWkb(encodeWkb([[Float64Array.of(0, 0, 1, 0, 1, 1, 0, 0)]]));
 * console.log(polygons.length, others); // 1 0
 * ```
 */
export function parseWkb(bytes: Uint8Array): WkbPolygons {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const polygons: Polygons = [];
  let others = 0;
  let at = 0;

  function geometry(): void {
    const little = view.getUint8(at) === 1;
    const word = view.getUint32(at + 1, little);
    at += 5 + (word & srid ? 4 : 0);
    const code = word & 0xffff;
    const type = code % 1000;
    const thousands = Math.floor(code / 1000);
    const z = (word & hasZ) !== 0 || thousands === 1 || thousands === 3;
    const m = (word & hasM) !== 0 || thousands === 2 || thousands === 3;
    const width = 2 + Number(z) + Number(m);
    if (type === 3) polygons.push(polygon(little, width));
    else if (type === 1) {
      at += 8 * width;
      others++;
    } else if (type === 2) {
      at += 4 + 8 * width * view.getUint32(at, little);
      others++;
    } else if (type >= 4 && type <= 7) {
      const count = view.getUint32(at, little);
      at += 4;
      for (let i = 0; i < count; i++) geometry();
    } else throw new RangeError(`geometry type ${type} of well-known binary is not known`);
  }

  function polygon(little: boolean, width: number): Float64Array[] {
    const rings = view.getUint32(at, little);
    at += 4;
    return Array.from({ length: rings }, () => {
      const count = view.getUint32(at, little);
      at += 4;
      const ring = new Float64Array(2 * count);
      for (let i = 0; i < count; i++) {
        ring[2 * i] = view.getFloat64(at, little);
        ring[2 * i + 1] = view.getFloat64(at + 8, little);
        at += 8 * width;
      }
      return ring;
    });
  }

  geometry();
  return { polygons: polygons.filter((rings) => rings.length > 0), others };
}

/**
 * A MultiPolygon as little-endian well-known binary; rings are closed where they were not.
 *
 * @example
 * ```ts
 * import { encodeWkb } from "bisonflow/region";
 * console.log(encodeWkb([[Float64Array.of(0, 0, 1, 0, 1, 1)]]).length); // 86
 * ```
 */
export function encodeWkb(polygons: readonly (readonly Float64Array[])[]): Uint8Array {
  let size = 9;
  for (const rings of polygons) {
    size += 9;
    for (const ring of rings) size += 4 + 8 * (ring.length + (isClosed(ring) ? 0 : 2));
  }
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  let at = 0;
  const head = (type: number, count: number): void => {
    view.setUint8(at, 1);
    view.setUint32(at + 1, type, true);
    view.setUint32(at + 5, count, true);
    at += 9;
  };
  head(6, polygons.length);
  for (const rings of polygons) {
    head(3, rings.length);
    for (const ring of rings) {
      const closed = isClosed(ring) ? ring : closeRing(ring);
      view.setUint32(at, closed.length / 2, true);
      at += 4;
      for (let i = 0; i < closed.length; i++, at += 8) view.setFloat64(at, closed[i] as number, true);
    }
  }
  return bytes;
}

function isClosed(ring: Float64Array): boolean {
  const { length } = ring;
  return length === 0 || (ring[0] === ring[length - 2] && ring[1] === ring[length - 1]);
}

function closeRing(ring: Float64Array): Float64Array {
  const closed = new Float64Array(ring.length + 2);
  closed.set(ring);
  closed.set(ring.subarray(0, 2), ring.length);
  return closed;
}

/** Bytes from hexadecimal digits given as bytes. */
export function bytesOfHex(digits: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(digits.length >> 1);
  for (let i = 0; i < bytes.length; i++) {
    bytes[i] = (nibble(digits[2 * i] as number) << 4) | nibble(digits[2 * i + 1] as number);
  }
  return bytes;
}

function nibble(digit: number): number {
  return digit <= 57 ? digit - 48 : (digit & 15) + 9;
}
