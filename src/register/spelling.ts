/**
 * What two spellings of one Latin name share: doubled letters, ae and oe, y, ph, th, and the gender endings of the
 * epithets are evened out. Names that differ and share this are candidates of a fuzzy match.
 *
 * @param key a canonical name as nameKey folds it
 */
export function spellingKey(key: string): string {
  const space = key.indexOf(" ");
  if (space < 0) return even(key);
  const epithets = key.slice(space + 1).split(" ");
  return [even(key.slice(0, space)), ...epithets.map((epithet) => withoutEnding(even(epithet)))].join(" ");
}

function even(word: string): string {
  return word
    .replace(/[ao]e/g, "e")
    .replace(/ph/g, "f")
    .replace(/([tr])h/g, "$1")
    .replace(/[yj]/g, "i")
    .replace(/[kq]/g, "c")
    .replace(/(.)\1+/g, "$1");
}

function withoutEnding(word: string): string {
  const stem = word.replace(/(us|um|is|os|on|es|er|or|a|e|i)$/, "");
  return stem.length >= 3 ? stem : word;
}
