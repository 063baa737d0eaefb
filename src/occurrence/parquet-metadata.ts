import { type Engine, literal, plainPath } from "../engine/index.ts";
import { UserError } from "../trouble/index.ts";

export interface ParquetMetadata {
  readonly rows: number;
  readonly rowGroups: number;
  readonly columns: { readonly name: string; readonly type: string }[];
}

/** Reads the footer of a Parquet file; `shownPath` is what errors call it. */
export async function readParquetMetadata(
  engine: Engine,
  path: string,
  shownPath = path,
): Promise<ParquetMetadata> {
  const file = literal(plainPath(path));
  try {
    const footer = await engine.row<{ num_rows: bigint; num_row_groups: bigint }>(
      `SELECT num_rows, num_row_groups FROM parquet_file_metadata(${file})`,
    );
    const columns = await engine.columns(`SELECT * FROM read_parquet(${file}, hive_partitioning = false)`);
    return { rows: Number(footer.num_rows), rowGroups: Number(footer.num_row_groups), columns };
  } catch (error) {
    throw new UserError({
      code: "parquet-damaged",
      message: `${shownPath}: the Parquet file's footer cannot be read: ${error instanceof Error ? firstLine(error.message) : String(error)}.`,
      hint: "It is truncated or damaged: download or copy it again.",
      cause: error,
    });
  }
}

function firstLine(text: string): string {
  return (text.split("\n", 1)[0] ?? text).replace(/\.$/, "");
}
