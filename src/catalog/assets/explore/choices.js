/**
 * The store in, the choices of the form out: plans, bodies, languages, and the areas of a plan.
 */

// The most areas that are offered at once; where there are more, a plan has to be chosen first.
const MAX_AREAS = 300;

/**
 * What can be chosen.
 *
 * @param {object} store
 * @returns {{plan: object[], body: object[], language: string[], days: boolean}}
 */
export function listChoices(store) {
  const { plans, bodies, parts, tasks, compare } = store;
  const used = new Set(parts.body);
  return {
    plan: nameChoices(plans.id, plans.title, compare),
    body: nameChoices(...[bodies.id, bodies.name].map((column) => column.filter((_, at) => used.has(at))), compare),
    language: [...new Set(plans.language)].sort(),
    days: tasks.deadline.some((day) => day !== null),
  };
}

/**
 * The areas that can be chosen: those of the chosen plan, or of the plan of the chosen area.
 *
 * @param {object} store
 * @param {Record<string, string>} state
 * @returns {{of: string, groups: {plan: string, areas: {id: string, name: string}[]}[]}} `of` identifies the offer
 */
export function listAreas({ areas, plans }, state) {
  const all = areas.id.length <= MAX_AREAS;
  const of = state.plan || (all ? "" : plans.id[areas.plan[areas.id.indexOf(state.area)]] ?? "");
  const groups = new Map();
  const indexes = of || all ? areas.id.map((_, at) => at) : [];
  for (const at of sortByPlan(indexes, areas)) {
    const plan = areas.plan[at];
    if (of && plans.id[plan] !== of) continue;
    if (!groups.has(plan)) groups.set(plan, { plan: plans.title[plan], areas: [] });
    groups.get(plan).areas.push({ id: areas.id[at], name: nameArea(areas, at) });
  }
  return { of, groups: [...groups.values()] };
}

function sortByPlan(indexes, areas) {
  return indexes.sort((left, right) => areas.plan[left] - areas.plan[right] || areas.ordinal[left] - areas.ordinal[right]);
}

function nameArea(areas, at) {
  return [areas.label[at], areas.title[at]].filter(Boolean).join(" ");
}

/** Ids and names, sorted by name; where several have the same name, it is followed by the id. */
function nameChoices(ids, names, compare) {
  const times = new Map();
  for (const name of names) times.set(name, (times.get(name) ?? 0) + 1);
  return ids
    .map((id, at) => ({ id, name: times.get(names[at]) > 1 ? `${names[at]} (${id})` : names[at] }))
    .sort((left, right) => compare(left.name, right.name));
}
