import { UserError } from "../trouble/index.ts";

/** Splits options as a shell does: at blanks, but not within quotes; a backslash takes the next character as it is. */
export function shellWords(text: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote = "";
  for (let at = 0; at < text.length; at++) {
    const character = text[at] ?? "";
    if (quote === "" && /\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (quote === "" && (character === "'" || character === '"')) {
      quote = character;
      word ??= "";
    } else if (character === quote) {
      quote = "";
    } else if (character === "\\" && quote !== "'" && at + 1 < text.length) {
      word = (word ?? "") + (text[++at] ?? "");
    } else {
      word = (word ?? "") + character;
    }
  }
  if (quote !== "") {
    throw new UserError({
      code: "quote-open",
      message: `${text}: a ${quote} is opened and not closed.`,
      hint: "Close it, or put a backslash before it.",
    });
  }
  return word === undefined ? words : [...words, word];
}
