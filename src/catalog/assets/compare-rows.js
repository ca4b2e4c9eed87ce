/**
 * A table in two versions in, the lines of a `changes` table out: rows added, rows removed, cells altered, by the same
 * rules as the `changes` of a release. A column that a version lacks is empty there.
 */

/**
 * @typedef {[string, string, string, string, string | null, string | null]} Line
 *   table, row, added/removed/altered, column (or the sign for the whole row), before, after
 * @typedef {Record<string, Array<string | number | boolean | null>>} Columns
 * @typedef {{ name: string, identity: string[], columns: Array<{ name: string }> }} Asked
 */

/**
 * The changes from the earlier rows to the later ones.
 *
 * @param {Asked} table
 * @param {Columns} old
 * @param {Columns} now
 * @param {string} wholeRow the sign that stands for all columns
 * @returns {Line[]} sorted by row and column, in code point order
 */
export function changesIn(table, old, now, wholeRow) {
  const before = idsOf(table, old);
  const after = idsOf(table, now);
  const places = placesOf(before, after);
  const met = new Set(after);
  const lines = [];
  before.forEach((id, row) => {
    if (!met.has(id)) lines.push([table.name, id, "removed", wholeRow, content(table, old, row), null]);
  });
  after.forEach((id, row) => {
    const place = places[row];
    if (place === undefined) lines.push([table.name, id, "added", wholeRow, null, content(table, now, row)]);
    else for (const line of altered(table, [id, old, place, now, row])) lines.push(line);
  });
  return lines.sort((one, other) => byCodePoint(one[1], other[1]) || byCodePoint(one[3], other[3]));
}

/** Compare two texts by their code points, as releases are sorted; JavaScript itself compares UTF-16 units. */
export function byCodePoint(one, other) {
  const length = Math.min(one.length, other.length);
  for (let at = 0; at < length; at += 1) {
    const mine = one.charCodeAt(at);
    const theirs = other.charCodeAt(at);
    if (mine !== theirs) return raised(mine) - raised(theirs);
  }
  return one.length - other.length;
}

/** Halves of a code point beyond 0xFFFF come after all others. */
function raised(unit) {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

function idsOf({ identity }, columns) {
  const parts = identity.map((name) => columns[name] ?? []);
  return parts[0].map((first, row) => (parts.length === 1 ? String(first) : parts.map((part) => part[row]).join(" ")));
}

/** The earlier index of each later row: the same index where all ids are the same, else the first row with its id. */
function placesOf(before, after) {
  if (before.length === after.length && before.every((id, row) => id === after[row])) return after.map((_, row) => row);
  const first = new Map();
  before.forEach((id, row) => first.has(id) || first.set(id, row));
  return after.map((id) => first.get(id));
}

function* altered(table, [id, old, place, now, row]) {
  for (const { name } of table.columns) {
    const [was, is] = [told(old[name]?.[place]), told(now[name]?.[row])];
    if (was !== is) yield [table.name, id, "altered", name, was, is];
  }
}

/** A row as JSON with its keys in order, written as the shelf writes it. */
function content(table, columns, row) {
  const cells = table.columns.map(({ name }) => [name, told(columns[name]?.[row])]).sort(([a], [b]) => byCodePoint(a, b));
  return `{${cells.map(([name, cell]) => `${JSON.stringify(name)}: ${JSON.stringify(cell)}`).join(", ")}}`;
}

function told(cell) {
  return cell === null || cell === undefined ? null : String(cell);
}
