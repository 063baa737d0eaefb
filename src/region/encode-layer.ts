import { crc32 } from "node:zlib";
import type { CoarserLayer, CompiledLayer } from "./compiled-layer.ts";

/** Changes with the bytes: part of every cache key. */
export const layerFormat = 2;
const magic = "bisonlyr";
/** Magic, format, length of the description, length of the file, checksum. */
const headerBytes = 32;

const ints = [
  "root",
  "nodes",
  "leaves",
  "edgeRegions",
  "tileEdges",
  "cellEdges",
  "coverStarts",
  "coverRegions",
  "coverAnswers",
  "areaRanks",
] as const;
const doubles = ["areas", "centroids", "bounds", "frame", "edges"] as const;

interface Description {
  readonly name: string;
  readonly overlap: CompiledLayer["overlap"];
  readonly snapMeters: number;
  readonly ids: readonly string[];
  readonly names: readonly string[];
  readonly edgeCount: number;
  readonly issues: CompiledLayer["issues"];
  readonly columns: number;
  readonly rows: number;
  readonly coarser: readonly Omit<CoarserLayer, "of">[];
  /** Elements of each array: the doubles, the integers, then `of` of each coarser layer. */
  readonly lengths: readonly number[];
}

/**
 * A compiled layer as bytes: a header with a checksum, a description as JSON, then the arrays as they are in memory.
 *
 * @example
 * ```ts
 * import { compileLayer, decodeLayer, encodeLayer } from "bisonflow/region";
 * const source = { name: "none", idField: "id", nameField: "id", regions: [], crs: "EPSG:4326", issues: [], coarser: [] };
 * const bytes = encodeLayer(compileLayer(source));
 * console.log(decodeLayer(bytes)?.name, decodeLayer(bytes.subarray(1))); // none undefined
 * ```
 */
export function encodeLayer(layer: CompiledLayer): Uint8Array {
  const arrays = [
    ...doubles.map((key) => layer[key]),
    ...ints.map((key) => layer[key]),
    ...layer.coarser.map(({ of }) => of),
  ];
  const description: Description = {
    name: layer.name,
    overlap: layer.overlap,
    snapMeters: layer.snapMeters,
    ids: layer.ids,
    names: layer.names,
    edgeCount: layer.edgeCount,
    issues: layer.issues,
    columns: layer.columns,
    rows: layer.rows,
    coarser: layer.coarser.map(({ name, ids, names }) => ({ name, ids, names })),
    lengths: arrays.map(({ length }) => length),
  };
  const text = new TextEncoder().encode(JSON.stringify(description));
  let size = aligned(headerBytes + text.length);
  for (const array of arrays) size = aligned(size + array.byteLength);
  const bytes = new Uint8Array(size);
  bytes.set(text, headerBytes);
  let at = aligned(headerBytes + text.length);
  for (const array of arrays) {
    bytes.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), at);
    at = aligned(at + array.byteLength);
  }
  bytes.set(new TextEncoder().encode(magic), 0);
  const header = new DataView(bytes.buffer);
  header.setUint32(8, layerFormat, true);
  header.setUint32(12, text.length, true);
  header.setFloat64(16, size, true);
  header.setUint32(24, checksum(bytes), true);
  return bytes;
}

/**
 * The layer that `encodeLayer` wrote, as views on the bytes given (copied where they start off a multiple of 8);
 * undefined for bytes that are anything else, cut short, changed or of another format.
 *
 * @example
 * ```ts
 * import { decodeLayer } from "bisonflow/region";
 * console.log(decodeLayer(new TextEncoder().encode("no layer at all"))); // undefined
 * ```
 */
export function decodeLayer(given: Uint8Array): CompiledLayer | undefined {
  if (given.length < headerBytes) return undefined;
  const bytes = given.byteOffset % 8 === 0 ? given : given.slice();
  const header = new DataView(bytes.buffer, bytes.byteOffset, headerBytes);
  if (new TextDecoder().decode(bytes.subarray(0, magic.length)) !== magic) return undefined;
  if (header.getUint32(8, true) !== layerFormat || header.getFloat64(16, true) !== bytes.length)
    return undefined;
  if (checksum(bytes) !== header.getUint32(24, true)) return undefined;
  const textLength = header.getUint32(12, true);
  const text = new TextDecoder().decode(bytes.subarray(headerBytes, headerBytes + textLength));
  const { lengths, coarser, ...description } = JSON.parse(text) as Description;
  let at = aligned(headerBytes + textLength);
  const views = lengths.map((length, position) => {
    const start = bytes.byteOffset + at;
    const view =
      position < doubles.length
        ? new Float64Array(bytes.buffer, start, length)
        : new Int32Array(bytes.buffer, start, length);
    at = aligned(at + view.byteLength);
    return view;
  });
  const named = Object.fromEntries([...doubles, ...ints].map((key, position) => [key, views[position]]));
  const first = doubles.length + ints.length;
  return {
    ...description,
    ...(named as unknown as Pick<CompiledLayer, (typeof doubles)[number] | (typeof ints)[number]>),
    coarser: coarser.map((layer, position) => ({ ...layer, of: views[first + position] as Int32Array })),
  };
}

/** Of everything but itself and the four bytes after it. */
function checksum(bytes: Uint8Array): number {
  return crc32(bytes.subarray(headerBytes), crc32(bytes.subarray(0, 24)));
}

function aligned(size: number): number {
  return Math.ceil(size / 8) * 8;
}
