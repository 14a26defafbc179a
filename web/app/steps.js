/**
 * Steps: keys go from message to message in a list: arrows to the next one, PageUp and PageDown a window
 * further, Home and End to the first and the last of all. The first step goes to the last one that is seen.
 */

/** @typedef {{start: () => void, end: () => void}} Ends goes to the first message of all, or to the last */

/** @type {Record<string, number>} */
const ARROWS = { ArrowUp: -1, ArrowDown: 1 };
/** @type {Record<string, number>} */
const PAGES = { PageUp: -1, PageDown: 1 };

/** @param {HTMLElement} list that can have the focus, with items .message in order @param {Ends} ends */
export function stepThrough(list, ends) {
  list.addEventListener('keydown', (event) => {
    const at = event.target;
    const isOurs = at instanceof HTMLElement && (at === list || at.matches('.message'));
    if (!isOurs || event.altKey || event.metaKey || event.shiftKey) return;
    if (event.key === 'Home') ends.start();
    else if (event.key === 'End') ends.end();
    else if (!step(list, at, event.key)) return;
    event.preventDefault();
  });
}

/** @param {HTMLElement} list @param {HTMLElement} at @param {string} key @returns {boolean} whether there was one */
function step(list, at, key) {
  const all = [.../** @type {NodeListOf<HTMLElement>} */ (list.querySelectorAll('.message'))];
  const next = at === list ? first(list, all, key) : following(list, all, at, key);
  next?.focus();
  return Boolean(next);
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
