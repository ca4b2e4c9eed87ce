/**
 * Tables of a release in, the tasks joined with their plans, areas and bodies out: what is searched, and what is shown.
 *
 * What many rows share (plans, areas, bodies) is kept once and referred to by its index; each task has one lower-cased
 * string of its own. Tasks are in the order of the plans, and within a plan in the order of its text.
 */

/** The columns that each table is read for. */
export const COLUMNS = {
  documents: ["document_id", "plan_title", "title", "language"],
  areas: ["area_id", "document_id", "ordinal", "label", "title"],
  tasks: ["task_id", "document_id", "area_id", "ordinal", "label", "title", "text", "deadline", "span_start"],
  assignments: ["task_id", "body_id", "role"],
  bodies: ["body_id", "name"],
};
// The order in which the bodies of a task are named.
const ROLES = ["lead", "responsible", "support"];

/**
 * Join the tables.
 *
 * @param {Record<string, Record<string, Array>>} tables the columns of COLUMNS
 * @param {{documents: Record<string, string[]>}} editions which editions each document has, oldest first
 * @param {string} version the version that the tables are of
 * @returns {object} the store that the other modules work on
 */
export function joinTables({ documents, areas, tasks, assignments, bodies }, editions, version) {
  const planOf = indexIds(documents.document_id);
  const plans = {
    id: documents.document_id,
    title: documents.document_id.map((id, at) => documents.plan_title[at] ?? documents.title[at] ?? id),
    language: documents.language,
    edition: documents.document_id.map((id) => editionAt(editions.documents[id] ?? [], version)),
  };
  const areaOf = indexIds(areas.area_id);
  const parts = joinParts(tasks.task_id, assignments, indexIds(bodies.body_id));
  const plan = Int32Array.from(tasks.document_id, (id) => planOf.get(id) ?? -1);
  return {
    version,
    count: tasks.task_id.length,
    tasks,
    plans,
    areas: { ...areas, id: areas.area_id, plan: areas.document_id.map((id) => planOf.get(id)) },
    bodies: { id: bodies.body_id, name: bodies.name },
    plan,
    area: Int32Array.from(tasks.area_id, (id) => areaOf.get(id) ?? -1),
    parts,
    order: sortInReadingOrder(plan, tasks.span_start),
    folded: tasks.text.map((text, at) => foldCase(`${text}\n${tasks.title[at]}\n${tasks.task_id[at]}`)),
    ranks: {},
  };
}

/**
 * The form of a text in which it is searched.
 *
 * @param {string | null} text
 * @returns {string}
 */
export function foldCase(text) {
  return (text ?? "").toLowerCase();
}

/**
 * The newest of a document's editions that a version has.
 *
 * @param {string[]} editions oldest first
 * @param {string} version
 * @returns {string | null} null where there is none
 */
export function editionAt(editions, version) {
  return editions.findLast((edition) => compareVersions(edition, version) <= 0) ?? null;
}

/**
 * A row as it is shown.
 *
 * @param {object} store
 * @param {number} at the task's index in its table
 * @returns {object} texts, and the bodies as pairs of name and role
 */
export function describeTask(store, at) {
  const { tasks, plans, areas, bodies } = store;
  const [plan, area] = [store.plan[at], store.area[at]];
  const [edition, document_id, id] = [plans.edition[plan], tasks.document_id[at], tasks.task_id[at]];
  return {
    id,
    label: tasks.label[at] ?? "",
    title: tasks.title[at],
    text: tasks.text[at],
    deadline: tasks.deadline[at],
    plan: plans.title[plan] ?? document_id,
    language: plans.language[plan] ?? "",
    area: titleOfArea(areas, area),
    bodies: listParts(store, at).map(({ body, role }) => [bodies.name[body], role]),
    href: edition && `${encodeURIComponent(document_id)}/${edition}.html#${encodeURIComponent(markOf(id, document_id))}`,
  };
}

/**
 * The parts that bodies have in a task.
 *
 * @param {object} store
 * @param {number} at
 * @returns {{body: number, role: string}[]}
 */
export function listParts({ parts }, at) {
  const taskParts = [];
  for (let part = parts.starts[at]; part < parts.starts[at + 1]; part += 1) {
    taskParts.push({ body: parts.body[part], role: ROLES[parts.role[part]] });
  }
  return taskParts;
}

/**
 * An area as its heading says, or its label where it has none.
 *
 * @param {object} areas
 * @param {number} at -1 for none
 * @returns {string}
 */
export function titleOfArea(areas, at) {
  return at < 0 ? "" : (areas.title[at] ?? areas.label[at] ?? "");
}

function indexIds(ids) {
  return new Map(ids.map((id, at) => [id, at]));
}

function markOf(id, document_id) {
  return id.startsWith(`${document_id}/`) ? id.slice(document_id.length + 1) : id;
}

function compareVersions(first, second) {
  const [left, right] = [first, second].map((version) => version.split(".").map(Number));
  const at = left.findIndex((number, index) => number !== right[index]);
  return at < 0 ? 0 : left[at] - right[at];
}

function sortInReadingOrder(plan, start) {
  return Uint32Array.from(plan, (_, at) => at).sort(
    (left, right) => plan[left] - plan[right] || start[left] - start[right] || left - right,
  );
}

/** The assignments by task: those of task n are from starts[n] to starts[n + 1], in the order of roles. */
function joinParts(taskIds, { task_id: ids, body_id, role }, bodyOf) {
  const taskOf = indexIds(taskIds);
  const rows = ids.map((id, at) => ({ task: taskOf.get(id), body: bodyOf.get(body_id[at]), role: ROLES.indexOf(role[at]) }));
  rows.sort((left, right) => left.task - right.task || left.role - right.role);
  const starts = new Uint32Array(taskIds.length + 1);
  for (const { task } of rows) starts[task + 1] += 1;
  for (let at = 1; at < starts.length; at += 1) starts[at] += starts[at - 1];
  return { starts, body: Int32Array.from(rows, (row) => row.body), role: Uint8Array.from(rows, (row) => row.role) };
}
