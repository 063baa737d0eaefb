import { isRemote } from "../../store/index.ts";
import type { TableGroup } from "./group-tables.ts";

/** Where a table is, and where its readers are pointed. */
export interface TablePlace {
  /** The table's folder (ending in "/") or its one file. */
  readonly source: string;
  /** What goes into the catalog: the source, or a folder with lists of the table's files. */
  readonly location: string;
  /** The location holds lists. */
  readonly isLinked: boolean;
  /** Why Athena and its kin cannot read the table at its location. */
  readonly trouble?: string | undefined;
}

/**
 * Decides where readers are pointed. Here, DuckDB is told every file of a table. On S3 Athena, Trino and Spark
 * take a location for a folder and read all that is in it and below: one file among others, or a folder with
 * something else in it, must be given as a list of files, which needs a place to be written to (`links`).
 */
export function placeTable(options: {
  /** The crawled folder, ending in "/". */
  folder: string;
  group: TableGroup;
  name: string;
  database: string;
  /** Names of all files under the crawled folder that readers would see and that hold something. */
  visible: readonly string[];
  /** Folder for lists, ending in "/". */
  links: string | undefined;
}): TablePlace {
  const { folder, group, visible, links } = options;
  const below = group.path
    .slice(1)
    .map((name) => `${name}/`)
    .join("");
  const home = `${folder}${below}`;
  const source = `${home}${group.fileName ?? ""}`;
  if (!isRemote(folder)) return { source, location: source, isLinked: false };
  const members = new Set(group.members.map(({ file }) => file.uri));
  const other = visible.find((uri) => uri.startsWith(home) && !members.has(uri));
  if (other === undefined) return { source: home, location: home, isLinked: false };
  if (links === undefined) {
    const beside = other.slice(home.length);
    const trouble =
      group.fileName === undefined
        ? `they read whole folders, and ${beside} lies among its files`
        : `they read whole folders, and ${beside} lies beside its file`;
    return { source, location: source, isLinked: false, trouble };
  }
  return { source, location: `${links}${options.database}/${options.name}/`, isLinked: true };
}
