/**
 * The store and a state in, the indexes of the tasks that match out, in the order of the state.
 *
 * Plans, areas and bodies are searched once for each word, not once for each task; of a task only its own string is.
 */

import { areaTitle, folded, partsAt } from "./store.js";
import { wordsIn } from "./state.js";

/**
 * The tasks that match all of a state.
 *
 * @param {object} store
 * @param {Record<string, string>} state
 * @returns {number[]} their indexes in the table of tasks, in the order of the plans
 */
export function found(store, state) {
  const tests = [byPlan, byArea, byBody, byDay, ...wordsIn(folded(state.q)).map(byWord)]
    .map((test) => test(store, state))
    .filter(Boolean);
  return Array.from(store.order).filter((at) => tests.every((test) => test(at)));
}

/**
 * Sort tasks as a state says; those with an empty cell in that column come last in both directions.
 *
 * @param {object} store
 * @param {number[]} places in the plans' own order, which decides between equals
 * @param {string} sort such as "-deadline"; empty for the plans' own order
 * @returns {Promise<ArrayLike<number>>}
 */
export async function sorted(store, places, sort) {
  if (!sort) return places;
  const { rank, last } = await ranks(store, sort.replace("-", ""));
  const down = sort.startsWith("-");
  const size = places.length || 1;
  const keys = Float64Array.from(places, (at, index) => {
    const value = rank[at] < 0 ? last + 1 : down ? last - rank[at] : rank[at];
    return value * size + index;
  });
  return Array.from(keys.sort(), (key) => places[key % size]);
}

/**
 * The ranks of the tasks in a column, -1 for an empty cell; computed once.
 *
 * @param {object} store
 * @param {string} column
 * @returns {Promise<{rank: Int32Array, last: number}>}
 */
export function ranks(store, column) {
  store.ranks[column] ??= ranked(RANKED[column](store), store.compare);
  return store.ranks[column];
}

const byNumber = (one, other) => one - other;
const byCode = (one, other) => (one < other ? -1 : Number(one > other));
const RANKED = {
  label: ({ tasks }) => ({ cells: tasks.ordinal, compare: byNumber }),
  title: ({ tasks }) => ({ cells: tasks.title }),
  plan: ({ plan, plans }) => ({ cells: Array.from(plan, (at) => plans.title[at]) }),
  area: ({ area, areas }) => ({ cells: Array.from(area, (at) => areaTitle(areas, at) || null) }),
  bodies: (store) => ({ cells: store.tasks.task_id.map((_, at) => names(store, at)) }),
  deadline: ({ tasks }) => ({ cells: tasks.deadline, compare: byCode }),
};

function names(store, at) {
  return partsAt(store, at).map(({ body }) => store.bodies.name[body]).join("\n") || null;
}

async function ranked({ cells, compare }, collate) {
  const values = [...new Set(cells)].filter((cell) => cell != null);
  const places = new Map((await inOrder(values, compare ?? collate)).map((value, at) => [value, at]));
  return { rank: Int32Array.from(cells, (cell) => places.get(cell) ?? -1), last: places.size };
}

// To sort a hundred thousand texts by the rules of a language takes a second. Between the runs, and between the
// merges, questions that came meanwhile are answered.
const RUN = 2_000;
const pause = () => new Promise((resolve) => setTimeout(resolve));

async function inOrder(values, compare) {
  let runs = [];
  for (let from = 0; from < values.length; from += RUN) {
    runs.push(values.slice(from, from + RUN).sort(compare));
    await pause();
  }
  while (runs.length > 1) {
    const merged = [];
    for (let at = 0; at < runs.length; at += 2) merged.push(await merge(runs[at], runs[at + 1] ?? [], compare));
    runs = merged;
  }
  return runs[0] ?? [];
}

async function merge(one, other, compare) {
  const all = [];
  let [left, right] = [0, 0];
  while (left < one.length && right < other.length) {
    all.push(compare(one[left], other[right]) <= 0 ? one[left++] : other[right++]);
    if (all.length % (5 * RUN) === 0) await pause();
  }
  for (; left < one.length; left += 1) all.push(one[left]);
  for (; right < other.length; right += 1) all.push(other[right]);
  return all;
}

function byPlan({ plan, plans }, { plan: wanted, language }) {
  if (!wanted && !language) return null;
  const good = plans.id.map((id, at) => (!wanted || id === wanted) && (!language || plans.language[at] === language));
  return (at) => good[plan[at]];
}

function byArea({ area, areas }, { area: wanted }) {
  if (!wanted) return null;
  const one = areas.id.indexOf(wanted);
  return (at) => one >= 0 && area[at] === one;
}

function byBody({ bodies, parts }, { body: wanted }) {
  if (!wanted) return null;
  const one = bodies.id.indexOf(wanted);
  return (at) => one >= 0 && has(parts, at, (body) => body === one);
}

function byDay({ tasks }, { from, to, deadline }) {
  if (deadline) return (at) => tasks.deadline[at] === null;
  if (!from && !to) return null;
  const [first, last] = [from || "0000", to || "9999-99"];
  return (at) => tasks.deadline[at] !== null && first <= tasks.deadline[at] && tasks.deadline[at] <= last;
}

function byWord(word) {
  return ({ folded: own, plan, plans, area, areas, bodies, parts }) => {
    const says = (text) => folded(text).includes(word);
    const inPlan = plans.title.map(says);
    const inArea = areas.id.map((_, at) => says(areaTitle(areas, at)));
    const inBody = bodies.name.map(says);
    return (at) =>
      own[at].includes(word) || inPlan[plan[at]] || inArea[area[at]] || has(parts, at, (body) => inBody[body]);
  };
}

function has({ starts, body }, at, test) {
  for (let one = starts[at]; one < starts[at + 1]; one += 1) if (test(body[one])) return true;
  return false;
}
