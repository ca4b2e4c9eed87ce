/**
 * A table in two versions in, the lines of a `changes` table out: rows added, rows removed, cells altered, by the same
 * rules as the `changes` of a release. A column that a version lacks is empty there.
 */

/**
 * @typedef {[string, string, string, string, string | null, string | null]} Line
 *   table, row, added/removed/altered, column (or the mark for the whole row), before, after
 * @typedef {Record<string, Array<string | number | boolean | null>>} Columns
 * @typedef {{ name: string, identity: string[], columns: Array<{ name: string }> }} ComparedTable
 */

/**
 * The changes from the earlier rows to the later ones.
 *
 * @param {ComparedTable} table
 * @param {Columns} old
 * @param {Columns} now
 * @param {string} wholeRow the mark that stands for all columns
 * @returns {Line[]} sorted by row and column, in code point order
 */
export function listChanges(table, old, now, wholeRow) {
  const before = listIds(table, old);
  const after = listIds(table, now);
  const earlierRows = matchRows(before, after);
  const laterIds = new Set(after);
  const lines = [];
  before.forEach((id, row) => {
    if (!laterIds.has(id)) lines.push([table.name, id, "removed", wholeRow, toJson(table, old, row), null]);
  });
  after.forEach((id, row) => {
    const earlier = earlierRows[row];
    if (earlier === undefined) lines.push([table.name, id, "added", wholeRow, null, toJson(table, now, row)]);
    else for (const line of listAltered(table, [id, old, earlier, now, row])) lines.push(line);
  });
  return lines.sort((left, right) => byCodePoint(left[1], right[1]) || byCodePoint(left[3], right[3]));
}

/** Compare two texts by their code points, as releases are sorted; JavaScript itself compares UTF-16 units. */
export function byCodePoint(left, right) {
  const length = Math.min(left.length, right.length);
  for (let at = 0; at < length; at += 1) {
    const first = left.charCodeAt(at);
    const second = right.charCodeAt(at);
    if (first !== second) return rankOf(first) - rankOf(second);
  }
  return left.length - right.length;
}

/** Halves of a code point beyond 0xFFFF come after all others. */
function rankOf(unit) {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

function listIds({ identity }, columns) {
  const parts = identity.map((name) => columns[name] ?? []);
  return parts[0].map((first, row) => (parts.length === 1 ? String(first) : parts.map((part) => part[row]).join(" ")));
}

/** The earlier index of each later row: the same index where all ids are the same, else the first row with its id. */
function matchRows(before, after) {
  if (before.length === after.length && before.every((id, row) => id === after[row])) return after.map((_, row) => row);
  const first = new Map();
  before.forEach((id, row) => first.has(id) || first.set(id, row));
  return after.map((id) => first.get(id));
}

function* listAltered(table, [id, old, earlier, now, row]) {
  for (const { name } of table.columns) {
    const [before, after] = [toText(old[name]?.[earlier]), toText(now[name]?.[row])];
    if (before !== after) yield [table.name, id, "altered", name, before, after];
  }
}

/** A row as JSON with its keys in order, written as the shelf writes it. */
function toJson(table, columns, row) {
  const cells = table.columns.map(({ name }) => [name, toText(columns[name]?.[row])]).sort(([a], [b]) => byCodePoint(a, b));
  return `{${cells.map(([name, cell]) => `${JSON.stringify(name)}: ${JSON.stringify(cell)}`).join(", ")}}`;
}

function toText(cell) {
  return cell === null || cell === undefined ? null : String(cell);
}
