import { type Engine, enumOf, identifier, literal } from "../engine/index.ts";
import type { ProfileRule } from "../occurrence/index.ts";

/** Columns of the output whose texts are words of a small vocabulary, most of the time. */
const candidates: ReadonlySet<string> = new Set([
  "kingdom",
  "phylum",
  "class",
  "taxonrank",
  "taxonomicstatus",
  "countrycode",
  "stateprovince",
  "basisofrecord",
  "occurrencestatus",
  "institutioncode",
  "establishmentmeans",
  "license",
]);

/** So many words are found one by one faster than a record is written; more would have to be looked up. */
const mostWords = 64;
/** All countries are fewer; a column of more texts than this is none of words. */
const mostTexts = 300;

/**
 * Finds those columns of a relation whose kept records have few different texts, and gives each as SQL over the
 * located rows (alias r) that answers the same texts as an ENUM.
 *
 * DuckDB evaluates a function of one dictionary column once for each word of the dictionary. So the translation
 * costs next to nothing, and writing an ENUM a tenth of writing text, whose every value is hashed twice.
 */
export async function wordColumns(
  engine: Engine,
  options: { relation: string; columns: readonly string[]; rules: readonly ProfileRule[] },
): Promise<ReadonlyMap<string, string>> {
  const { relation, rules } = options;
  const columns = options.columns.filter((name) => candidates.has(name));
  if (columns.length === 0) return new Map();
  const distinct = columns.map(
    (name) => `list(DISTINCT ${identifier(name)})[1:${mostTexts + 1}] AS ${identifier(name)}`,
  );
  const texts = await engine.row<Record<string, (string | null)[] | null>>(
    `SELECT ${distinct.join(", ")} FROM (${relation})`,
  );
  const found = new Map<string, string>();
  for (const column of columns) {
    const all = texts[column] ?? [];
    if (all.length > mostTexts) continue;
    const words = await keptWords(
      engine,
      rules,
      column,
      all.filter((word) => word !== null),
    );
    if (words.length > 0 && words.length <= mostWords && words.every(isWritable)) {
      found.set(column, wordSql(column, words.sort()));
    }
  }
  return found;
}

/** Without the words whose records are dropped for them alone: of 250 countries one stays, in a few spellings. */
async function keptWords(
  engine: Engine,
  rules: readonly ProfileRule[],
  column: string,
  words: readonly string[],
): Promise<string[]> {
  const own = rules.filter(({ columns: [name, more] }) => name === column && more === undefined);
  if (own.length === 0 || !words.every(isWritable)) return [...words];
  const rows = await engine.rows<{ word: string }>(
    `SELECT ${identifier(column)} AS word FROM (SELECT unnest([${words.map(literal).join(", ")}]::VARCHAR[]) AS ${identifier(column)})
     WHERE ${own.map(({ keep }) => `(${keep})`).join(" AND ")}`,
  );
  return rows.map(({ word }) => word);
}

/** A statement ends at such a character. */
function isWritable(word: string): boolean {
  return !word.includes("\0");
}

function wordSql(column: string, words: readonly string[]): string {
  const list = `[${words.map(literal).join(", ")}]`;
  return `list_extract(${list}::${enumOf(words)}[], list_position(${list}, r.${identifier(column)}))`;
}
