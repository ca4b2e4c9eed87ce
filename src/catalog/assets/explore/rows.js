/**
 * The rows of a page in, elements out. Texts are set as text nodes: nothing that a document says becomes markup.
 */

import { wordsIn } from "./state.js";

/**
 * The rows of a table's body.
 *
 * @param {object[]} rows as the worker gives them
 * @param {{query: string, plans: string, words: object, heads: Record<string, string>, lang: string}} look what is
 *   searched, the folder of the plans, the page's words and language, and the words above the columns
 * @returns {DocumentFragment}
 */
export function makeRows(rows, look) {
  const marks = makePattern(look.query);
  const all = document.createDocumentFragment();
  for (const row of rows) {
    all.append(makeElement("tr", {}, ...CELLS.map(([name, cell]) => nameColumn(cell(row, { ...look, marks }), look.heads[name]))));
  }
  const nothing = makeElement("td", { class: "whole", colspan: String(CELLS.length) }, look.words.nothing);
  if (!rows.length) all.append(makeElement("tr", {}, nothing));
  return all;
}

const CELLS = [
  ["label", (row) => makeElement("td", { class: "label" }, makeElement("bdi", {}, row.label))],
  ["title", makeTitle],
  ["plan", (row, look) => makeText("plan", row, look)],
  ["area", (row, look) => makeText("area", row, look)],
  ["bodies", makeBodies],
  ["deadline", makeDeadline],
];

function makeTitle(row, look) {
  const words = markWords(row.title, look.marks);
  const isMarked = hasMark(words);
  const link = row.href ? makeElement("a", { href: look.plans + row.href }, words) : makeElement("span", {}, words);
  const cell = makeElement("td", { class: "title", lang: row.language, dir: "auto" }, link);
  // A title is its text without the full stop, where a task is one sentence.
  if (row.text.length > row.title.length + 1) cell.append(makeWholeText(row, look, isMarked));
  return cell;
}

/** The whole text, folded; open where it has a searched word that the title lacks. */
function makeWholeText(row, look, isTitleMarked) {
  const text = makeElement("p", { dir: "auto" }, markWords(row.text, look.marks));
  const all = makeElement("details", {}, makeElement("summary", { lang: look.lang, dir: "auto" }, look.words.text), text);
  all.open = !isTitleMarked && hasMark(text);
  return all;
}

function hasMark(node) {
  return node.querySelector("mark") !== null;
}

function makeText(name, row, look) {
  return makeElement("td", { class: name, lang: row.language, dir: "auto" }, makeElement("span", {}, markWords(row[name], look.marks)));
}

function makeBodies(row, look) {
  if (!row.bodies.length) return makeElement("td", { class: "bodies" }, makeNone(look));
  const parts = row.bodies.map(([name, role]) => {
    const part = makeElement("span", { class: "muted" }, `(${look.words.roles[role] ?? role})`);
    return makeElement("li", {}, makeElement("bdi", { lang: row.language }, markWords(name, look.marks)), " ", part);
  });
  return makeElement("td", { class: "bodies" }, makeElement("ul", {}, ...parts));
}

function makeDeadline(row, look) {
  return makeElement("td", { class: "day" }, row.deadline ? makeElement("time", {}, row.deadline) : makeNone(look));
}

function makeNone(look) {
  return makeElement("span", { class: "muted" }, look.words.none);
}

function nameColumn(cell, word) {
  cell.dataset.head = word;
  return cell;
}

/** An element with attributes and children; texts become text nodes. */
function makeElement(name, attributes, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) if (value) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

/** A pattern for any of the searched words, the longest first; null without a search. */
function makePattern(query) {
  const words = wordsIn(query).sort((left, right) => right.length - left.length);
  return words.length ? new RegExp(`(${words.map(escapeWord).join("|")})`, "giu") : null;
}

function escapeWord(word) {
  return word.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}

/** A text with the searched words marked. */
function markWords(text, marks) {
  const all = document.createDocumentFragment();
  const parts = marks ? text.split(marks) : [text];
  all.append(...parts.map((part, at) => (at % 2 ? makeElement("mark", {}, part) : part)));
  return all;
}
