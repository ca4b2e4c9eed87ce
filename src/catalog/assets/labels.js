/**
 * A label and a width in, its lines out: broken between words, in Chinese between characters, and cut with an ellipsis
 * where there would be too many lines. The table beside the picture has the whole label.
 */

const IDEOGRAPH = /[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]/;
const PIECES = new Intl.Segmenter(undefined, { granularity: "word" });
const CHARACTERS = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/**
 * Break a label into lines.
 *
 * @param {string} label
 * @param {number} width the most that a line may take
 * @param {(text: string) => number} measure how wide a text is
 * @param {number} most the most lines
 * @returns {string[]} at least one line
 */
export function breakLines(label, width, measure, most = 3) {
  const lines = [""];
  for (const piece of splitPieces(label, width, measure)) {
    const longer = lines.at(-1) + piece;
    if (!lines.at(-1) || measure(longer.trimEnd()) <= width) lines[lines.length - 1] = longer.trimStart();
    else lines.push(piece.trimStart());
  }
  const whole = lines.map((line) => line.trimEnd());
  return whole.length <= most ? whole : [...whole.slice(0, most - 1), cut(whole[most - 1], width, measure)];
}

/** Words with the punctuation that follows them; single characters in Chinese, and where a word is wider than a line. */
function* splitPieces(label, width, measure) {
  let word = "";
  for (const { segment, isWordLike } of PIECES.segment(label)) {
    const isBroken = IDEOGRAPH.test(segment) || measure(segment) > width;
    if (word && isWordLike) {
      yield word;
      word = "";
    }
    if (!isBroken) word += segment;
    else for (const { segment: character } of CHARACTERS.segment(segment)) yield character;
  }
  if (word) yield word;
}

function cut(line, width, measure) {
  const characters = Array.from(CHARACTERS.segment(line), ({ segment }) => segment);
  while (characters.length && measure(`${characters.join("")}…`) > width) characters.pop();
  return `${characters.join("").trimEnd()}…`;
}
