/**
 * Toolbar: the actions beside the message that is pointed at, or that has the focus; one for a whole
 * list. The list tells it where to be, and after each drawing that it may have been drawn over.
 */

import { h, icon, refill } from './dom.js';

export class Toolbar {
  #actions;
  #find;
  /** @type {HTMLElement | null} */
  #li = null;
  #sign = '';
  /** The picker is open: it stays. */
  #held = false;
  element = h('div', { class: 'actions', role: 'toolbar', 'aria-label': 'Message actions', data: { testid: 'actions' } });

  /**
   * @param {import('./actions.js').Actions} actions
   * @param {(li: HTMLElement) => any} find the stored message that an item shows, or nothing
   */
  constructor(actions, find) {
    this.#actions = actions;
    this.#find = find;
  }

  /** @param {HTMLElement | null} li null: nowhere */
  moveTo(li) {
    if (this.#held) return;
    this.#li = li;
    this.renew();
  }

  focus() {
    this.element.querySelector('button')?.focus();
  }

  /** What it stands at may be another message now, or none. */
  renew() {
    const li = this.#li?.isConnected ? this.#li : null;
    const message = li && this.#find(li);
    if (!li || !message || message.deletedAt) {
      this.#li = null;
      return this.element.remove();
    }
    this.#draw(message);
    if (this.element.parentNode !== li) li.append(this.element);
  }

  /** @param {any} message */
  #draw(message) {
    const all = this.#actions.for(message);
    const sign = [message.id, message.rev, ...all.map(({ label }) => label)].join('|');
    if (sign === this.#sign) return;
    this.#sign = sign;
    refill(this.element, ...all.map((action) => this.#button(action)));
  }

  /** @param {import('./actions.js').Action} action */
  #button({ id, label, icon: name, run }) {
    return h('button', {
      class: 'round', type: 'button', title: label, 'aria-label': label, data: { testid: `act-${id}` },
      onclick: (/** @type {Event} */ event) => this.#run(/** @type {HTMLElement} */ (event.currentTarget), id, run),
    }, icon(name));
  }

  /** @param {HTMLElement} anchor @param {string} id @param {import('./actions.js').Action['run']} run */
  #run(anchor, id, run) {
    this.#held = id === 'react';
    run(anchor, () => { this.#held = false; });
  }
}
