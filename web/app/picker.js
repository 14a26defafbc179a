/**
 * Picker: the emoji to react with. A popover, so it lies above everything, closes on Escape or a click
 * elsewhere, and is there once for all messages. Fetched when it is first wanted.
 */

import { EMOJI } from './emoji.js';
import { h } from './dom.js';

const COLUMNS = 6;
const GAP_PX = 6;
/** @type {Record<string, number>} */
const STEPS = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -COLUMNS, ArrowDown: COLUMNS };

class Picker {
  #onPick = (/** @type {string} */ _emoji) => {};
  #onClose = () => {};
  /** @type {HTMLElement[]} */
  #buttons = EMOJI.map(([emoji, name], at) => h('button', {
    type: 'button', title: name, 'aria-label': name, tabindex: at === 0 ? '0' : '-1', data: { testid: 'pick', emoji },
    onclick: () => this.#pick(emoji),
  }, emoji));
  element = h('div', {
    class: 'picker', popover: 'auto', role: 'dialog', 'aria-label': 'React', data: { testid: 'picker' },
    onkeydown: (/** @type {KeyboardEvent} */ event) => this.#key(event),
    ontoggle: (/** @type {any} */ event) => { if (event.newState === 'closed') this.#onClose(); },
  }, ...this.#buttons);

  /**
   * @param {HTMLElement} anchor the picker comes beside it
   * @param {{pick: (emoji: string) => void, close: () => void}} then
   */
  open(anchor, { pick, close }) {
    this.#onPick = pick;
    this.#onClose = close;
    const box = anchor.getBoundingClientRect();
    this.element.showPopover();
    const { offsetWidth, offsetHeight, style } = this.element;
    const above = box.top - offsetHeight - GAP_PX;
    style.left = `${Math.max(GAP_PX, Math.min(box.right, innerWidth - GAP_PX) - offsetWidth)}px`;
    style.top = `${above > GAP_PX ? above : Math.min(box.bottom + GAP_PX, innerHeight - offsetHeight - GAP_PX)}px`;
    this.#buttons[0].focus();
  }

  /** @param {string} emoji */
  #pick(emoji) {
    this.element.hidePopover();
    this.#onPick(emoji);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const at = this.#buttons.indexOf(/** @type {HTMLElement} */ (event.target));
    const next = this.#buttons[at + STEPS[event.key]];
    if (at < 0 || !(event.key in STEPS)) return;
    event.preventDefault();
    next?.focus();
  }
}

/** @type {Picker | undefined} */
let picker;

/** @param {HTMLElement} anchor @param {{pick: (emoji: string) => void, close: () => void}} then */
export function openPicker(anchor, then) {
  picker ??= new Picker();
  document.body.append(picker.element);
  picker.open(anchor, then);
}
