/**
 * Attention: the toolbar is at the message that is pointed at or has the focus. Arrow keys go from
 * message to message; fingers, which do not hover, have the button "…".
 */

/** @type {Record<string, number>} */
const STEPS = { ArrowUp: -1, ArrowDown: 1 };

/**
 * @param {HTMLElement} list that can have the focus, with an item (li) for each message
 * @param {import('./toolbar.js').Toolbar} toolbar
 */
export function attend(list, toolbar) {
  list.addEventListener('keydown', (event) => step(list, event));
  list.addEventListener('click', ({ target }) => called(target, toolbar));
  list.addEventListener('focusin', ({ target }) => {
    if (seen(target)) toolbar.moveTo(itemOf(target));
  });
  list.addEventListener('focusout', ({ relatedTarget }) => {
    if (gone(list, relatedTarget)) toolbar.moveTo(null);
  });
  list.addEventListener('pointerover', ({ target, pointerType }) => {
    const li = itemOf(target);
    if (li && pointerType === 'mouse') toolbar.moveTo(li);
  });
  list.addEventListener('pointerleave', () => {
    const at = document.activeElement;
    toolbar.moveTo(list.contains(at) && seen(at) ? itemOf(at) : null); // who is there by keyboard stays
  });
  list.addEventListener('pointerdown', ({ target, pointerType }) => {
    const kept = target instanceof Element && target.closest('.actions, .more');
    if (pointerType === 'touch' && !kept) toolbar.moveTo(null);
  });
}

/**
 * The first step goes to the last message.
 * @param {HTMLElement} list
 * @param {KeyboardEvent} event
 */
function step(list, event) {
  const by = STEPS[event.key];
  const at = event.target;
  if (!by || !(at instanceof HTMLElement) || !(at === list || at.matches('.message'))) return;
  const all = [.../** @type {NodeListOf<HTMLElement>} */ (list.querySelectorAll('.message'))];
  const next = at === list ? all[by < 0 ? all.length - 1 : -1] : all[all.indexOf(at) + by];
  if (!next) return;
  event.preventDefault();
  next.focus();
}

/** @param {any} target @param {import('./toolbar.js').Toolbar} toolbar */
function called(target, toolbar) {
  if (!target.closest('.more')) return;
  toolbar.moveTo(itemOf(target));
  toolbar.focus();
}

/** @param {any} target */
function itemOf(target) {
  return target.closest('li');
}

/** @param {any} element */
function seen(element) {
  return element.matches(':focus-visible');
}

/** Into a dialog the focus goes for a while only.
 *  @param {HTMLElement} list @param {any} to */
function gone(list, to) {
  return to && !to.closest('dialog') && !list.contains(to) && !list.matches(':hover');
}
