/**
 * The worker that keeps the table of tasks, so that the page stays responsive: questions in, the rows of one page out.
 *
 * ["load", {data, editions, version, lang}] → {ready: {total, choices}}; ["ask", state] → {answer: {rows, …}};
 * ["save", state] → {saved: Blob}; whatever fails → {failed: message}. Addresses are absolute; `data` is the folder of the version.
 */

import { listAreas, listChoices } from "./explore/choices.js";
import { toCsv } from "./explore/csv.js";
import { matchTasks, rankTasks, sortTasks } from "./explore/find.js";
import { COLUMNS, describeTask, joinTables } from "./explore/store.js";
import { tableIn } from "./parquet.js";

const PAGE = 50;
let store = null;
let tasksFile = null;

const ACTS = { load, ask, save };

self.addEventListener("message", async ({ data: [act, ...values] }) => {
  try {
    self.postMessage(await ACTS[act](...values));
  } catch (error) {
    self.postMessage({ failed: String(error) });
  }
});

async function load({ data, editions, version, lang }) {
  const names = Object.keys(COLUMNS);
  const [editionList, ...files] = await Promise.all([
    fetchFile(editions).then((answer) => answer.json()),
    ...names.map((name) => fetchFile(`${data}${name}.parquet`).then((answer) => answer.arrayBuffer())),
  ]);
  const tables = {};
  for (const [at, name] of names.entries()) tables[name] = await tableIn(files[at], COLUMNS[name]);
  tasksFile = files[names.indexOf("tasks")];
  store = joinTables(tables, editionList, version);
  store.compare = new Intl.Collator(lang, { numeric: true }).compare;
  // What takes long is prepared before it is needed.
  setTimeout(() => rankTasks(store, "title"), 500);
  return { ready: { total: store.count, choices: listChoices(store) } };
}

async function ask(state) {
  const indexes = await sortTasks(store, matchTasks(store, state), state.sort);
  const pages = Math.max(1, Math.ceil(indexes.length / PAGE));
  const page = Math.min(Number(state.page) || 1, pages);
  const rows = Array.from(indexes.slice((page - 1) * PAGE, page * PAGE), (at) => describeTask(store, at));
  const areas = listAreas(store, state);
  return { answer: { matches: indexes.length, total: store.count, page, pages, rows, areas } };
}

async function save(state) {
  const indexes = await sortTasks(store, matchTasks(store, state), state.sort);
  return { saved: toCsv(store, await tableIn(tasksFile), indexes) };
}

async function fetchFile(url) {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  return answer;
}
