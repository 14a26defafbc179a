/**
 * Attention: the toolbar is at the message that is pointed at or has the focus. Keys go from message to
 * message (steps.js); fingers, which do not hover, have the button "…".
 */

const steps = () => import('./steps.js');

/** @typedef {{start: () => void, end: () => void}} Ends goes to the first message of all, or to the last */

/**
 * @param {HTMLElement} list that can have the focus, with an item (li) for each message
 * @param {import('./toolbar.js').Toolbar} toolbar
 * @param {Ends} ends
 */
export function attend(list, toolbar, ends) {
  list.addEventListener('keydown', (event) => pressed(list, event, ends));
  list.addEventListener('click', ({ target }) => called(target, toolbar));
  list.addEventListener('focusin', ({ target }) => {
    steps().catch(() => {}); // a moment before the first key
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

/** The list scrolls by itself where it has the focus, but that its ends are further off than it knows.
 *  @param {HTMLElement} list @param {KeyboardEvent} event @param {Ends} ends */
function pressed(list, event, ends) {
  const at = /** @type {HTMLElement} */ (event.target);
  const keys = at === list ? /^(ArrowUp|Home|End)$/ : /^(Arrow(Up|Down)|Page(Up|Down)|Home|End)$/;
  const isOurs = (at === list || at.matches('.message')) && keys.test(event.key);
  if (!isOurs || event.altKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  steps().then(({ step }) => step(list, event.key, ends), () => {});
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
