/**
 * The store and a state in, the indexes of the tasks that match out, in the order of the state.
 *
 * Plans, areas and bodies are searched once for each word, not once for each task; of a task only its own string is.
 */

import { foldCase, listParts, titleOfArea } from "./store.js";
import { wordsIn } from "./state.js";

/**
 * The tasks that match all of a state.
 *
 * @param {object} store
 * @param {Record<string, string>} state
 * @returns {number[]} their indexes in the table of tasks, in the order of the plans
 */
export function matchTasks(store, state) {
  const tests = [byPlan, byArea, byBody, byDay, ...wordsIn(foldCase(state.q)).map(byWord)]
    .map((test) => test(store, state))
    .filter(Boolean);
  return Array.from(store.order).filter((at) => tests.every((test) => test(at)));
}

/**
 * Sort tasks by a column; those with an empty cell in that column come last in both directions.
 *
 * @param {object} store
 * @param {number[]} indexes in the plans' own order, which decides between equals
 * @param {string} sort such as "-deadline"; empty for the plans' own order
 * @returns {Promise<ArrayLike<number>>}
 */
export async function sortTasks(store, indexes, sort) {
  if (!sort) return indexes;
  const { rank, last } = await rankTasks(store, sort.replace("-", ""));
  const down = sort.startsWith("-");
  const size = indexes.length || 1;
  const keys = Float64Array.from(indexes, (at, index) => {
    const value = rank[at] < 0 ? last + 1 : down ? last - rank[at] : rank[at];
    return value * size + index;
  });
  return Array.from(keys.sort(), (key) => indexes[key % size]);
}

/**
 * The ranks of the tasks in a column, -1 for an empty cell; computed once.
 *
 * @param {object} store
 * @param {string} column
 * @returns {Promise<{rank: Int32Array, last: number}>}
 */
export function rankTasks(store, column) {
  store.ranks[column] ??= rankCells(RANKED[column](store), store.compare);
  return store.ranks[column];
}

const byNumber = (left, right) => left - right;
const byCode = (left, right) => (left < right ? -1 : Number(left > right));
const RANKED = {
  label: ({ tasks }) => ({ cells: tasks.ordinal, compare: byNumber }),
  title: ({ tasks }) => ({ cells: tasks.title }),
  plan: ({ plan, plans }) => ({ cells: Array.from(plan, (at) => plans.title[at]) }),
  area: ({ area, areas }) => ({ cells: Array.from(area, (at) => titleOfArea(areas, at) || null) }),
  bodies: (store) => ({ cells: store.tasks.task_id.map((_, at) => nameBodies(store, at)) }),
  deadline: ({ tasks }) => ({ cells: tasks.deadline, compare: byCode }),
};

function nameBodies(store, at) {
  return listParts(store, at).map(({ body }) => store.bodies.name[body]).join("\n") || null;
}

async function rankCells({ cells, compare }, collate) {
  const values = [...new Set(cells)].filter((cell) => cell != null);
  const ranks = new Map((await sortInRuns(values, compare ?? collate)).map((value, at) => [value, at]));
  return { rank: Int32Array.from(cells, (cell) => ranks.get(cell) ?? -1), last: ranks.size };
}

// To sort a hundred thousand texts by the rules of a language takes a second. Between the runs, and between the
// merges, questions that arrived meanwhile are answered.
const RUN = 2_000;
const pause = () => new Promise((resolve) => setTimeout(resolve));

async function sortInRuns(values, compare) {
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

async function merge(first, second, compare) {
  const all = [];
  let [left, right] = [0, 0];
  while (left < first.length && right < second.length) {
    all.push(compare(first[left], second[right]) <= 0 ? first[left++] : second[right++]);
    if (all.length % (5 * RUN) === 0) await pause();
  }
  for (; left < first.length; left += 1) all.push(first[left]);
  for (; right < second.length; right += 1) all.push(second[right]);
  return all;
}

function byPlan({ plan, plans }, { plan: wanted, language }) {
  if (!wanted && !language) return null;
  const allowed = plans.id.map((id, at) => (!wanted || id === wanted) && (!language || plans.language[at] === language));
  return (at) => allowed[plan[at]];
}

function byArea({ area, areas }, { area: wanted }) {
  if (!wanted) return null;
  const index = areas.id.indexOf(wanted);
  return (at) => index >= 0 && area[at] === index;
}

function byBody({ bodies, parts }, { body: wanted }) {
  if (!wanted) return null;
  const index = bodies.id.indexOf(wanted);
  return (at) => index >= 0 && hasBody(parts, at, (body) => body === index);
}

function byDay({ tasks }, { from, to, deadline }) {
  if (deadline) return (at) => tasks.deadline[at] === null;
  if (!from && !to) return null;
  const [first, last] = [from || "0000", to || "9999-99"];
  return (at) => tasks.deadline[at] !== null && first <= tasks.deadline[at] && tasks.deadline[at] <= last;
}

function byWord(word) {
  return ({ folded: own, plan, plans, area, areas, bodies, parts }) => {
    const matches = (text) => foldCase(text).includes(word);
    const inPlan = plans.title.map(matches);
    const inArea = areas.id.map((_, at) => matches(titleOfArea(areas, at)));
    const inBody = bodies.name.map(matches);
    return (at) =>
      own[at].includes(word) || inPlan[plan[at]] || inArea[area[at]] || hasBody(parts, at, (body) => inBody[body]);
  };
}

function hasBody({ starts, body }, at, test) {
  for (let part = starts[at]; part < starts[at + 1]; part += 1) if (test(body[part])) return true;
  return false;
}
