/**
 * Steps: where a key goes from message to message in a list: arrows to the next one, PageUp and PageDown a window
 * further, Home and End to the first and the last of all. The first step goes to the last one that is seen.
 */

/** @type {Record<string, number>} */
const ARROWS = { ArrowUp: -1, ArrowDown: 1 };
/** @type {Record<string, number>} */
const PAGES = { PageUp: -1, PageDown: 1 };

/**
 * From what has the focus now: the list, or one of its items.
 * @param {HTMLElement} list with items .message in order @param {string} key @param {import('./attention.js').Ends} ends
 */
export function step(list, key, ends) {
  if (key === 'Home') return ends.start();
  if (key === 'End') return ends.end();
  const at = /** @type {HTMLElement} */ (document.activeElement);
  const all = [.../** @type {NodeListOf<HTMLElement>} */ (list.querySelectorAll('.message'))];
  return (at === list ? first(list, all, key) : following(list, all, at, key))?.focus();
}

/** @param {HTMLElement} list @param {HTMLElement[]} all @param {string} key */
function first(list, all, key) {
  if (key !== 'ArrowUp') return undefined;
  const { bottom } = list.getBoundingClientRect();
  return all.filter((one) => one.getBoundingClientRect().top < bottom - 1).pop();
}

/** @param {HTMLElement} list @param {HTMLElement[]} all @param {HTMLElement} at @param {string} key */
function following(list, all, at, key) {
  const index = all.indexOf(at);
  if (key in ARROWS) return all[index + ARROWS[key]];
  if (!(key in PAGES)) return undefined;
  const line = at.getBoundingClientRect().top + PAGES[key] * list.clientHeight;
  const isBefore = (/** @type {HTMLElement} */ one) => one.getBoundingClientRect().top <= line;
  return PAGES[key] < 0 ? all.find((one) => !isBefore(one)) : all.filter(isBefore).pop();
}
