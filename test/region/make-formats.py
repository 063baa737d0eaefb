"""Writes one layer of three regions in many formats into a folder: a square with a hole and an island in it, one with a
name beyond ASCII, one of two parts. Coordinates are no short decimals."""

import os
import shutil
import sys
import zipfile

import geopandas
import shapely

out = sys.argv[1]
third = 1 / 3
shapes = [
    shapely.MultiPolygon([
        shapely.Polygon([(third, third), (3, third), (3, 3), (third, 3)], [[(1, 1), (1, 2), (2, 2), (2, 1)]]),
        shapely.box(1.25, 1.25, 1.75, 1.75),
    ]),
    shapely.box(3, third, 5 + third, 3),
    shapely.MultiPolygon([shapely.box(10, 10, 10.1, 10.1), shapely.box(11, 11, 11 + third, 11.1)]),
]
frame = geopandas.GeoDataFrame({
    "GEOID": ["010", "020", "030"],
    "NAMELSAD": ["Plain\tplot\n \\ with marks", "Cañón Doña Ana", "Two Parts"],
    "STATEFP": ["01", "01", "02"],
    "STATE_NAME": ["Alabama", "Alabama", "Alaska"],
    "size": [1, None, 3],
}, geometry=shapes, crs=4326)


def pack(name, folder, inside=""):
    with zipfile.ZipFile(f"{out}/{name}", "w", zipfile.ZIP_DEFLATED) as archive:
        for root, _, files in os.walk(folder):
            for file in files:
                path = os.path.join(root, file)
                archive.write(path, os.path.join(inside, os.path.relpath(path, folder)))


frame.to_file(f"{out}/plots.gpkg", layer="plots", driver="GPKG")
frame.to_file(f"{out}/plots.fgb", driver="FlatGeobuf")
frame.to_file(f"{out}/plots.geojson", driver="GeoJSON", COORDINATE_PRECISION=17)
frame.to_file(f"{out}/plots.gdb", layer="plots", driver="OpenFileGDB", geometry_type="MultiPolygon", promote_to_multi=True)
pack("plots.gdb.zip", f"{out}/plots.gdb", "plots.gdb")
pack("nested.zip", f"{out}/plots.gdb", "some folder/plots.gdb")
os.mkdir(f"{out}/shape")
frame.to_file(f"{out}/shape/plots.shp", encoding="UTF-8")
pack("plots.zip", f"{out}/shape")
os.mkdir(f"{out}/latin")
frame.to_file(f"{out}/latin/plots.shp", encoding="ISO-8859-1")
os.mkdir(f"{out}/albers")
frame.to_crs(5070).to_file(f"{out}/albers/plots.gpkg", layer="plots", driver="GPKG")
frame.to_crs(4269).to_file(f"{out}/nad83.gpkg", layer="plots", driver="GPKG")
shutil.copytree(f"{out}/shape", f"{out}/upper")
for name in os.listdir(f"{out}/upper"):
    os.rename(f"{out}/upper/{name}", f"{out}/upper/{name.upper()}")
for part in ("dbf", "prj"):
    shutil.copytree(f"{out}/shape", f"{out}/no-{part}")
    os.remove(f"{out}/no-{part}/plots.{part}")
    pack(f"no-{part}.zip", f"{out}/no-{part}", "inner")
tall = frame.set_geometry(shapely.force_3d(frame.geometry, 12.5))
tall.to_file(f"{out}/tall.gpkg", layer="plots", driver="GPKG")
frame.set_geometry(frame.geometry.centroid).to_file(f"{out}/points.gpkg", layer="points", driver="GPKG")
frame.iloc[:0].to_file(f"{out}/empty.gpkg", layer="plots", driver="GPKG")
frame.to_file(f"{out}/two.gpkg", layer="plots", driver="GPKG")
frame.rename(columns={"NAMELSAD": "NAME"}).iloc[:2].to_file(f"{out}/two.gpkg", layer="others", driver="GPKG", mode="a")
print("null")
