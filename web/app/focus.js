/**
 * Focus: what had it before something was drawn anew has it afterwards, or what stands in its place; and what
 * is busy keeps it.
 */

/**
 * Whether what these buttons do is being done. Not `disabled`: that would take the focus from them.
 * @param {boolean} busy @param {...HTMLElement} buttons
 */
export function setBusy(busy, ...buttons) {
  for (const button of buttons) button.setAttribute('aria-disabled', String(busy));
}

/** @param {HTMLElement} button */
export const isBusy = (button) => button.getAttribute('aria-disabled') === 'true';

/**
 * @param {HTMLElement} list whose items, and what is inside them, may be replaced
 * @param {() => void} draw
 */
export function keepFocus(list, draw) {
  const before = /** @type {HTMLElement | null} */ (document.activeElement);
  const li = before && list.contains(before) ? before.closest('li') : null;
  draw();
  if (!before || !li || document.activeElement === before) return;
  if (!li.isConnected) list.focus({ preventScroll: true });
  else (before.isConnected ? before : alike(li, before) ?? li).focus({ preventScroll: true });
}

/** @param {HTMLElement} li @param {HTMLElement} before a button that was inside */
function alike(li, { dataset: { testid, emoji } }) {
  const all = /** @type {NodeListOf<HTMLElement>} */ (li.querySelectorAll('button'));
  return [...all].find((one) => one.dataset.testid === testid && one.dataset.emoji === emoji);
}
