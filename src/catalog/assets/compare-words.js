/**
 * A text before and after in, its stretches out, each the same, gone or new; by words, which for Chinese are those that
 * the browser's dictionary knows.
 */

import { diffArrays } from "./vendor/diff.js";

const WORDS = new Intl.Segmenter(undefined, { granularity: "word" });
// A text that shares next to nothing with the earlier one is not worth more: it is told whole.
const LIMITS = { timeout: 250, maxEditLength: 3000 };

/**
 * The stretches of a reworded text.
 *
 * @param {string} before
 * @param {string} after
 * @returns {Array<["same" | "gone" | "new", string]>}
 */
export function stretches(before, after) {
  const pieces = diffArrays(wordsOf(before), wordsOf(after), LIMITS);
  if (!pieces) return [["gone", before], ["new", after]];
  return pieces.map(({ added, removed, value }) => [added ? "new" : removed ? "gone" : "same", value.join("")]);
}

function wordsOf(text) {
  return Array.from(WORDS.segment(text), ({ segment }) => segment);
}
