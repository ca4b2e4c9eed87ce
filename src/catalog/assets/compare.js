/**
 * The page that compares two versions: the choice in the address (`?from=…&to=…`) in, the differences out.
 *
 * A worker reads and compares; this script shows its answers, a limited number of rows of a group at a time, and always
 * as text, never as markup.
 */

const AT_ONCE = 200;
const block = document.getElementById("compared");
const { dataset, versions, asked, words } = block ? JSON.parse(block.textContent) : { versions: [] };
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
  const unknown = Object.values(chosen).find((one) => !versions.some((version) => version.number === one));
  if (unknown !== undefined) return tell("problem", filled(words.unknown, { version: unknown }));
  form.elements.from.value = chosen.from;
  form.elements.to.value = chosen.to;
  if (chosen.from === chosen.to) return tell("summary", words.alike);
  return compare(chosen);
}

async function compare(chosen) {
  tell("summary", words.reading);
  const mine = begun();
  const [from, to] = [chosen.from, chosen.to].map(addressOf);
  try {
    const found = await mine.ask("compare", { from, to, asked });
    if (mine !== worker) return;
    tell("summary", found.counts.length ? summaryOf(found.counts) : words.same);
    noted(found.notes, chosen);
    document.getElementById("saving").hidden = !found.groups.length;
    await Promise.all(found.groups.map((group, at) => showGroup(mine, group, at)));
  } catch (error) {
    if (mine === worker) fail(error);
  }
}

/** Each comparison has a worker of its own; one that is no longer needed is ended at once. */
function begun() {
  worker?.end();
  const thread = new Worker(new URL("./compare-worker.js", import.meta.url), { type: "module" });
  const waiting = new Map();
  thread.onmessage = ({ data }) => {
    if (data.progress) return tell("summary", filled(words.comparing, { table: data.progress }));
    const { resolve, reject } = waiting.get(data.id);
    waiting.delete(data.id);
    return data.error === undefined ? resolve(data.answer) : reject(new Error(data.error));
  };
  thread.onerror = (event) => waiting.forEach(({ reject }) => reject(new Error(event.message ?? "")));
  let asks = 0;
  worker = {
    ask: (ask, question = {}) => new Promise((resolve, reject) => {
      asks += 1;
      waiting.set(asks, { resolve, reject });
      thread.postMessage({ id: asks, ask, ...question });
    }),
    end: () => thread.terminate(),
  };
  return worker;
}

function addressOf(chosen) {
  return new URL(versions.find((one) => one.number === chosen).data, document.baseURI).href;
}

/** "3 tasks reworded, 1 added; 1 area renamed". */
function summaryOf(counts) {
  const told = new Map();
  for (const { table, verb, count } of counts) {
    const forms = asked.tables.find((one) => one.name === table).told[verb];
    const before = told.get(table) ?? [];
    const form = before.length ? forms.more : forms[plural.select(count)] ?? forms.other;
    told.set(table, [...before, filled(form, { n: number.format(count) })]);
  }
  return Array.from(told.values(), (pieces) => pieces.join(", ")).join("; ");
}

function noted(notes, chosen) {
  const list = document.getElementById("notes");
  list.hidden = !notes.length;
  list.replaceChildren(...notes.map(({ only, table, column }) => {
    const sentence = column ? words.onlyColumn : words.onlyTable;
    return made("li", filled(sentence, { version: chosen[only], table, column }));
  }));
}

async function showGroup(mine, group, at) {
  const section = made("section", "group");
  section.className = "group";
  const title = made("h2", `${group.title}: ${asked.kinds[group.kind]} (${number.format(group.count)})`);
  title.id = `group-${group.table}-${group.kind}`;
  section.setAttribute("aria-labelledby", title.id);
  const list = made("ul");
  list.className = "plain";
  const more = made("button");
  more.type = "button";
  section.replaceChildren(title, list, more);
  document.getElementById("changes").append(section);
  const next = async () => {
    const rows = await mine.ask("rows", { group: at, start: list.children.length, count: AT_ONCE });
    list.append(...rows.map((row) => rowOf(row, group.kind)));
    const left = group.count - list.children.length;
    more.hidden = !left;
    const told = { n: number.format(Math.min(left, AT_ONCE)), left: number.format(left) };
    more.textContent = filled(words.more, told);
  };
  more.addEventListener("click", () => next().catch(fail));
  await next();
}

function rowOf({ id, cells, words: said }, kind) {
  const row = made("li");
  const name = made("span", id);
  name.className = "id";
  row.append(name, ...cells.map(cellOf));
  if (kind !== "altered") row.append(said ? made(kind === "added" ? "ins" : "del", said) : "");
  return row;
}

function cellOf({ column, parts, before, after }) {
  const cell = made("span");
  cell.className = "cell";
  const name = made("span", column);
  name.className = "badge";
  cell.append(name);
  if (parts) cell.append(...parts.map(([kind, text]) => (MARKS[kind] ? made(MARKS[kind], text) : text)));
  else cell.append(...beforeAndAfter(before, after));
  return cell;
}

function beforeAndAfter(before, after) {
  const arrow = made("span", "→");
  arrow.className = "arrow";
  arrow.setAttribute("aria-hidden", "true");
  return [unseen(words.was), made("del", before ?? words.nothing), arrow, unseen(words.became), made("ins", after ?? words.nothing)];
}

function unseen(text) {
  const element = made("span", ` ${text} `);
  element.className = "visually-hidden";
  return element;
}

async function save({ from, to }) {
  try {
    const link = made("a");
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
  for (const id of ["summary", "problem"]) tell(id, "");
  document.getElementById("notes").hidden = true;
  document.getElementById("saving").hidden = true;
  document.getElementById("changes").replaceChildren();
}

function fail(error) {
  tell("summary", "");
  tell("problem", filled(words.failed, { reason: error.message.replace(/\s+/g, " ") }));
}

function tell(id, text) {
  document.getElementById(id).textContent = text;
}

function filled(sentence, values) {
  return sentence.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

function made(name, text = "") {
  const element = document.createElement(name);
  element.textContent = text;
  return element;
}
