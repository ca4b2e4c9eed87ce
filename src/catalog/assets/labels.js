/**
 * A label and a width in, its lines out: broken between words, in Chinese between characters, and cut with an ellipsis
 * where there would be too many lines. The table beside the picture has the whole label.
 */

const IDEOGRAPH = /[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]/;
const PIECES = new Intl.Segmenter(undefined, { granularity: "word" });
const SIGNS = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/**
 * Break a label into lines.
 *
 * @param {string} label
 * @param {number} width the most that a line may take
 * @param {(text: string) => number} measure how wide a text is
 * @param {number} most the most lines
 * @returns {string[]} at least one line
 */
export function linesOf(label, width, measure, most = 3) {
  const lines = [""];
  for (const piece of piecesOf(label, width, measure)) {
    const longer = lines.at(-1) + piece;
    if (!lines.at(-1) || measure(longer.trimEnd()) <= width) lines[lines.length - 1] = longer.trimStart();
    else lines.push(piece.trimStart());
  }
  const told = lines.map((line) => line.trimEnd());
  return told.length <= most ? told : [...told.slice(0, most - 1), cut(told[most - 1], width, measure)];
}

/** Words with the punctuation that follows them; single characters in Chinese, and where a word is wider than a line. */
function* piecesOf(label, width, measure) {
  let held = "";
  for (const { segment, isWordLike } of PIECES.segment(label)) {
    const apart = IDEOGRAPH.test(segment) || measure(segment) > width;
    if (held && isWordLike) {
      yield held;
      held = "";
    }
    if (!apart) held += segment;
    else for (const { segment: sign } of SIGNS.segment(segment)) yield sign;
  }
  if (held) yield held;
}

function cut(line, width, measure) {
  const signs = Array.from(SIGNS.segment(line), ({ segment }) => segment);
  while (signs.length && measure(`${signs.join("")}…`) > width) signs.pop();
  return `${signs.join("").trimEnd()}…`;
}
