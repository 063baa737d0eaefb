"""Which regions of a layer cover which points, by GEOS: the real records, the layer's own vertices, points on its
edges and random ones. Arguments: the layer, its id field, the folder of the occurrence files, the folder for the answers.
Writes points.f64 (longitude, latitude) and pairs.i32 (point, region by sorted id); prints the sorted ids."""

import io
import json
import sys
import zipfile

import geopandas
import numpy
import pandas
import pyarrow.parquet
import shapely

layer, id_field, occurrences, out = sys.argv[1:5]


def records():
    for name, member in (("isu-birds.dwca.zip", "occurrence.txt"), ("netherlands.simple-csv.zip", None)):
        with zipfile.ZipFile(f"{occurrences}/{name}") as archive:
            member = member or next(n for n in archive.namelist() if n.endswith(".csv"))
            yield pandas.read_csv(io.BytesIO(archive.read(member)), sep="\t", quoting=3, dtype=str,
                                  usecols=["decimalLongitude", "decimalLatitude"])
    for name in ("2021", "2024-03", "2024-late"):
        yield pyarrow.parquet.read_table(f"{occurrences}/snapshot-schema-{name}.parquet",
                                         columns=["decimallongitude", "decimallatitude"]).to_pandas()


def points_of_records():
    for frame in records():
        frame.columns = [column.lower() for column in frame.columns]
        pair = frame[["decimallongitude", "decimallatitude"]].apply(pandas.to_numeric, errors="coerce").to_numpy(float)
        yield pair[~numpy.isnan(pair).any(axis=1)]


def esri_rings(path):
    with open(path, encoding="utf8") as file:
        return [shapely.Polygon(ring) for ring in json.load(file)["geometry"]["rings"]]


random = numpy.random.default_rng(20241124)
if layer.endswith(".json"):
    shapes = numpy.array(esri_rings(layer))
    ids = ["13076" if "wilderness" in layer else "199585"]
else:
    frame = geopandas.read_file(layer).sort_values(id_field, ignore_index=True)
    shapes, ids = frame.geometry.to_numpy(), frame[id_field].tolist()

rings = shapely.get_rings(shapes)
ends = [shapely.get_coordinates(ring) for ring in rings]
vertices = numpy.concatenate(ends)
share = random.random((len(vertices) - len(ends), 1))
starts, stops = (numpy.concatenate([e[s] for e in ends]) for s in (slice(0, -1), slice(1, None)))
on_edges = numpy.where(share < 0.4, (starts + stops) / 2, starts + share * (stops - starts))
west, south, east, north = shapely.total_bounds(shapes)
margin = 0.05 * max(east - west, north - south)
anywhere = random.uniform((west - margin, max(south - margin, -90)), (min(east + margin, 180), north + margin), (100_000, 2))
near = vertices[random.integers(0, len(vertices), 100_000)] + random.normal(0, 0.01, (100_000, 2))
world = numpy.array([(x, y) for x in (-180, 0, 180) for y in (-90, 0, 90)], float)
points = numpy.concatenate([*points_of_records(), vertices, on_edges, anywhere, near, world])
points = points[(numpy.abs(points) <= (180, 90)).all(axis=1)]

tree = shapely.STRtree(shapely.points(points))
if layer.endswith(".json"):
    # Rings of one area, whatever their order and orientation: inside an odd number of them, or on any of them.
    within = numpy.zeros(len(points), int)
    touched = numpy.zeros(len(points), bool)
    strictly = tree.query(shapes, predicate="contains_properly")
    numpy.add.at(within, strictly[1], 1)
    covered = set(map(tuple, tree.query(shapes, predicate="covers").T)) - set(map(tuple, strictly.T))
    touched[[point for _, point in covered]] = True
    pairs = [(point, 0) for point in numpy.flatnonzero(touched | (within % 2 == 1))]
else:
    region, point = tree.query(shapes, predicate="covers")
    pairs = numpy.stack([point, region], axis=1)[numpy.lexsort((region, point))]
points.astype("<f8").tofile(f"{out}/points.f64")
numpy.array(pairs, "<i4").tofile(f"{out}/pairs.i32")
print(json.dumps(ids))
