/**
 * What is asked of the table of tasks, and how it stands in an address: a query in, a state out, and back.
 *
 * Whatever somebody may write into an address is a state: what makes no sense is left out, the rest is used.
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
 * The state that an address's query stands for.
 *
 * @param {string} search such as "?q=ferry&page=2"
 * @returns {Record<string, string>} every part of a state, empty where it is not asked for
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
 * The query of a state; what an address says beside it stays.
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
 * The words of a search, each of which has to be found; the ideographic space parts them too.
 *
 * @param {string} text
 * @returns {string[]}
 */
export function wordsIn(text) {
  return [...new Set(text.split(/\s+/u).filter(Boolean))];
}
