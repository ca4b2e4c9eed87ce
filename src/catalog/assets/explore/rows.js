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
export function rowsOf(rows, look) {
  const marks = pattern(look.query);
  const all = document.createDocumentFragment();
  for (const row of rows) {
    all.append(made("tr", {}, ...CELLS.map(([name, cell]) => headed(cell(row, { ...look, marks }), look.heads[name]))));
  }
  const nothing = made("td", { class: "whole", colspan: String(CELLS.length) }, look.words.nothing);
  if (!rows.length) all.append(made("tr", {}, nothing));
  return all;
}

const CELLS = [
  ["label", (row) => made("td", { class: "label" }, made("bdi", {}, row.label))],
  ["title", title],
  ["plan", (row, look) => said("plan", row, look)],
  ["area", (row, look) => said("area", row, look)],
  ["bodies", bodies],
  ["deadline", deadline],
];

function title(row, look) {
  const words = marked(row.title, look.marks);
  const found = hasMark(words);
  const link = row.href ? made("a", { href: look.plans + row.href }, words) : made("span", {}, words);
  const cell = made("td", { class: "title", lang: row.language, dir: "auto" }, link);
  // A title is its text without the full stop, where a task is one sentence.
  if (row.text.length > row.title.length + 1) cell.append(whole(row, look, found));
  return cell;
}

/** The whole text, folded; open where it has a searched word that the title lacks. */
function whole(row, look, foundInTitle) {
  const text = made("p", { dir: "auto" }, marked(row.text, look.marks));
  const all = made("details", {}, made("summary", { lang: look.lang, dir: "auto" }, look.words.text), text);
  all.open = !foundInTitle && hasMark(text);
  return all;
}

function hasMark(node) {
  return node.querySelector("mark") !== null;
}

function said(name, row, look) {
  return made("td", { class: name, lang: row.language, dir: "auto" }, made("span", {}, marked(row[name], look.marks)));
}

function bodies(row, look) {
  if (!row.bodies.length) return made("td", { class: "bodies" }, none(look));
  const parts = row.bodies.map(([name, role]) => {
    const part = made("span", { class: "muted" }, `(${look.words.roles[role] ?? role})`);
    return made("li", {}, made("bdi", { lang: row.language }, marked(name, look.marks)), " ", part);
  });
  return made("td", { class: "bodies" }, made("ul", {}, ...parts));
}

function deadline(row, look) {
  return made("td", { class: "day" }, row.deadline ? made("time", {}, row.deadline) : none(look));
}

function none(look) {
  return made("span", { class: "muted" }, look.words.none);
}

function headed(cell, word) {
  cell.dataset.head = word;
  return cell;
}

/** An element with attributes and children; texts become text nodes. */
function made(name, attributes, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) if (value) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

/** A pattern for any of the searched words, the longest first; null without a search. */
function pattern(query) {
  const words = wordsIn(query).sort((one, other) => other.length - one.length);
  return words.length ? new RegExp(`(${words.map(escaped).join("|")})`, "giu") : null;
}

function escaped(word) {
  return word.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}

/** A text with the searched words marked. */
function marked(text, marks) {
  const all = document.createDocumentFragment();
  const parts = marks ? text.split(marks) : [text];
  all.append(...parts.map((part, at) => (at % 2 ? made("mark", {}, part) : part)));
  return all;
}
