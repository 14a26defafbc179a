/**
 * Reactions: those that a message has, as buttons that give and take back and say who has given them when
 * they are pointed at or have the focus, and the picker for others.
 * The picker is a popover, so it lies above everything, closes on Escape or a click elsewhere, and is
 * there once for all messages.
 */

import { EMOJI, emojiName } from './emoji.js';
import { h } from './dom.js';

const COLUMNS = 6;
const GAP_PX = 6;
/** @type {Record<string, number>} */
const STEPS = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -COLUMNS, ArrowDown: COLUMNS };

/**
 * @param {Record<string, number>} counts by emoji
 * @param {ReadonlySet<string>} own those that this user has given
 * @param {{toggle: (emoji: string) => void, people: () => Promise<Map<string, string>>}} actions people: who
 *   has given each, as a text
 * @returns {HTMLElement | null}
 */
export function reactionBar(counts, own, { toggle, people }) {
  const given = Object.entries(counts).filter(([, count]) => count > 0);
  if (given.length === 0) return null;
  const buttons = given.map(([emoji, count]) => h('button', {
    class: 'reaction', type: 'button', title: emojiName(emoji), data: { testid: 'reaction', emoji },
    'aria-label': `${emojiName(emoji)}, ${count}`, 'aria-pressed': String(own.has(emoji)),
    onclick: () => toggle(emoji),
  }, h('span', { class: 'emoji', 'aria-hidden': 'true' }, emoji), String(count)));
  const tell = once(async () => {
    const texts = await people();
    for (const button of buttons) button.title = texts.get(button.dataset.emoji) ?? button.title;
  });
  return h('div', {
    class: 'reactions', role: 'group', 'aria-label': 'Reactions', onpointerover: tell, onfocusin: tell,
  }, ...buttons);
}

/** Until it succeeds.
 *  @param {() => Promise<void>} task */
function once(task) {
  let begun = false;
  return () => {
    if (begun) return;
    begun = true;
    task().catch(() => { begun = false; });
  };
}

/**
 * @param {import('../sdk/types.js').Reaction} reaction
 * @param {{id: string} | null} me
 * @param {boolean} isMine this user is one of them, named or not
 */
export function whose({ emoji, count, users }, me, isMine) {
  const names = users.filter(({ id }) => id !== me?.id).map(({ username }) => username ?? 'a deleted account');
  if (isMine) names.unshift('you');
  const others = count - names.length;
  if (others > 0) names.push(others === 1 ? '1 other' : `${others} others`);
  const last = names.pop();
  return `${emojiName(emoji)}: ${names.length ? `${names.join(', ')} and ` : ''}${last}`;
}

export class Picker {
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
