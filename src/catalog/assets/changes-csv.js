/**
 * Lines in, a CSV file out in the form of a release: a byte-order mark, every value in quotes, an empty cell for null,
 * CRLF, and an apostrophe before a text that a spreadsheet would run as a formula.
 */

const BATCH = 5000;

/**
 * @param {string[]} names the columns
 * @param {Array<Array<string | null>>} lines
 * @param {string} formula the regular expression for such a text
 * @returns {Blob}
 */
export function csvOf(names, lines, formula) {
  const guard = new RegExp(formula, "u");
  const row = (cells) => `${cells.map((cell) => quoted(cell, guard)).join(",")}\r\n`;
  const parts = ["\ufeff", row(names)];
  for (let start = 0; start < lines.length; start += BATCH) {
    parts.push(lines.slice(start, start + BATCH).map(row).join(""));
  }
  return new Blob(parts, { type: "text/csv;charset=utf-8" });
}

function quoted(cell, guard) {
  if (cell === null) return "";
  return `"${(guard.test(cell) ? `'${cell}` : cell).replaceAll('"', '""')}"`;
}
