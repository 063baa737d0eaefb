import { isSimilar, partStem, stem } from "./likeness.ts";
import type { FileSchema } from "./read-schemas.ts";
import type { StrayFile } from "./recognize.ts";

/** A file of a table with the folders that lie between it and the table's own. */
export interface MemberFile {
  readonly file: FileSchema;
  readonly folders: readonly string[];
}

/** Files that make up one table. */
export interface TableGroup {
  /** Folders from the crawled one (whose own name comes first) to the table's. */
  readonly path: readonly string[];
  /** Set where one file is the whole table: its name. */
  readonly fileName?: string | undefined;
  readonly members: readonly MemberFile[];
  /** Names of data files in the table's folder that are not of the table. */
  readonly excluded: readonly string[];
}

export interface Grouping {
  readonly tables: TableGroup[];
  readonly strays: StrayFile[];
}

interface Folder {
  readonly path: readonly string[];
  readonly files: FileSchema[];
  readonly folders: Map<string, Folder>;
}

const runFolders = ["occurrences", "tables", "maps"];

/**
 * Decides which files make up which table; pure, on names and columns alone.
 *
 * A folder is a table when its files are parts by their names (part-00000, 000000 …) or share at least seven in
 * ten of their columns; a file that shares fewer becomes a table of its own and never splits the rest. Folders
 * `key=value`, and folders side by side whose tables are alike, are partitions of the folder above. In the folder of
 * a run every file under tables/ and maps/ is its own table. Text beside Parquet of the same name is the same
 * table twice, and the Parquet is taken.
 */
export function groupTables(options: {
  /** The crawled folder's uri, ending in "/". */
  folder: string;
  folderName: string;
  files: readonly FileSchema[];
  isRunFolder: boolean;
}): Grouping {
  const root: Folder = { path: [options.folderName], files: [], folders: new Map() };
  const strays: StrayFile[] = [];
  for (const file of options.files) {
    const parts = file.uri.slice(options.folder.length).split(/[/\\]/);
    if (options.isRunFolder && !(parts.length > 1 && runFolders.includes(parts[0] ?? ""))) {
      strays.push({ uri: file.uri, reason: "is no output of the run" });
      continue;
    }
    let at = root;
    for (const name of parts.slice(0, -1)) {
      const next = at.folders.get(name) ?? { path: [...at.path, name], files: [], folders: new Map() };
      at.folders.set(name, next);
      at = next;
    }
    at.files.push(file);
  }
  return { tables: tablesOf(root, options.isRunFolder, strays), strays };
}

function tablesOf(folder: Folder, isRun: boolean, strays: StrayFile[]): TableGroup[] {
  const isPerFile = isRun && folder.path.length === 2 && folder.path[1] !== "occurrences";
  const children = [...folder.folders.values()];
  if (children.some(({ path }) => isKeyValue(path))) return [partitionedTable(folder, strays)];
  const own = isPerFile
    ? fileTables(withoutTwins(folder.files, strays), folder.path)
    : ownTables(folder, strays);
  const below = children.flatMap((child) => tablesOf(child, isRun, strays));
  const merged = own.length === 0 && !isRun ? mergedAsPartitions(folder, children, below) : undefined;
  return merged === undefined ? [...own, ...below] : [merged];
}

function isKeyValue(path: readonly string[]): boolean {
  return /^[^=]+=/.test(path.at(-1) ?? "");
}

/** Everything below a folder of key=value folders is one table, of the format that most files have. */
function partitionedTable(folder: Folder, strays: StrayFile[]): TableGroup {
  const all = membersOf(folder, []);
  const depthOf = mostCommon(all.map(({ folders }) => String(folders.length)));
  const format = mostCommon(all.map(({ file }) => file.format));
  const members = all.filter(({ file, folders }) => {
    const fits = file.format === format && String(folders.length) === depthOf;
    if (!fits)
      strays.push({
        uri: file.uri,
        reason: "lies at another depth or has another format than its table's files",
      });
    return fits;
  });
  return { path: folder.path, members, excluded: [] };
}

function membersOf(folder: Folder, folders: readonly string[]): MemberFile[] {
  const below = [...folder.folders].flatMap(([name, child]) => membersOf(child, [...folders, name]));
  return [...folder.files.map((file) => ({ file, folders })), ...below];
}

/** Folders side by side, each one table of the same look, are partition_0 of the folder above, as Glue has it. */
function mergedAsPartitions(
  folder: Folder,
  children: readonly Folder[],
  below: readonly TableGroup[],
): TableGroup | undefined {
  const [first] = below;
  if (first === undefined || below.length < 2 || below.length !== children.length) return undefined;
  const isAlike = below.every(
    ({ path, fileName, members }, i) =>
      fileName === undefined &&
      path.length === folder.path.length + 1 &&
      path.at(-1) === children[i]?.path.at(-1) &&
      !/\.(parquet|csv|tsv)$/i.test(path.at(-1) ?? "") &&
      members[0]?.folders.length === first.members[0]?.folders.length &&
      members[0]?.file.format === first.members[0]?.file.format &&
      isSimilar(members[0]?.file.columns ?? [], first.members[0]?.file.columns ?? []),
  );
  if (!isAlike) return undefined;
  const members = below.flatMap(({ path, members: files }) =>
    files.map(({ file, folders }) => ({ file, folders: [path.at(-1) ?? "", ...folders] })),
  );
  return { path: folder.path, members, excluded: [] };
}

function ownTables(folder: Folder, strays: StrayFile[]): TableGroup[] {
  const files = withoutTwins(folder.files, strays);
  const tables: TableGroup[] = [];
  for (const format of ["parquet", "csv"] as const) {
    const these = files.filter((file) => file.format === format);
    const parts = partsAmong(these, /\.(parquet|csv|tsv)$/i.test(folder.path.at(-1) ?? ""));
    const others = files.filter((file) => !parts.includes(file));
    if (parts.length > 0) {
      tables.push({
        path: folder.path,
        members: parts.map((file) => ({ file, folders: [] })),
        excluded: others.map(({ uri }) => nameOf(uri)),
      });
    }
    tables.push(
      ...fileTables(
        these.filter((file) => !parts.includes(file)),
        folder.path,
      ),
    );
  }
  return tables;
}

/** The files of a folder that are one table together; none when each is a table of its own. */
function partsAmong(files: readonly FileSchema[], isDatasetFolder: boolean): readonly FileSchema[] {
  if (files.length === 0 || isDatasetFolder) return files;
  const stems = new Set(files.map(({ uri }) => partStem(uri)));
  const [only] = stems;
  if (files.length === 1) return ["", "part", "data", "file", "chunk"].includes(only ?? "") ? files : [];
  if (stems.size === 1) return files;
  const clusters: FileSchema[][] = [];
  for (const file of files) {
    const home = clusters.find(([first]) => first !== undefined && isSimilar(first.columns, file.columns));
    if (home === undefined) clusters.push([file]);
    else home.push(file);
  }
  const largest = clusters.reduce((most, one) => (one.length > most.length ? one : most), []);
  return largest.length > 1 ? largest : [];
}

function fileTables(files: readonly FileSchema[], path: readonly string[]): TableGroup[] {
  return files.map((file) => ({
    path,
    fileName: nameOf(file.uri),
    members: [{ file, folders: [] }],
    excluded: [],
  }));
}

function withoutTwins(files: readonly FileSchema[], strays: StrayFile[]): FileSchema[] {
  const parquet = new Set(files.filter(({ format }) => format === "parquet").map(({ uri }) => stem(uri)));
  return files.filter(({ uri, format }) => {
    const isTwin = format === "csv" && parquet.has(stem(uri));
    if (isTwin) strays.push({ uri, reason: "is the text form of the Parquet file beside it" });
    return !isTwin;
  });
}

function mostCommon(values: readonly string[]): string | undefined {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0];
}

function nameOf(uri: string): string {
  return uri.split(/[/\\]/).at(-1) ?? uri;
}
