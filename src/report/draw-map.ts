import type { Feature, FeatureCollection, MultiPolygon } from "geojson";
import { feature, mesh } from "topojson-client";
import { topology } from "topojson-server";
import { presimplify, simplify } from "topojson-simplify";
import type { GeometryCollection, Topology } from "topojson-specification";
import { least, most } from "./extremes.ts";
import type { MapGeometry } from "./map-geometry.ts";
import { type Frame, planSheet, type Sheet } from "./projection.ts";
import { boundsOf, type Polygon, readPolygons } from "./wkb.ts";

type Point = [number, number];
type Shape = Point[][][];

/** A map ready for the page: one SVG path a region, in whole units of the sheet. */
export interface Drawing {
  readonly width: number;
  readonly height: number;
  /** A path for each region of the geometry, in its order; null for a region with nothing on the sheet. */
  readonly paths: readonly (string | null)[];
  /** Borders of the coarser regions, one path. */
  readonly borders: string;
  /** Insets that show something. */
  readonly insets: readonly {
    title: string;
    box: readonly [number, number, number, number];
    framed: boolean;
  }[];
  /** Middle of each region's largest part, for moving about with arrow keys. */
  readonly middles: readonly (Point | null)[];
}

/**
 * Draws a layer: projects, joins shared borders into one topology, simplifies that (so that neighbours
 * still meet), and writes paths, coarser step by step until they fit into `budgetBytes`.
 *
 * `parents` gives each region the coarser one it lies in, or null: borders between different parents are
 * drawn again, from the same arcs.
 */
export function drawMap(
  geometry: MapGeometry,
  options: {
    parents?: readonly (string | null)[] | undefined;
    outlines?: MapGeometry | null | undefined;
    budgetBytes?: number;
  } = {},
): Drawing {
  const regions = geometry.wkb.map((wkb) => readPolygons(wkb).polygons);
  const sheet = planSheet(regions);
  const shown = new Set<Frame>();
  const shapes = regions.map((polygons) => project(polygons, sheet, shown));
  const { parents } = options;
  const own = new Arcs(shapes, parents);
  const outlines =
    parents === undefined && options.outlines
      ? new Arcs(
          options.outlines.wkb.map((wkb) => project(readPolygons(wkb).polygons, sheet, new Set())),
          undefined,
        )
      : undefined;
  const budget = options.budgetBytes ?? 700_000;
  let drawn: { paths: (string | null)[]; borders: string } | undefined;
  for (let area = 16; drawn === undefined || size(drawn) > budget; area *= 2) {
    // 600 units a side: a country of such squares is a worse map than a heavy file.
    if (area > 360_000) break;
    const simpler = own.simplified(area);
    drawn = {
      paths: simpler.paths,
      borders: outlines?.simplified(area).borders ?? (parents ? simpler.borders : ""),
    };
  }
  return {
    width: sheet.width,
    height: sheet.height,
    paths: drawn?.paths ?? [],
    borders: drawn?.borders ?? "",
    insets: [...shown].filter((frame) => frame.inset).map(inset),
    middles: shapes.map(middle),
  };
}

function size(drawn: { paths: readonly (string | null)[]; borders: string }): number {
  return drawn.paths.reduce((sum, path) => sum + (path?.length ?? 0), drawn.borders.length);
}

function inset(frame: Frame): Drawing["insets"][number] {
  return { title: frame.title, box: frame.box ?? [0, 0, 0, 0], framed: frame.box !== undefined };
}

/** Onto the sheet, in whole units, without points that fall together and rings that fall into a line. */
function project(polygons: readonly Polygon[], sheet: Sheet, shown: Set<Frame>): Shape {
  const shape: Shape = [];
  let largest: { rings: Point[][]; area: number } | undefined;
  for (const polygon of polygons) {
    const box = boundsOf([polygon]);
    if (box === null) continue;
    const frame = sheet.frames.find((one) => one.holds((box[0] + box[2]) / 2, (box[1] + box[3]) / 2));
    if (frame === undefined) continue;
    const rings: Point[][] = [];
    let area = 0;
    for (const [i, ring] of polygon.entries()) {
      const points: Point[] = [];
      for (let j = 0; j < ring.length; j += 2) {
        const point = frame.project(ring[j] as number, ring[j + 1] as number);
        if (point === null) continue;
        const next: Point = [Math.round(point[0]), Math.round(point[1])];
        const last = points.at(-1);
        if (last === undefined || last[0] !== next[0] || last[1] !== next[1]) points.push(next);
      }
      const [first] = points;
      const last = points.at(-1);
      if (first && last && (first[0] !== last[0] || first[1] !== last[1])) points.push([first[0], first[1]]);
      if (i === 0 && (points.length < 4 || ringArea(points) === 0)) {
        // Too small to draw as it is; kept for the case that the region has nothing larger.
        if (first && largest === undefined) largest = { rings: [square(first)], area: 0 };
        break;
      }
      if (points.length >= 4 && ringArea(points) > 0) rings.push(points);
      if (i === 0) area = ringArea(points);
    }
    if (rings.length === 0) continue;
    shown.add(frame);
    shape.push(rings);
    if (largest === undefined || area > largest.area) largest = { rings, area };
  }
  if (shape.length === 0 && largest !== undefined) shape.push(largest.rings);
  // Largest first: what has to stay when small islands go.
  return shape.sort((a, b) => ringArea(b[0] ?? []) - ringArea(a[0] ?? []));
}

function square([x, y]: Point): Point[] {
  return [
    [x - 4, y - 4],
    [x - 4, y + 4],
    [x + 4, y + 4],
    [x + 4, y - 4],
    [x - 4, y - 4],
  ];
}

function ringArea(ring: readonly Point[]): number {
  let twice = 0;
  for (let i = 1; i < ring.length; i++) {
    const a = ring[i - 1] as Point;
    const b = ring[i] as Point;
    twice += a[0] * b[1] - b[0] * a[1];
  }
  return Math.abs(twice) / 2;
}

function middle(shape: Shape): Point | null {
  const ring = shape[0]?.[0];
  if (ring === undefined) return null;
  const xs = ring.map((point) => point[0]);
  const ys = ring.map((point) => point[1]);
  return [Math.round((least(xs) + most(xs)) / 2), Math.round((least(ys) + most(ys)) / 2)];
}

/** Shapes as a topology, weighed once, to be simplified as often as needed. */
class Arcs {
  readonly #weighed: Topology<{ regions: GeometryCollection<{ i: number }> }>;
  readonly #shapes: readonly Shape[];
  readonly #parents: readonly (string | null)[] | undefined;

  constructor(shapes: readonly Shape[], parents: readonly (string | null)[] | undefined) {
    this.#shapes = shapes;
    this.#parents = parents;
    const features = shapes.map((coordinates, i) => ({
      type: "Feature" as const,
      properties: { i },
      geometry: { type: "MultiPolygon" as const, coordinates },
    }));
    const made = topology({ regions: { type: "FeatureCollection", features } as FeatureCollection });
    this.#weighed = presimplify(made as unknown as Topology<{ regions: GeometryCollection<{ i: number }> }>);
  }

  /** Paths without the bends that enclose less than `area` (square units), and without islands smaller than that. */
  simplified(area: number): { paths: (string | null)[]; borders: string } {
    const simple = simplify(this.#weighed, area);
    const paths = simple.objects.regions.geometries.map((geometry, i) => {
      const { coordinates } = (feature(simple, geometry) as Feature<MultiPolygon>).geometry;
      return pathOf(coordinates as Shape, this.#shapes[i] as Shape, area);
    });
    const index = (geometry: unknown): number => (geometry as { properties: { i: number } }).properties.i;
    const parents = this.#parents;
    const lines = mesh(simple, simple.objects.regions, (a, b) =>
      parents === undefined ? true : a !== b && parents[index(a)] !== parents[index(b)],
    );
    return { paths, borders: lines.coordinates.map((line) => lineText(line as Point[])).join("") };
  }
}

function pathOf(shape: Shape, full: Shape, area: number): string | null {
  let text = "";
  for (const [i, polygon] of shape.entries()) {
    for (const [j, ring] of polygon.entries()) {
      const distinct = ring.length >= 4 && ringArea(ring) > 0;
      const tiny = !distinct || ringArea(ring) < 2 * area;
      if (!tiny || (i === 0 && j === 0 && distinct)) text += `${lineText(ring.slice(0, -1))}z`;
      else if (i === 0 && j === 0) {
        const whole = full[0]?.[0];
        if (whole !== undefined) text += `${lineText(boxOf(whole).slice(0, -1))}z`;
        break;
      } else if (j === 0) break;
    }
  }
  return text === "" ? null : text;
}

/** What is left of a region that simplifying would lose. */
function boxOf(ring: readonly Point[]): Point[] {
  const xs = ring.map((point) => point[0]);
  const ys = ring.map((point) => point[1]);
  const [left, right, top, bottom] = [least(xs), most(xs), least(ys), most(ys)];
  return [
    [left, top],
    [left, bottom],
    [right, bottom],
    [right, top],
    [left, top],
  ];
}

/** A line in SVG's shortest words: one absolute start, then steps. */
function lineText(line: readonly Point[]): string {
  const [first] = line;
  if (first === undefined) return "";
  let text = `M${first[0]},${first[1]}`;
  let [x, y] = first;
  let separator = "l";
  for (let i = 1; i < line.length; i++) {
    const [nextX, nextY] = line[i] as Point;
    const [dx, dy] = [nextX - x, nextY - y];
    if (dx === 0 && dy === 0) continue;
    text += `${dx < 0 && separator === " " ? "" : separator}${dx}${dy < 0 ? "" : " "}${dy}`;
    separator = " ";
    [x, y] = [nextX, nextY];
  }
  return text;
}
