/** Characters that trimming removes: JavaScript's white space, and U+0085. */
export const WHITESPACE: string =
  "\t\n\v\f\r \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff";

const edges = new RegExp(`^[${WHITESPACE}]+|[${WHITESPACE}]+$`, "g");

/** Removes white space, the same characters as the SQL of `trimSql`, from both ends. */
export function trimText(text: string): string {
  return text.replace(edges, "");
}

/** SQL that removes white space from both ends of a text. */
export function trimSql(expression: string): string {
  return `trim(${expression}, ${whitespaceLiteral})`;
}

// Control characters written as chr() keep the statements printable.
const whitespaceLiteral = `'${WHITESPACE.replace(/[\t\n\v\f\r]/g, "")}' || chr(9) || chr(10) || chr(11) || chr(12) || chr(13)`;
