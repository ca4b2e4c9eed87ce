/**
 * Tasks in, a CSV out in the form of a release: RFC 4180, every value in quotes, an empty cell for null, a byte-order mark,
 * and an apostrophe before what a spreadsheet would run as a formula (src/publish/table_files.py says why).
 *
 * After the published columns of tasks come the titles of plan and area, and the bodies with their roles.
 */

import { listParts, titleOfArea } from "./store.js";

const FORMULA = /^'*[=+\-@\t\r\n＝＋－＠]/;
const SLICE = 2_000;

/**
 * The tasks as a CSV.
 *
 * @param {object} store
 * @param {Record<string, Array>} table all published columns of tasks, in their order
 * @param {ArrayLike<number>} indexes the rows wanted, in the order wanted
 * @returns {Blob}
 */
export function toCsv(store, table, indexes) {
  const columns = [...Object.values(table).map((cells) => (at) => cells[at]), ...listMore(store)];
  const parts = ["\ufeff", toLine([...Object.keys(table), "plan_title", "area_title", "bodies"])];
  for (let from = 0; from < indexes.length; from += SLICE) {
    const slice = Array.from(indexes.slice(from, from + SLICE));
    parts.push(slice.map((at) => toLine(columns.map((cell) => cell(at)))).join(""));
  }
  return new Blob(parts, { type: "text/csv;charset=utf-8" });
}

function listMore(store) {
  const { plan, plans, area, areas, bodies } = store;
  return [
    (at) => plans.title[plan[at]] ?? null,
    (at) => titleOfArea(areas, area[at]) || null,
    (at) => listParts(store, at).map(({ body, role }) => `${bodies.name[body]} (${role})`).join("; ") || null,
  ];
}

function toLine(cells) {
  return `${cells.map(quote).join(",")}\r\n`;
}

function quote(cell) {
  if (cell === null) return "";
  const harmless = typeof cell === "string" && FORMULA.test(cell) ? `'${cell}` : String(cell);
  return `"${harmless.replaceAll('"', '""')}"`;
}
