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

/** One pass over the letters: this runs for millions of taxa. */
function even(word: string): string {
  let out = "";
  let last = "";
  for (let at = 0; at < word.length; at++) {
    let letter = word[at] as string;
    const next = word[at + 1];
    if ((letter === "a" || letter === "o") && next === "e") continue;
    if (letter === "h" && (last === "t" || last === "r")) continue;
    if (letter === "p" && next === "h") {
      letter = "f";
      at++;
    } else if (letter === "y" || letter === "j") letter = "i";
    else if (letter === "k" || letter === "q") letter = "c";
    if (letter === last) continue;
    out += letter;
    last = letter;
  }
  return out;
}

function withoutEnding(word: string): string {
  const stem = word.replace(/(us|um|is|os|on|es|er|or|a|e|i)$/, "");
  return stem.length >= 3 ? stem : word;
}
