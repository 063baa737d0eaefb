import { type GeoProjection, geoConicEqualArea, geoEqualEarth } from "d3-geo";
import { least, most } from "./extremes.ts";
import { boundsOf, type Polygon } from "./wkb.ts";

/** Units of the drawing across; all coordinates are whole numbers of them, so that borders match and text is short. */
export const WIDTH = 9750;

/** A place on the sheet: which longitudes and latitudes it shows, and how. Degrees; units of the drawing. */
export interface Frame {
  readonly title: string;
  /** Drawn as an inset with its title; the main frame is not. */
  readonly inset: boolean;
  /** Box around the inset: left, top, right, bottom. */
  readonly box?: readonly [number, number, number, number];
  /** Whether a polygon whose box has this centre belongs here. */
  readonly holds: (longitude: number, latitude: number) => boolean;
  readonly project: (longitude: number, latitude: number) => readonly [number, number] | null;
}

export interface Sheet {
  readonly width: number;
  readonly height: number;
  readonly frames: readonly Frame[];
}

interface InsetSpec {
  readonly title: string;
  /** West, south, east, north. */
  readonly extent: readonly [number, number, number, number];
  readonly box: readonly [number, number, number, number];
  readonly parallels: readonly [number, number];
}

// Alaska and Hawaii stand about where d3's geoAlbersUsa puts them; the territories in the Gulf and the Atlantic.
const insets: readonly InsetSpec[] = [
  {
    title: "Puerto Rico & Virgin Is.",
    extent: [-67.4, 17.6, -64.5, 18.6],
    box: [8420, 5130, 9730, 5600],
    parallels: [8, 18],
  },
  {
    title: "Guam and Northern Marianas",
    extent: [144.5, 13.1, 146.2, 15.4],
    box: [5300, 5380, 6050, 6020],
    parallels: [8, 18],
  },
  {
    title: "American Samoa",
    extent: [-171, -14.5, -169.3, -14.1],
    box: [6250, 5720, 7250, 6020],
    parallels: [-16, -12],
  },
];

/**
 * Chooses how to draw polygons: the United States with insets (Albers, as atlases of the US do) where
 * the layer is of the US, otherwise a conic fitted to them, or Equal Earth where they span the globe.
 */
export function planSheet(regions: readonly (readonly Polygon[])[]): Sheet {
  const boxes = regions.map((polygons) =>
    polygons.map((polygon) => boundsOf([polygon])).filter((box) => box !== null),
  );
  const us = unitedStates();
  const inUs = boxes.filter((own) =>
    own.some((box) => us.frames.some((frame) => frame.holds(...centre(box)))),
  ).length;
  const main = boxes.flat().filter((box) => us.frames[0]?.holds(...centre(box)) === true);
  const wide = most(main.map((box) => box[2])) - least(main.map((box) => box[0])) > 30;
  return wide && inUs >= 0.9 * regions.length ? us : fitted(boxes.flat());
}

function centre(box: readonly [number, number, number, number]): [number, number] {
  return [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2];
}

function unitedStates(): Sheet {
  const scale = 13_000;
  const [x, y] = [4875, 3050];
  const conic = (
    rotate: [number, number],
    middle: [number, number],
    parallels: [number, number],
    k: number,
    at: [number, number],
  ) =>
    asPoint(
      geoConicEqualArea()
        .rotate(rotate)
        .center(middle)
        .parallels(parallels)
        .scale(scale * k)
        .translate([x + scale * at[0], y + scale * at[1]]),
    );
  const within = (west: number, south: number, east: number, north: number) => (lon: number, lat: number) =>
    lon >= west && lon <= east && lat >= south && lat <= north;
  const alaska = within(-180, 50, -129, 73);
  const aleutians = within(170, 50, 180, 73);
  const frames: Frame[] = [
    {
      title: "Lower 48",
      inset: false,
      holds: within(-128, 24, -64, 50),
      project: conic([96, 0], [-0.6, 38.7], [29.5, 45.5], 1, [0, 0]),
    },
    {
      title: "Alaska",
      inset: true,
      holds: (lon, lat) => alaska(lon, lat) || aleutians(lon, lat),
      project: conic([154, 0], [-2, 58.5], [55, 65], 0.33, [-0.2665, 0.201]),
    },
    {
      title: "Hawaii",
      inset: true,
      holds: within(-161, 18, -154, 23),
      project: conic([157, 0], [-3, 19.9], [8, 18], 1, [-0.185, 0.212]),
    },
  ];
  for (const { title, extent, box, parallels } of insets) {
    const [west, south, east, north] = extent;
    const projection = geoConicEqualArea()
      .rotate([-(west + east) / 2, 0])
      .parallels([...parallels])
      .fitExtent(
        [
          [box[0] + 60, box[1] + 60],
          [box[2] - 60, box[3] - 60],
        ],
        {
          type: "MultiPoint",
          coordinates: [
            [west, south],
            [west, north],
            [east, south],
            [east, north],
          ],
        },
      );
    frames.push({
      title,
      inset: true,
      box,
      holds: within(west, south, east, north),
      project: asPoint(projection),
    });
  }
  return { width: WIDTH, height: 6100, frames };
}

function asPoint(projection: GeoProjection): Frame["project"] {
  return (longitude, latitude) => projection([longitude, latitude]);
}

/** One frame that shows everything, as large as the sheet allows. */
function fitted(boxes: readonly [number, number, number, number][]): Sheet {
  const { middle, span } = longitudes(boxes);
  const south = least(boxes.map((box) => box[1]));
  const north = most(boxes.map((box) => box[3]));
  if (boxes.length === 0) return { width: WIDTH, height: WIDTH / 2, frames: [] };
  const projection =
    span > 160 || north - south > 100
      ? geoEqualEarth().rotate([-middle, 0])
      : geoConicEqualArea()
          .rotate([-middle, 0])
          .parallels(awayFromCylinder(south + (north - south) / 6, north - (north - south) / 6));
  projection.scale(1).translate([0, 0]).precision(0);
  const [left, top, right, bottom] = projectedBounds(boxes, projection);
  const margin = 60;
  const maxHeight = 7200;
  const scale = Math.min(
    (WIDTH - 2 * margin) / (right - left || 1),
    (maxHeight - 2 * margin) / (bottom - top || 1),
  );
  const height = Math.round(Math.max((bottom - top) * scale, 1200) + 2 * margin);
  const dx = (WIDTH - scale * (left + right)) / 2;
  const dy = (height - scale * (top + bottom)) / 2;
  const project: Frame["project"] = (longitude, latitude) => {
    const point = projection([longitude, latitude]);
    return point === null ? null : [dx + scale * point[0], dy + scale * point[1]];
  };
  return { width: WIDTH, height, frames: [{ title: "", inset: false, holds: () => true, project }] };
}

/** A conic with parallels at equal distance from the equator has no cone: shift one a little. */
function awayFromCylinder(south: number, north: number): [number, number] {
  return Math.abs(south + north) < 1 ? [south, north + 2] : [south, north];
}

/** The middle of the longitudes on the side of the globe where they are, found beside the widest gap. */
function longitudes(boxes: readonly [number, number, number, number][]): { middle: number; span: number } {
  const sorted = [...boxes].sort((a, b) => a[0] - b[0]);
  let reach = Number.NEGATIVE_INFINITY;
  let gap = Number.NEGATIVE_INFINITY;
  let start = 0;
  for (const box of sorted) {
    if (reach > -Infinity && box[0] - reach > gap) [gap, start] = [box[0] - reach, box[0]];
    reach = Math.max(reach, box[2]);
  }
  const west = sorted[0]?.[0] ?? 0;
  if (west + 360 - reach >= gap) [gap, start] = [west + 360 - reach, west];
  const span = 360 - gap;
  return { middle: ((start + span / 2 + 540) % 360) - 180, span };
}

/** Bounds of the boxes' outlines after projection, eight points a side. */
function projectedBounds(
  boxes: readonly [number, number, number, number][],
  projection: GeoProjection,
): [number, number, number, number] {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [west, south, east, north] of boxes) {
    for (let i = 0; i <= 8; i++) {
      const lon = west + ((east - west) * i) / 8;
      const lat = south + ((north - south) * i) / 8;
      for (const place of [
        [lon, south],
        [lon, north],
        [west, lat],
        [east, lat],
      ] as [number, number][]) {
        const point = projection(place);
        if (point === null) continue;
        left = Math.min(left, point[0]);
        right = Math.max(right, point[0]);
        top = Math.min(top, point[1]);
        bottom = Math.max(bottom, point[1]);
      }
    }
  }
  return left <= right ? [left, top, right, bottom] : [0, 0, 1, 1];
}
