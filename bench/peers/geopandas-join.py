"""GeoPandas' spatial join (shapely's STRtree) of points with counties: python geopandas-join.py WKT POINTS COUNT TIMES"""

import json
import sys
import time

import geopandas
import numpy
import shapely

wkt, points_file, count, times = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
with open(wkt, encoding="utf8") as lines:
    ids, texts = zip(*(line.rstrip("\n").split("\t") for line in lines))
counties = geopandas.GeoDataFrame({"id": ids}, geometry=shapely.from_wkt(list(texts)), crs="EPSG:4326")
pairs = numpy.fromfile(points_file, dtype="<f8", count=2 * count).reshape(-1, 2)
points = geopandas.GeoDataFrame(geometry=shapely.points(pairs), crs="EPSG:4326")

seconds = []
for _ in range(times):
    # Without the trees of the time before.
    points = geopandas.GeoDataFrame(geometry=points.geometry.values.copy(), crs="EPSG:4326")
    before = time.process_time()
    joined = geopandas.sjoin(points, counties, predicate="within")
    seconds.append(time.process_time() - before)
print(json.dumps({"seconds": seconds, "counts": joined["id"].value_counts().to_dict()}))
