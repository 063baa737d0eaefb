// Rings on the cylinder. A ring that crosses the antimeridian is not cut, which would round: it is laid out as often as
// it comes into -180 .. 180, its vertices moved by whole turns, and runs on beyond 180 degrees on either side.

/** Takes edges as they come out. */
export type EdgeSink = (x1: number, y1: number, x2: number, y2: number) => void;

/** Whether the step between two longitudes is a jump over the antimeridian, not a long edge of a world-wide box. */
function isJump(from: number, to: number): boolean {
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

/** For each vertex, by how many whole turns it is moved so that no step is a jump; then the turns of the whole ring. */
function turnsOf(ring: Float64Array): Int32Array {
  const count = ring.length / 2;
  const turns = new Int32Array(count + 1);
  let sum = 0;
  for (let i = 1; i <= count; i++) {
    const from = ring[2 * i - 2] as number;
    const to = ring[2 * (i % count)] as number;
    if (isJump(from, to)) sum += from > to ? 1 : -1;
    turns[i] = sum;
  }
  return turns;
}

/** The pole that a ring goes round: the one it is nearer to. */
function poleOf(ring: Float64Array): number {
  let sum = 0;
  for (let i = 1; i < ring.length; i += 2) sum += ring[i] as number;
  return sum < 0 ? -90 : 90;
}

/** The ring once, closed, without jumps; one that goes round a pole is closed over the pole. For measuring. */
export function unwrapRing(ring: Float64Array): number[] {
  const turns = turnsOf(ring);
  const path: number[] = [];
  const count = ring.length / 2;
  for (let i = 0; i <= count; i++) {
    path.push(
      (ring[2 * (i % count)] as number) + 360 * (turns[i] as number),
      ring[2 * (i % count) + 1] as number,
    );
  }
  if (turns[count] !== 0) {
    const pole = poleOf(ring);
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
 * Gives every edge of a ring in each place where the ring comes into -180 .. 180. A ring that goes round a pole is
 * laid out from beyond one side to beyond the other, and closed over the pole out there.
 */
export function layOutRing(ring: Float64Array, sink: EdgeSink): void {
  const count = ring.length / 2;
  if (count === 0) return;
  const turns = turnsOf(ring);
  const wound = turns[count] as number;
  let [least, most] = [Infinity, -Infinity];
  for (let i = 0; i < count; i++) {
    const x = (ring[2 * i] as number) + 360 * (turns[i] as number);
    least = Math.min(least, x);
    most = Math.max(most, x);
  }
  const first = Math.ceil((-180 - most) / 360);
  const last = Math.floor((180 - least) / 360);
  if (wound === 0) {
    for (let turn = first; turn <= last; turn++) lay(ring, turns, turn, sink);
    return;
  }
  // One lap more on each side: where the laps end is then outside.
  for (let turn = first - 1; turn <= last + 1; turn++) lay(ring, turns, turn, sink);
  const pole = poleOf(ring);
  const x = ring[0] as number;
  const y = ring[1] as number;
  const [west, east] = wound > 0 ? [first - 1, last + 2] : [first - 2, last + 1];
  sink(x + 360 * west, y, x + 360 * west, pole);
  sink(x + 360 * west, pole, x + 360 * east, pole);
  sink(x + 360 * east, pole, x + 360 * east, y);
}

function lay(ring: Float64Array, turns: Int32Array, turn: number, sink: EdgeSink): void {
  const count = ring.length / 2;
  for (let i = 0; i < count; i++) {
    const j = (i + 1) % count;
    // Whole turns that come to nothing leave a vertex as it is, bit for bit, so that neighbours still share it.
    sink(
      (ring[2 * i] as number) + 360 * ((turns[i] as number) + turn),
      ring[2 * i + 1] as number,
      (ring[2 * j] as number) + 360 * ((turns[i + 1] as number) + turn),
      ring[2 * j + 1] as number,
    );
  }
}
