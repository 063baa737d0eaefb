// Rings on the cylinder: what crosses the antimeridian or goes round a pole becomes edges within -180 .. 180.

/** Takes the edges of a polygon as they come out. */
export type EdgeSink = (x1: number, y1: number, x2: number, y2: number) => void;

/** Whether the step between two longitudes is a jump over the antimeridian, not a long edge of a world-wide box. */
export function isJump(from: number, to: number): boolean {
  const step = Math.abs(to - from);
  return step > 180 && step < 360;
}

/** True for a ring that can be taken as it is: no jump, and no longitude beyond 180 degrees either way. */
export function isPlain(ring: Float64Array): boolean {
  const length = ring.length;
  let last = ring[length - 2] as number;
  for (let i = 0; i < length; i += 2) {
    const x = ring[i] as number;
    if (!(x >= -180 && x <= 180) || isJump(last, x)) return false;
    last = x;
  }
  return true;
}

/**
 * A ring without jumps, closed: its longitudes run on past 180 where it crosses the antimeridian. A ring that goes
 * round a pole is closed over the pole it is nearer to.
 */
export function unwrapRing(ring: Float64Array): number[] {
  const path: number[] = [];
  let turns = 0;
  let last: number | undefined;
  let latitudes = 0;
  const count = ring.length / 2;
  for (let i = 0; i <= count; i++) {
    const x = ring[2 * (i % count)] as number;
    const y = ring[2 * (i % count) + 1] as number;
    if (last !== undefined && isJump(last, x)) turns += last > x ? 360 : -360;
    path.push(x + turns, y);
    if (i < count) latitudes += y;
    last = x;
  }
  if (turns !== 0) {
    const pole = latitudes < 0 ? -90 : 90;
    path.push(
      path[path.length - 2] as number,
      pole,
      path[0] as number,
      pole,
      path[0] as number,
      path[1] as number,
    );
  }
  return path;
}

/**
 * Cuts the rings of one polygon (unwrapped, closed) at the antimeridian and every 360 degrees from it, moves the
 * pieces within -180 .. 180, and closes them along both sides of the antimeridian.
 */
export function cutAtSeam(rings: readonly (readonly number[])[], sink: EdgeSink): void {
  const crossings: number[] = [];
  for (const ring of rings) {
    for (let i = 2; i < ring.length; i += 2) {
      cutEdge(
        ring[i - 2] as number,
        ring[i - 1] as number,
        ring[i] as number,
        ring[i + 1] as number,
        sink,
        crossings,
      );
    }
  }
  crossings.sort((a, b) => a - b);
  for (let i = 1; i < crossings.length; i += 2) {
    const low = crossings[i - 1] as number;
    const high = crossings[i] as number;
    sink(180, low, 180, high);
    sink(-180, low, -180, high);
  }
}

/** Strip k holds the longitudes above 360 k - 180, up to 360 k + 180. */
function strip(x: number): number {
  return Math.ceil((x - 180) / 360);
}

function cutEdge(x1: number, y1: number, x2: number, y2: number, sink: EdgeSink, crossings: number[]): void {
  // From west to east, so that an edge and its reverse are cut at the very same latitudes.
  if (x1 > x2 || (x1 === x2 && y1 > y2)) {
    cutEdge(x2, y2, x1, y1, sink, crossings);
    return;
  }
  const first = strip(x1);
  const last = strip(x2);
  let x = x1;
  let y = y1;
  for (let k = first; k < last; k++) {
    const seam = 360 * k + 180;
    // Ends on the seam are exact; in between the latitude is rounded to the nearest double.
    const cut = seam === x1 ? y1 : y1 + ((y2 - y1) * (seam - x1)) / (x2 - x1);
    sink(x - 360 * k, y, 180, cut);
    crossings.push(cut);
    x = seam;
    y = cut;
  }
  sink(x - 360 * last, y, x2 - 360 * last, y2);
}
