/**
 * The worker of the comparison: it keeps the differences between two versions and sends parts of them to the page.
 *
 * `{ ask: "compare", from, to, comparing }` reads both versions' tables and answers with counts, notes and groups;
 * `{ ask: "rows", group, start, count }` with rows of a group, their changed words marked; `{ ask: "csv" }` with a Blob of
 * all changes. Each answer has the `id` of its question; where it failed it has `error`. While it reads it sends
 * `progress`. So the page itself works only on the rows that it shows.
 */

import { byCodePoint, listChanges } from "./compare-rows.js";
import { isSentence, splitStretches } from "./compare-words.js";
import { csvOf } from "./changes-csv.js";
import { readTable } from "./parquet.js";

const MAX_CHARACTERS = 400;
const KINDS = ["altered", "added", "removed"];
const ANSWERS = { compare, rows, csv };

let comparison = { comparing: null, lines: [], groups: [] };

self.onmessage = async ({ data }) => {
  try {
    self.postMessage({ id: data.id, answer: await ANSWERS[data.ask](data) });
  } catch (error) {
    self.postMessage({ id: data.id, error: String(error.message) });
  }
};

async function compare({ from, to, comparing }) {
  const [old, now] = await Promise.all([readColumns(from), readColumns(to)]);
  const lines = new Map();
  const notes = [];
  for (const table of comparing.tables) {
    self.postMessage({ progress: table.title });
    notes.push(...listNotes(table, old[table.name], now[table.name]));
    const both = await Promise.all([readRows(from, table, old[table.name]), readRows(to, table, now[table.name])]);
    lines.set(table.name, listChanges(table, ...both, comparing.wholeRow));
  }
  const groups = comparing.tables.flatMap((table) => groupLines(table, lines.get(table.name)));
  comparison = { comparing, groups, lines: [...lines.keys()].sort(byCodePoint).flatMap((name) => lines.get(name)) };
  return {
    notes,
    counts: comparing.tables.flatMap((table) => countRows(table, lines.get(table.name), comparing.verbs)),
    groups: groups.map(({ table, kind, rows: changed }) => ({ table: table.name, title: table.title, kind, count: changed.length })),
  };
}

/** The columns of each table of a version, from its descriptor. */
async function readColumns(version) {
  const url = new URL("datapackage.json", version);
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  const { resources } = await answer.json();
  return Object.fromEntries(resources.map(({ name, schema }) => [name, new Set(schema.fields.map((field) => field.name))]));
}

/** A table's compared columns; without rows where the version has no such table. */
async function readRows(version, table, exists) {
  const names = table.columns.map(({ name }) => name);
  if (!exists) return Object.fromEntries(names.map((name) => [name, []]));
  return readTable(new URL(`${table.name}.parquet`, version), names);
}

/** Which tables and columns only one of the versions has. */
function listNotes(table, old, now) {
  if (!old && !now) return [];
  if (!old || !now) return [{ only: old ? "from" : "to", table: table.title }];
  return table.columns
    .filter(({ name }) => old.has(name) !== now.has(name))
    .map(({ name, title }) => ({ only: old.has(name) ? "from" : "to", table: table.title, column: title }));
}

/** The changes of a table by kind; the cells of a row are adjacent. */
function groupLines(table, lines) {
  const byKind = new Map(KINDS.map((kind) => [kind, []]));
  for (const line of lines) {
    const changed = byKind.get(line[2]);
    const last = changed.at(-1);
    if (line[2] === "altered" && last?.[0][1] === line[1]) last.push(line);
    else changed.push([line]);
  }
  return KINDS.map((kind) => ({ table, kind, rows: byKind.get(kind) })).filter(({ rows: changed }) => changed.length);
}

/** How many rows of a table were altered in which way, added or removed; a row counts once for a verb. */
function countRows(table, lines, verbs) {
  const ids = new Map();
  for (const [, id, kind, column] of lines) {
    const verb = kind === "altered" ? table.verbs[column] : kind;
    if (!ids.has(verb)) ids.set(verb, new Set());
    ids.get(verb).add(id);
  }
  return verbs.filter((verb) => ids.has(verb)).map((verb) => ({ table: table.name, verb, count: ids.get(verb).size }));
}

function rows({ group, start, count }) {
  const { table, rows: changed } = comparison.groups[group];
  return changed.slice(start, start + count).map((lines) => ({
    id: lines[0][1],
    cells: lines[0][2] === "altered" ? lines.map((line) => describeCell(table, line)) : [],
    words: lines[0][2] === "altered" ? "" : describeRow(table, lines[0]),
  }));
}

function describeCell(table, [, , , name, before, after]) {
  const column = table.columns.find((each) => each.name === name);
  const marked = column.words && before !== null && after !== null && (isSentence(before) || isSentence(after));
  return { column: column.title, ...(marked ? { parts: splitStretches(before, after) } : { before, after }) };
}

/** The text of an added or removed row: its first two cells with words. */
function describeRow(table, [, , , , before, after]) {
  const content = JSON.parse(after ?? before);
  const shown = table.columns.filter(({ name, words }) => words && content[name]).slice(0, 2);
  const text = shown.map(({ name }) => content[name]).join(" ");
  return text.length <= MAX_CHARACTERS ? text : `${Array.from(text).slice(0, MAX_CHARACTERS).join("")}…`;
}

function csv() {
  return csvOf(comparison.comparing.changes, comparison.lines, comparison.comparing.formula);
}
