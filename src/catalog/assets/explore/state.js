/**
 * The state of the table of tasks (search, filters, order, page) and its form in an address: a query in, a state out,
 * and back. Parts of an address that make no sense are ignored, and the rest is used.
 */

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const SORT = /^-?(label|title|plan|area|bodies|deadline)$/;

const any = () => true;
const PARTS = {
  q: any,
  plan: any,
  area: any,
  body: any,
  language: any,
  from: (value) => DAY.test(value),
  to: (value) => DAY.test(value),
  deadline: (value) => value === "none",
  sort: (value) => SORT.test(value),
  page: (value) => /^[1-9]\d{0,6}$/.test(value),
};

/** The names of the parts of a state. */
export const NAMES = Object.keys(PARTS);

/**
 * The state in the query of an address.
 *
 * @param {string} search such as "?q=ferry&page=2"
 * @returns {Record<string, string>} every part of a state, empty where the query lacks it
 */
export function stateIn(search) {
  const query = new URLSearchParams(search);
  return Object.fromEntries(
    NAMES.map((name) => {
      const value = query.get(name) ?? "";
      return [name, PARTS[name](value) ? value : ""];
    }),
  );
}

/**
 * The query of a state; other parts of the address stay.
 *
 * @param {Record<string, string>} state
 * @param {string} search the query as it is now
 * @returns {string} empty, or with its question mark
 */
export function queryOf(state, search) {
  const query = new URLSearchParams(search);
  for (const name of NAMES) {
    if (state[name] && !(name === "page" && state.page === "1")) query.set(name, state[name]);
    else query.delete(name);
  }
  const text = query.toString();
  return text && `?${text}`;
}

/**
 * The words of a search, all of which a task must have; the ideographic space separates words too.
 *
 * @param {string} text
 * @returns {string[]}
 */
export function wordsIn(text) {
  return [...new Set(text.split(/\s+/u).filter(Boolean))];
}
