/**
 * RoomMenu: what is wanted of a room now and then, behind one button. A popover: it lies above everything and
 * closes on Escape or a click elsewhere. Arrow keys go through it.
 */

import { h, icon } from './dom.js';

const GAP_PX = 6;
/** @type {Record<string, number>} */
const STEPS = { ArrowUp: -1, ArrowDown: 1 };

/** @typedef {{label: string, icon: any, testid: string, run: () => void}} Item */

/**
 * @param {HTMLElement} anchor it comes below this button, which gets the focus back
 * @param {import('../sdk/room.js').Room} room
 * @param {(messageId: string) => void} go shows a message of the room
 * @param {(messageId: string) => void} show one that is loaded
 */
export function openRoomMenu(anchor, room, go, show) {
  openMenu(anchor, [
    { testid: 'pins', label: 'Pinned messages', icon: 'pin',
      run: () => import('./pinsdialog.js').then(({ pinsDialog }) => pinsDialog(room, go), () => {}) },
    { testid: 'jump-day', label: 'Jump to a date', icon: 'calendar',
      run: () => import('./daydialog.js').then(({ dayDialog }) => dayDialog(room, show), () => {}) },
  ]);
}

/** @param {HTMLElement} anchor @param {Item[]} items */
function openMenu(anchor, items) {
  const buttons = items.map(({ label, icon: name, testid, run }) => h('button', {
    type: 'button', role: 'menuitem', tabindex: '-1', data: { testid },
    onclick: () => {
      menu.hidePopover();
      run();
    },
  }, icon(name), label));
  const menu = h('div', {
    class: 'menu', popover: 'auto', role: 'menu', 'aria-label': anchor.title,
    onkeydown: (/** @type {KeyboardEvent} */ event) => step(buttons, event),
    ontoggle: (/** @type {any} */ event) => {
      if (event.newState !== 'closed') return;
      if (!document.activeElement || menu.contains(document.activeElement)) anchor.focus();
      menu.remove();
    },
  }, ...buttons);
  anchor.after(menu);
  menu.showPopover();
  const box = anchor.getBoundingClientRect();
  menu.style.top = `${box.bottom + GAP_PX}px`;
  menu.style.left = `${Math.max(GAP_PX, box.right - menu.offsetWidth)}px`;
  buttons[0].focus();
}

/** @param {HTMLElement[]} buttons @param {KeyboardEvent} event */
function step(buttons, event) {
  const at = buttons.indexOf(/** @type {HTMLElement} */ (event.target));
  const by = STEPS[event.key];
  if (at < 0 || !by) return;
  event.preventDefault();
  buttons[(at + by + buttons.length) % buttons.length].focus();
}
