/**
 * The table of tasks on a page: the form and the address in, questions to explore-worker.js out, and its answers shown.
 *
 * The address has the whole state, so that a link that is sent to somebody shows the same rows. At most one question is
 * open at a time; of those that arrive meanwhile, only the last is sent. The time from an input until its rows are painted
 * is measured as "filter".
 */

import { makeRows } from "./explore/rows.js";
import { NAMES, queryOf, stateIn } from "./explore/state.js";

for (const root of document.querySelectorAll("[data-explore]")) start(root);

function start(root) {
  const part = (name) => root.querySelector(`[data-${name}]`);
  const page = {
    root,
    words: JSON.parse(part("words").textContent),
    form: part("form"),
    part,
    body: root.querySelector("tbody"),
    heads: [...root.querySelectorAll("th[data-sort]")],
    state: stateIn(location.search),
    areasOf: null,
    shown: null,
    underWay: null,
    waiting: null,
  };
  const stamp = new URL(import.meta.url).search;
  page.worker = new Worker(new URL(`explore-worker.js${stamp}`, import.meta.url), { type: "module" });
  page.worker.addEventListener("message", ({ data }) => receive(page, data));
  page.worker.addEventListener("error", () => fail(page));
  page.form.hidden = false;
  part("status").dataset.first = part("status").textContent;
  part("status").textContent = page.words.loading;
  const { source, editions, version } = root.dataset;
  const [data, editionList] = [source, editions].map((url) => new URL(url, document.baseURI).href);
  page.worker.postMessage(["load", { data, editions: editionList, version, lang: document.documentElement.lang }]);
}

function receive(page, message) {
  if (message.failed) fail(page);
  else if (message.ready) prepare(page, message.ready);
  else if (message.saved) save(page, message.saved);
  else show(page, message.answer);
}

/** Show in one line what failed; the rows that are on the page stay. */
function fail(page) {
  page.worker.terminate();
  page.form.hidden = true;
  page.part("pager").hidden = true;
  for (const head of page.heads) head.replaceChildren(head.textContent);
  if (!page.shown) page.part("status").textContent = page.part("status").dataset.first;
  page.part("alert").textContent = page.words.failed;
  page.part("alert").hidden = false;
}

function prepare(page, { choices }) {
  const names = new Intl.DisplayNames([document.documentElement.lang], { type: "language" });
  const languages = choices.language.map((id) => ({ id, name: names.of(id) }));
  offer(page, "plan", choices.plan);
  offer(page, "body", choices.body);
  offer(page, "language", languages);
  findField(page, "plan").closest("label").hidden = choices.plan.length < 2 && !page.state.plan;
  findField(page, "body").closest("label").hidden = !choices.body.length && !page.state.body;
  findField(page, "language").closest("label").hidden = languages.length < 2 && !page.state.language;
  const filtersDays = ["from", "to", "deadline"].some((name) => page.state[name]);
  for (const label of page.root.querySelectorAll("[data-days]")) label.hidden = !choices.days && !filtersDays;
  page.part("fields").disabled = false;
  for (const head of page.heads) makeSortable(page, head);
  listen(page);
  fill(page);
  ask(page);
}

function listen(page) {
  page.form.addEventListener("input", ({ target }) => {
    const other = target.name === "plan" ? { area: "" } : {};
    change(page, { ...readForm(page), ...other, page: "" });
  });
  page.form.addEventListener("submit", (event) => event.preventDefault());
  page.form.addEventListener("reset", (event) => {
    event.preventDefault();
    change(page, Object.fromEntries(NAMES.map((name) => [name, ""])));
    fill(page);
  });
  page.part("download").addEventListener("click", () => page.worker.postMessage(["save", page.state]));
  page.part("pager").addEventListener("click", ({ target }) => turn(page, target.closest("[data-go]")));
  addEventListener("popstate", () => {
    page.state = stateIn(location.search);
    fill(page);
    ask(page);
  });
}

function makeSortable(page, head) {
  const button = document.createElement("button");
  button.type = "button";
  button.append(...head.childNodes);
  button.addEventListener("click", () => {
    const { sort } = head.dataset;
    // Ascending, descending, then the order of the plans again.
    const next = { "": sort, [sort]: `-${sort}`, [`-${sort}`]: "" };
    change(page, { sort: next[page.state.sort] ?? sort, page: "" });
  });
  head.replaceChildren(button);
}

function turn(page, button) {
  if (!button || button.getAttribute("aria-disabled") === "true") return;
  const { page: now, pages } = page.shown;
  const to = { first: 1, previous: now - 1, next: now + 1, last: pages }[button.dataset.go];
  change(page, { page: String(to) });
  page.part("status").scrollIntoView({ block: "nearest" });
}

function change(page, altered) {
  const began = performance.now();
  page.state = { ...page.state, ...altered };
  ask(page, began);
}

/** Ask for the rows of the state; `began` is the time of the input, where it is measured. */
function ask(page, began) {
  page.waiting = { began };
  if (!page.underWay) send(page);
}

function send(page) {
  [page.underWay, page.waiting] = [page.waiting, null];
  page.worker.postMessage(["ask", page.state]);
}

function show(page, answer) {
  const { began } = page.underWay;
  page.underWay = null;
  if (page.waiting) {
    send(page);
    return;
  }
  page.shown = answer;
  const { words, state, root } = page;
  state.page = answer.page > 1 ? String(answer.page) : "";
  offerAreas(page, answer.areas);
  const heads = Object.fromEntries(page.heads.map((head) => [head.dataset.sort, head.textContent]));
  const look = { query: state.q, plans: root.dataset.plans, words, heads, lang: document.documentElement.lang };
  page.body.replaceChildren(makeRows(answer.rows, look));
  for (const head of page.heads) head.setAttribute("aria-sort", directionOf(state.sort, head.dataset.sort));
  showPager(page, answer);
  page.part("status").textContent = describeCount(words, answer);
  history.replaceState(history.state, "", `${location.pathname}${queryOf(state, location.search)}${location.hash}`);
  measure(began);
}

function directionOf(sort, name) {
  return { [name]: "ascending", [`-${name}`]: "descending" }[sort] ?? "none";
}

function describeCount({ count }, { matches, total }) {
  const lang = document.documentElement.lang;
  const rule = new Intl.PluralRules(lang).select(total);
  const number = new Intl.NumberFormat(lang);
  return fillIn(count[rule] ?? count.other, { found: number.format(matches), total: number.format(total) });
}

function showPager(page, { page: now, pages }) {
  const pager = page.part("pager");
  pager.hidden = pages === 1;
  const number = new Intl.NumberFormat(document.documentElement.lang);
  page.part("page").textContent = fillIn(page.words.page, { page: number.format(now), pages: number.format(pages) });
  for (const button of pager.querySelectorAll("[data-go]")) {
    // Not `disabled`, which would take the focus from a reader who turns pages.
    const stuck = ["first", "previous"].includes(button.dataset.go) ? now === 1 : now === pages;
    button.setAttribute("aria-disabled", String(stuck));
  }
}

function fillIn(words, values) {
  return words.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

/** From the input until the rows are painted: the frame after the change, and the task after that frame. */
function measure(began) {
  if (began === undefined) return;
  requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      const { duration } = performance.measure("filter", { start: began, end: performance.now() });
      document.documentElement.dataset.filterMs = duration.toFixed(1);
    };
    port2.postMessage(null);
  });
}

function findField(page, name) {
  return page.form.elements.namedItem(name);
}

/** The state of the form. */
function readForm({ form }) {
  const values = new FormData(form);
  return Object.fromEntries([...form.elements].filter(({ name }) => name).map(({ name }) => [name, values.get(name) ?? ""]));
}

/** Set the form to the state; a choice in a link that is not offered is added by its id, and finds nothing. */
function fill(page) {
  for (const control of page.form.elements) {
    if (!control.name) continue;
    const value = page.state[control.name];
    if (control.type === "checkbox") control.checked = Boolean(value);
    else if (control.tagName === "SELECT") choose(control, value);
    else control.value = value;
  }
}

function choose(select, value) {
  if (![...select.options].some((option) => option.value === value)) select.append(new Option(value, value));
  select.value = value;
}

function offer(page, name, all) {
  const select = findField(page, name);
  select.replaceChildren(select.options[0], ...all.map(({ id, name: words }) => new Option(words, id)));
}

function offerAreas(page, { of, groups }) {
  const select = findField(page, "area");
  select.closest("label").hidden = !groups.length && !page.state.area;
  if (page.areasOf !== of) {
    page.areasOf = of;
    select.replaceChildren(select.options[0], ...groups.map(makeGroup));
  }
  choose(select, page.state.area);
}

function makeGroup({ plan, areas }) {
  const group = document.createElement("optgroup");
  group.label = plan;
  group.append(...areas.map(({ id, name }) => new Option(name, id)));
  return group;
}

function save(page, blob) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = page.root.dataset.file;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
