import { type Engine, identifier } from "../engine/index.ts";
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
  const found = new Map<string, string>();
  for (const column of options.columns.filter((name) => candidates.has(name))) {
    const text = identifier(column);
    const type = `bf_words_${column}`;
    // The words of what is dropped by them alone are not written: 250 countries become one.
    const own = rules.filter(({ columns }) => columns.length === 1 && columns[0] === column);
    const kept = own.map(({ keep }) => ` AND (${keep})`).join("");
    await engine.run(`DROP TYPE IF EXISTS ${type}`);
    await engine.run(
      `CREATE TYPE ${type} AS ENUM (SELECT DISTINCT ${text} FROM (${relation}) WHERE ${text} IS NOT NULL${kept} ORDER BY 1)`,
    );
    const { words } = await engine.row<{ words: bigint }>(`SELECT len(enum_range(NULL::${type})) AS words`);
    if (words > 0n && words <= mostWords) {
      const all = `enum_range(NULL::${type})`;
      found.set(column, `list_extract(${all}::${type}[], list_position(${all}, r.${text}))`);
    }
  }
  return found;
}
