/**
 * Attention: the toolbar is at the message that is pointed at or has the focus. Keys go from message to
 * message (steps.js); fingers, which do not hover, have the button "…".
 */

import { stepThrough } from './steps.js';

/**
 * @param {HTMLElement} list that can have the focus, with an item (li) for each message
 * @param {import('./toolbar.js').Toolbar} toolbar
 * @param {import('./steps.js').Ends} ends
 */
export function attend(list, toolbar, ends) {
  stepThrough(list, ends);
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
