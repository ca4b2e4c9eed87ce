/**
 * Lines in, a CSV file out as the shelf writes it: a byte-order mark, every value in quotes, nothing for nothing, CRLF,
 * and an apostrophe before a text that a spreadsheet would run as a formula.
 */

const BATCH = 5000;

/**
 * @param {string[]} names the columns
 * @param {Array<Array<string | null>>} lines
 * @param {string} formula what such a text looks like, as a regular expression
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
