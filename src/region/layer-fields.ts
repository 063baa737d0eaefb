import { UserError } from "../trouble/index.ts";
import type { CoarserSource, LayerOptions, SourceRegion } from "./layer-source.ts";
import { usStates } from "./us-states.ts";

/** The fields of a region as they were read. */
export type FieldRow = Readonly<Record<string, string | null>>;

/** Fields that identify a region, by convention, the likelier first: the Census Bureau's, then what formats call it. */
const censusIds = ["GEOID", "GEOID20", "GEOID10"];
const otherIds = ["OBJECTID", "STATEFP"];
/** Fields that name it: the Census Bureau's, PAD-US's, then what everybody calls it. */
const nameFields = [
  "NAMELSAD",
  "NAMELSAD20",
  "NAMELSAD10",
  "Unit_Nm",
  "NAME",
  "NAME20",
  "NAME10",
  "title",
  "label",
];

/** What stands in for the id where no field can: the number of the feature in its file. */
export const featureNumber = "feature number";

export interface FieldChoice {
  readonly idField: string;
  readonly nameField: string;
}

/**
 * Picks the id and name fields: those named, those of convention, else the first whose values are all different.
 * `numbered`: the features' numbers are ids that their file gives them.
 */
export function chooseFields(given: {
  readonly options: LayerOptions;
  readonly fields: readonly { readonly name: string; readonly type: string }[];
  readonly rows: readonly FieldRow[];
  readonly numbered: boolean;
}): FieldChoice {
  const { options, fields, rows, numbered } = given;
  const names = fields.map(({ name }) => name);
  const distinct = (name: string): boolean => isDistinct(name, rows);
  const idField =
    options.idField === undefined
      ? (conventional(censusIds, names, () => true) ??
        conventional(["id"], names, (name) => tellsApart(name, rows)) ??
        (numbered ? featureNumber : undefined) ??
        conventional(otherIds, names, distinct) ??
        fields.find(({ name, type }) => type === "String" && distinct(name))?.name ??
        fields.find(({ name, type }) => type.startsWith("Integer") && distinct(name))?.name ??
        featureNumber)
      : named(options, "id", options.idField, names);
  const nameField =
    options.nameField === undefined
      ? (conventional(nameFields, names, () => true) ?? idField)
      : named(options, "name", options.nameField, names);
  return { idField, nameField };
}

function conventional(
  convention: readonly string[],
  names: readonly string[],
  fits: (name: string) => boolean,
): string | undefined {
  for (const wanted of convention) {
    const found = names.find((name) => name.toLowerCase() === wanted.toLowerCase());
    if (found !== undefined && fits(found)) return found;
  }
  return undefined;
}

/** The field as the file spells it. */
function named(options: LayerOptions, what: string, wanted: string, names: readonly string[]): string {
  const found =
    names.find((name) => name === wanted) ??
    names.find((name) => name.toLowerCase() === wanted.toLowerCase());
  if (found !== undefined) return found;
  throw new UserError({
    code: "layer-field-missing",
    message: `${options.path}: the layer ${options.name} has no field ${wanted} for the ${what}; its fields are ${names.join(", ") || "none"}.`,
    hint: "Name one of these fields.",
  });
}

/** Every row has a value and they are not all the same: a region may come in several rows. */
function tellsApart(field: string, rows: readonly FieldRow[]): boolean {
  const values = new Set(rows.map((row) => row[field] || null));
  return !values.has(null) && (values.size > 1 || rows.length === 1);
}

function isDistinct(field: string, rows: readonly FieldRow[]): boolean {
  const seen = new Set<string>();
  for (const row of rows) {
    const value = row[field];
    if (value == null || value === "" || seen.has(value)) return false;
    seen.add(value);
  }
  return seen.size > 0;
}

/**
 * The coarser layers of a layer: those asked for; `state` where the fields STATEFP and STATE_NAME hold it; and
 * `state` by the first two digits of the ids of counties whose file does not name their states.
 */
export function chooseCoarser(options: {
  readonly layer: LayerOptions;
  readonly sublayer: string;
  readonly fields: readonly string[];
  readonly regions: readonly SourceRegion[];
}): CoarserSource[] {
  const { layer, sublayer, fields, regions } = options;
  const asked = Object.entries(layer.coarser ?? {}).map(([name, wanted]) => ({
    name,
    idField: named(layer, `id of ${name}`, wanted.idField, fields),
    nameField: named(layer, `name of ${name}`, wanted.nameField, fields),
  }));
  if (!asked.some(({ name }) => name === "state") && layer.name !== "state") {
    const idField = conventional(["STATEFP", "STATEFP20", "STATEFP10"], fields, () => true);
    const nameField = conventional(["STATE_NAME"], fields, () => true);
    if (idField !== undefined && nameField !== undefined) asked.push({ name: "state", idField, nameField });
    else if (
      /count(y|ies)/i.test(`${layer.name} ${sublayer}`) &&
      regions.every(({ id }) => isCountyCode(id))
    ) {
      const ids = regions.map(({ id }) => id.slice(0, 2));
      return [...read(asked), { name: "state", ids, names: ids.map((id) => usStates.get(id) ?? id) }];
    }
  }
  return read(asked);

  function read(some: readonly { name: string; idField: string; nameField: string }[]): CoarserSource[] {
    return some.map(({ name, idField, nameField }) => ({
      name,
      ids: regions.map((region) => region.fields[idField] || null),
      names: regions.map((region) => region.fields[nameField] || null),
    }));
  }
}

function isCountyCode(id: string): boolean {
  return /^\d{5}$/.test(id) && usStates.has(id.slice(0, 2));
}
