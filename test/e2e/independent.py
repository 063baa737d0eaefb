"""Does the work of `bisonflow run` over again with other tools (csv, shapely, pandas), straight from the
domain's rules, and compares every record and every cell. Prints one JSON object: what differs.

argv: archive (DwC-A or Parquet file), register (US-RIIS v1), county shapefile zip, aiannh shapefile zip, run folder
"""
import csv, io, json, math, os, re, sys, zipfile
from collections import Counter, defaultdict

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import shapely

archive, register, county_zip, aiannh_zip, run = sys.argv[1:6]


def read_records():
    if archive.endswith(".zip"):
        with zipfile.ZipFile(archive) as z:
            text = z.read("occurrence.txt").decode("utf-8")
        lines = text.split("\n")
        if lines[-1] == "":
            lines.pop()
        header = lines[0].rstrip("\r").split("\t")
        for line in lines[1:]:
            cells = line.rstrip("\r").split("\t")
            cells += [""] * (len(header) - len(cells))
            row = {name.lower(): (None if cell in ("", "\\N") else cell) for name, cell in zip(header, cells)}
            yield row
    else:
        for row in pq.read_table(archive).to_pylist():
            for key in ("gbifid", "taxonkey", "specieskey"):
                if row[key] is not None:
                    row[key] = str(int(row[key])) if not isinstance(row[key], str) else row[key]
            yield row


def number(value):
    if value is None:
        return None
    if isinstance(value, (int, float)):
        return float(value)
    value = value.strip()
    return float(value) if re.fullmatch(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", value) else None


def word(value):
    return "" if value is None else str(value).strip().upper()


RANKS = {"SPECIES", "SUBSPECIES", "VARIETY", "FORM", "INFRASPECIFIC_NAME", "INFRASUBSPECIFIC_NAME"}
BASES = {"HUMAN_OBSERVATION", "OBSERVATION", "OCCURRENCE", "PRESERVED_SPECIMEN"}


def rule_of(row):
    if word(row.get("countrycode")) != "US":
        return "country"
    lat, lon = number(row.get("decimallatitude")), number(row.get("decimallongitude"))
    if lat is None or lon is None or math.isnan(lat) or math.isnan(lon) or not (-90 <= lat <= 90 and -180 <= lon <= 180):
        return "coordinates"
    if word(row.get("occurrencestatus")) not in ("", "PRESENT"):
        return "occurrence_status"
    if word(row.get("taxonrank")) not in RANKS:
        return "taxon_rank"
    if word(row.get("basisofrecord")) not in BASES:
        return "basis_of_record"
    return None


dropped = Counter()
kept = []
for row in read_records():
    rule = rule_of(row)
    if rule:
        dropped[rule] += 1
    else:
        kept.append(row)


def layer(path):
    frame = gpd.read_file(path)
    frame = frame.sort_values("GEOID").reset_index(drop=True)
    return frame, shapely.STRtree(frame.geometry.values)


points = shapely.points([number(r["decimallongitude"]) for r in kept], [number(r["decimallatitude"]) for r in kept])


def locate(frame, tree):
    # covers: boundary included; of several, the first by id (frames are sorted by it).
    point, region = tree.query(points, predicate="covered_by")
    first = {}
    for p, r in zip(point.tolist(), region.tolist()):
        first[p] = min(r, first.get(p, r))
    return first


county, county_tree = layer(county_zip)
aiannh, aiannh_tree = layer(aiannh_zip)
in_county, in_aiannh = locate(county, county_tree), locate(aiannh, aiannh_tree)

entries = {}
with open(register, encoding="utf-8-sig", newline="") as f:
    for line in csv.DictReader(f):
        key = line["GBIF taxonKey"].strip()
        if not key:
            continue
        degree = line["Introduced or Invasive"].strip().lower()
        place = line["locality"].strip()
        known = entries.get((place, key))
        if known is None or (known[0] == "introduced" and degree == "invasive"):
            entries[(place, key)] = (degree, line["occurrenceID"].strip())

TERRITORIES = {"60", "66", "69", "72", "78"}
records = {}
for i, row in enumerate(kept):
    out = {}
    c = in_county.get(i)
    out["county_id"] = county.GEOID[c] if c is not None else None
    out["county_name"] = county.NAMELSAD[c] if c is not None else None
    state = county.STATEFP[c] if c is not None else None
    out["state_id"] = state
    out["state_name"] = county.STATE_NAME[c] if c is not None else None
    a = in_aiannh.get(i)
    out["aiannh_id"] = aiannh.GEOID[a] if a is not None else None
    out["aiannh_name"] = aiannh.NAMELSAD[a] if a is not None else None
    place = None if state is None or state in TERRITORIES else {"02": "AK", "15": "HI"}.get(state, "L48")
    out["riis_region"] = place
    hit = match = None
    if place:
        for name, column in (("accepted", "acceptedtaxonkey"), ("taxon", "taxonkey"), ("species", "specieskey")):
            key = row.get(column)
            if key and (place, str(key)) in entries:
                hit, match = entries[(place, str(key))], name
                break
    out["riis_assessment"] = (hit[0] if hit else "presumed_native") if place else None
    out["riis_match"] = match
    out["riis_occurrence_id"] = hit[1] if hit else None
    out["specieskey"] = None if row.get("specieskey") is None else str(row["specieskey"])
    out["species"] = row.get("species")
    records[str(row["gbifid"])] = out

# --- records ---------------------------------------------------------------------------------------
folder = os.path.join(run, "occurrences")
found = pd.concat([pq.read_table(os.path.join(folder, f)).to_pandas() for f in sorted(os.listdir(folder))])
differences = defaultdict(list)
if sorted(found.gbifid) != sorted(records):
    differences["gbifid"].append([len(found), len(records)])
for got in found.to_dict("records"):
    want = records.get(got["gbifid"])
    for column, value in (want or {}).items():
        mine = None if got[column] is None or (isinstance(got[column], float) and math.isnan(got[column])) else got[column]
        if mine != value:
            differences[column].append([got["gbifid"], mine, value])


# --- tables ----------------------------------------------------------------------------------------
def table(name):
    return pq.read_table(os.path.join(run, "tables", name + ".parquet")).to_pandas()


def same(name, got, want):
    if got != want:
        keys = [k for k in set(got) | set(want) if got.get(k) != want.get(k)]
        differences[name] += [[str(k), str(got.get(k)), str(want.get(k))] for k in keys[:5]]


rules = ["country", "coordinates", "occurrence_status", "taxon_rank", "basis_of_record"]
same("dropped", dict(zip(table("dropped").rule, table("dropped").occ_count)), {r: dropped[r] for r in rules})
regions = {"county": county.GEOID, "state": sorted(set(county.STATEFP)), "aiannh": aiannh.GEOID}
for name, ids in regions.items():
    occ, species, parts, cells, listed = Counter(), defaultdict(set), Counter(), Counter(), Counter()
    part_species = defaultdict(set)
    for r in records.values():
        region = r[f"{name}_id"]
        if region is None:
            continue
        occ[region] += 1
        parts[region, r["riis_assessment"]] += 1
        if r["specieskey"]:
            species[region].add(r["specieskey"])
            part_species[region, r["riis_assessment"]].add(r["specieskey"])
            cells[region, r["specieskey"]] += 1
            listed[region, r["specieskey"], r["riis_assessment"]] += 1
    want = {}
    for region in ids:
        assessed = sum(parts[region, a] for a in ("introduced", "invasive", "presumed_native"))
        n = len(species[region])
        row = [occ[region], n]
        for a in ("introduced", "invasive", "presumed_native"):
            row.append(parts[region, a])
        for a in ("introduced", "invasive", "presumed_native"):
            row.append(len(part_species[region, a]))
        for a in ("introduced", "invasive", "presumed_native"):
            row.append(parts[region, a] / assessed if assessed else None)
        for a in ("introduced", "invasive", "presumed_native"):
            row.append(len(part_species[region, a]) / n if n else None)
        want[region] = tuple(row)
    counts = table(f"{name}_counts")
    kinds = ("introduced", "invasive", "presumed_native")
    order = ["occ_count", "species_count"] + [f"{a}_occ_count" for a in kinds] + [f"{a}_species_count" for a in kinds]
    order += [f"{a}_occ_proportion" for a in kinds] + [f"{a}_species_proportion" for a in kinds]
    got = {
        row["region_id"]: tuple(None if row[c] is None or math.isnan(row[c]) else row[c] for c in order)
        for row in counts.to_dict("records")
    }
    same(f"{name}_counts", got, want)
    lists = table(f"{name}_x_species_list")
    got = {
        (r["region_id"], r["species_key"], r["riis_assessment"] if isinstance(r["riis_assessment"], str) else None): r["occ_count"]
        for r in lists.to_dict("records")
    }
    same(f"{name}_x_species_list", got, dict(listed))
    if name == "county":
        matrix = table("county_x_species_matrix")
        same("matrix", dict(zip(zip(matrix.region_id, matrix.species_key), matrix.occ_count)), dict(cells))
        present = {k for k, v in cells.items() if v >= 3}
        sites, kinds_ = sorted({s for s, _ in present}), sorted({k for _, k in present})
        X = np.zeros((len(sites), len(kinds_)))
        for s, k in present:
            X[sites.index(s), kinds_.index(k)] = 1
        S, N = X.shape
        alpha, omega = X.sum(1), X.sum(0)
        phi, psi = X @ omega, alpha @ X
        site = table("county_x_species_site_stats").set_index("region_id").loc[sites]
        kind = table("county_x_species_species_stats").set_index("species_key").loc[kinds_]
        for column, values in {
            "alpha": alpha, "alpha_proportional": alpha / N, "phi": phi,
            "phi_average_proportional": phi / (S * alpha),
        }.items():
            if not np.allclose(site[column], values, rtol=1e-12):
                differences[column].append("differs")
        for column, values in {
            "omega": omega, "omega_proportional": omega / S, "psi": psi, "psi_average_proportional": psi / (N * omega),
        }.items():
            if not np.allclose(kind[column], values, rtol=1e-12):
                differences[column].append("differs")
        np.seterr(all="ignore")
        div = lambda a, b: a / b if b else math.nan
        sigma_s = X @ X.T / N - np.outer(alpha / N, alpha / N)
        sigma_n = X.T @ X / S - np.outer(omega / S, omega / S)
        shared = X.T @ X
        pairs = [
            (omega[i] - shared[i, j]) * (omega[j] - shared[i, j]) for i in range(N) for j in range(i + 1, N)
        ]
        wanted = {
            "sites": S, "species": N, "whittaker": div(N, (omega / S).sum()) if S else math.nan, "lande": N - (omega / S).sum() if S else math.nan,
            "legendre": omega.sum() - (omega**2).sum() / S if S else math.nan, "schluter_sites": div(sigma_s.sum(), np.trace(sigma_s)) if S else math.nan,
            "schluter_species": div(sigma_n.sum(), np.trace(sigma_n)) if S else math.nan,
            "c_score": float(np.mean(pairs)) if pairs else math.nan,
        }
        got = dict(zip(table("county_x_species_diversity_stats").statistic, table("county_x_species_diversity_stats").value))
        for statistic, value in wanted.items():
            # Undefined here is a division by zero; there it is null.
            if math.isnan(value) and (got[statistic] is None or math.isnan(got[statistic])):
                continue
            if not math.isclose(got[statistic], value, rel_tol=1e-9):
                differences[statistic].append([str(got[statistic]), str(value)])

names = defaultdict(Counter)
total = Counter()
for r in records.values():
    if r["specieskey"]:
        total[r["specieskey"]] += 1
        if r["species"]:
            names[r["specieskey"]][r["species"]] += 1
chosen = {k: (min(names[k].items(), key=lambda item: (-item[1], item[0]))[0] if names[k] else None) for k in total}
species = table("species_list")
same("species_list", dict(zip(species.species_key, zip(species.species, species.occ_count))), {k: (chosen[k], total[k]) for k in total})
manifest = json.load(open(os.path.join(run, "manifest.json")))
read = len(kept) + sum(dropped.values())
same("manifest", {"read": manifest["records"]["read"], "kept": manifest["records"]["kept"]}, {"read": read, "kept": len(kept)})
print(json.dumps({"read": read, "kept": len(kept), "located": len(in_county), "differences": differences}))
