/**
 * The worker that keeps the table of tasks, so that the page stays responsive: questions in, the rows of one page out.
 *
 * ["load", {data, editions, version, lang}] → {ready: {total, choices}}; ["ask", state] → {answer: {rows, …}};
 * ["save", state] → {saved: Blob}; whatever fails → {failed: message}. Addresses are absolute; `data` is the folder of the version.
 */

import { areasOffered, choices } from "./explore/choices.js";
import { asCsv } from "./explore/csv.js";
import { found, ranks, sorted } from "./explore/find.js";
import { COLUMNS, joined, shown } from "./explore/store.js";
import { tableIn } from "./parquet.js";

const PAGE = 50;
let store = null;
let tasksFile = null;

const ACTS = { load, ask, save };

self.addEventListener("message", async ({ data: [act, ...said] }) => {
  try {
    self.postMessage(await ACTS[act](...said));
  } catch (error) {
    self.postMessage({ failed: String(error) });
  }
});

async function load({ data, editions, version, lang }) {
  const names = Object.keys(COLUMNS);
  const [known, ...files] = await Promise.all([
    fetched(editions).then((answer) => answer.json()),
    ...names.map((name) => fetched(`${data}${name}.parquet`).then((answer) => answer.arrayBuffer())),
  ]);
  const tables = {};
  for (const [at, name] of names.entries()) tables[name] = await tableIn(files[at], COLUMNS[name]);
  tasksFile = files[names.indexOf("tasks")];
  store = joined(tables, known, version);
  store.compare = new Intl.Collator(lang, { numeric: true }).compare;
  // What takes long is prepared before it is needed.
  setTimeout(() => ranks(store, "title"), 500);
  return { ready: { total: store.count, choices: choices(store) } };
}

async function ask(state) {
  const places = await sorted(store, found(store, state), state.sort);
  const pages = Math.max(1, Math.ceil(places.length / PAGE));
  const page = Math.min(Number(state.page) || 1, pages);
  const rows = Array.from(places.slice((page - 1) * PAGE, page * PAGE), (at) => shown(store, at));
  const areas = areasOffered(store, state);
  return { answer: { found: places.length, total: store.count, page, pages, rows, areas } };
}

async function save(state) {
  const places = await sorted(store, found(store, state), state.sort);
  return { saved: asCsv(store, await tableIn(tasksFile), places) };
}

async function fetched(url) {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  return answer;
}
