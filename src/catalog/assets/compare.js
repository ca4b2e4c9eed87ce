/**
 * The page that compares two versions: the choice in the address (`?from=…&to=…`) in, the differences out.
 *
 * A worker reads and compares; this script shows its answers, a limited number of rows of a group at a time, and always
 * as text, never as markup.
 */

const ROWS_AT_ONCE = 200;
const block = document.getElementById("compared");
const { dataset, versions, comparing, words } = block ? JSON.parse(block.textContent) : { versions: [] };
const number = new Intl.NumberFormat(document.documentElement.lang);
const plural = new Intl.PluralRules(document.documentElement.lang);
const MARKS = { same: null, gone: "del", new: "ins" };
let worker;

if (block) start();

function start() {
  document.getElementById("listed").hidden = true;
  const form = document.getElementById("choice");
  form.hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    history.pushState(null, "", `?${new URLSearchParams(new FormData(form))}`);
    follow();
  });
  document.getElementById("swap").addEventListener("click", () => {
    const { from, to } = form.elements;
    [from.value, to.value] = [to.value, from.value];
    form.requestSubmit();
  });
  document.getElementById("save").addEventListener("click", () => save(form.elements));
  addEventListener("popstate", follow);
  follow();
}

/** Do what the address says: by default compare the newest version with the one before. */
function follow() {
  const wanted = new URLSearchParams(location.search);
  const form = document.getElementById("choice");
  const chosen = { from: wanted.get("from") ?? versions[1].number, to: wanted.get("to") ?? versions[0].number };
  clear();
  const unknown = Object.values(chosen).find((choice) => !versions.some(({ number: listed }) => listed === choice));
  if (unknown !== undefined) return showText("problem", fillIn(words.unknown, { version: unknown }));
  form.elements.from.value = chosen.from;
  form.elements.to.value = chosen.to;
  if (chosen.from === chosen.to) return showText("summary", words.alike);
  return compare(chosen);
}

async function compare(chosen) {
  showText("summary", words.reading);
  const own = startWorker();
  const [from, to] = [chosen.from, chosen.to].map(locateVersion);
  try {
    const answer = await own.ask("compare", { from, to, comparing });
    if (own !== worker) return;
    showText("summary", answer.counts.length ? summarise(answer.counts) : words.same);
    showNotes(answer.notes, chosen);
    document.getElementById("saving").hidden = !answer.groups.length;
    await Promise.all(answer.groups.map((group, at) => showGroup(own, group, at)));
  } catch (error) {
    if (own === worker) fail(error);
  }
}

/** Each comparison has a worker of its own; one that is no longer needed is ended at once. */
function startWorker() {
  worker?.end();
  const thread = new Worker(new URL("./compare-worker.js", import.meta.url), { type: "module" });
  const waiting = new Map();
  thread.onmessage = ({ data }) => {
    if (data.progress) return showText("summary", fillIn(words.comparing, { table: data.progress }));
    const { resolve, reject } = waiting.get(data.id);
    waiting.delete(data.id);
    return data.error === undefined ? resolve(data.answer) : reject(new Error(data.error));
  };
  thread.onerror = (event) => waiting.forEach(({ reject }) => reject(new Error(event.message ?? "")));
  let questions = 0;
  worker = {
    ask: (ask, question = {}) => new Promise((resolve, reject) => {
      questions += 1;
      waiting.set(questions, { resolve, reject });
      thread.postMessage({ id: questions, ask, ...question });
    }),
    end: () => thread.terminate(),
  };
  return worker;
}

function locateVersion(chosen) {
  return new URL(versions.find((version) => version.number === chosen).data, document.baseURI).href;
}

/** "3 tasks reworded, 1 added; 1 area renamed". */
function summarise(counts) {
  const pieces = new Map();
  for (const { table, verb, count } of counts) {
    const forms = comparing.tables.find((each) => each.name === table).counted[verb];
    const before = pieces.get(table) ?? [];
    const form = before.length ? forms.more : forms[plural.select(count)] ?? forms.other;
    pieces.set(table, [...before, fillIn(form, { n: number.format(count) })]);
  }
  return Array.from(pieces.values(), (ofTable) => ofTable.join(", ")).join("; ");
}

function showNotes(notes, chosen) {
  const list = document.getElementById("notes");
  list.hidden = !notes.length;
  list.replaceChildren(...notes.map(({ only, table, column }) => {
    const sentence = column ? words.onlyColumn : words.onlyTable;
    return makeElement("li", fillIn(sentence, { version: chosen[only], table, column }));
  }));
}

async function showGroup(own, group, at) {
  const section = makeElement("section", "group");
  section.className = "group";
  const title = makeElement("h2", `${group.title}: ${comparing.kinds[group.kind]} (${number.format(group.count)})`);
  title.id = `group-${group.table}-${group.kind}`;
  section.setAttribute("aria-labelledby", title.id);
  const list = makeElement("ul");
  list.className = "plain";
  const more = makeElement("button");
  more.type = "button";
  section.replaceChildren(title, list, more);
  document.getElementById("changes").append(section);
  const next = async () => {
    const rows = await own.ask("rows", { group: at, start: list.children.length, count: ROWS_AT_ONCE });
    list.append(...rows.map((row) => makeRow(row, group.kind)));
    const left = group.count - list.children.length;
    more.hidden = !left;
    const counts = { n: number.format(Math.min(left, ROWS_AT_ONCE)), left: number.format(left) };
    more.textContent = fillIn(words.more, counts);
  };
  more.addEventListener("click", () => next().catch(fail));
  await next();
}

function makeRow({ id, cells, words: text }, kind) {
  const row = makeElement("li");
  const name = makeElement("span", id);
  name.className = "id";
  row.append(name, ...cells.map(makeCell));
  if (kind !== "altered") row.append(text ? makeElement(kind === "added" ? "ins" : "del", text) : "");
  return row;
}

function makeCell({ column, parts, before, after }) {
  const cell = makeElement("span");
  cell.className = "cell";
  const name = makeElement("span", column);
  name.className = "badge";
  cell.append(name);
  if (parts) cell.append(...parts.map(([kind, text]) => (MARKS[kind] ? makeElement(MARKS[kind], text) : text)));
  else cell.append(...makeBeforeAndAfter(before, after));
  return cell;
}

function makeBeforeAndAfter(before, after) {
  const arrow = makeElement("span", "→");
  arrow.className = "arrow";
  arrow.setAttribute("aria-hidden", "true");
  return [makeHidden(words.was), makeElement("del", before ?? words.nothing), arrow, makeHidden(words.became), makeElement("ins", after ?? words.nothing)];
}

function makeHidden(text) {
  const element = makeElement("span", ` ${text} `);
  element.className = "visually-hidden";
  return element;
}

async function save({ from, to }) {
  try {
    const link = makeElement("a");
    link.href = URL.createObjectURL(await worker.ask("csv"));
    link.download = `${dataset}-${from.value}-${to.value}-changes.csv`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  } catch (error) {
    fail(error);
  }
}

function clear() {
  worker?.end();
  worker = undefined;
  for (const id of ["summary", "problem"]) showText(id, "");
  document.getElementById("notes").hidden = true;
  document.getElementById("saving").hidden = true;
  document.getElementById("changes").replaceChildren();
}

function fail(error) {
  showText("summary", "");
  showText("problem", fillIn(words.failed, { reason: error.message.replace(/\s+/g, " ") }));
}

function showText(id, text) {
  document.getElementById(id).textContent = text;
}

function fillIn(sentence, values) {
  return sentence.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

function makeElement(name, text = "") {
  const element = document.createElement(name);
  element.textContent = text;
  return element;
}
