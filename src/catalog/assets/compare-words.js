/**
 * A text before and after in, its stretches out: each is the same in both, gone, or new. A stretch has whole words;
 * Chinese is split into words by the browser's dictionary.
 */

import { diffArrays } from "./vendor/diff.js";

const WORDS = new Intl.Segmenter(undefined, { granularity: "word" });
// A text that shares almost nothing with the earlier one is shown as a whole.
const LIMITS = { timeout: 250, maxEditLength: 3000 };
const MAX_NAME_WORDS = 3;

/**
 * Whether a text is long enough to mark the words that changed; labels and short names are shown as a whole.
 *
 * @param {string} text
 * @returns {boolean}
 */
export function isSentence(text) {
  let count = 0;
  for (const { isWordLike } of WORDS.segment(text)) {
    count += isWordLike ? 1 : 0;
    if (count > MAX_NAME_WORDS) return true;
  }
  return false;
}

/**
 * The stretches of a reworded text.
 *
 * @param {string} before
 * @param {string} after
 * @returns {Array<["same" | "gone" | "new", string]>}
 */
export function splitStretches(before, after) {
  const pieces = diffArrays(splitWords(before), splitWords(after), LIMITS);
  if (!pieces) return [["gone", before], ["new", after]];
  return joinChanges(pieces.map(({ added, removed, value }) => [added ? "new" : removed ? "gone" : "same", value.join("")]));
}

/** White space between two changes belongs to both: several words in a row that changed are one stretch. */
function joinChanges(pieces) {
  const parts = [];
  let open = { gone: "", new: "" };
  const close = () => {
    for (const kind of ["gone", "new"]) if (open[kind]) parts.push([kind, open[kind]]);
    open = { gone: "", new: "" };
  };
  pieces.forEach(([kind, text], at) => {
    if (kind !== "same") open[kind] += text;
    else if (at && at < pieces.length - 1 && !text.trim()) open = { gone: open.gone + text, new: open.new + text };
    else {
      close();
      parts.push([kind, text]);
    }
  });
  close();
  return parts;
}

function splitWords(text) {
  return Array.from(WORDS.segment(text), ({ segment }) => segment);
}
