/**
 * MessageRows: the rows of a list as elements: days and messages, and the toolbar at one of them. Which
 * rows there are is the list's (messages.js).
 */

import { h, reconcile, refill } from './dom.js';
import { keepFocus } from './focus.js';
import { fillMessage, signOf } from './message.js';
import { dayLabel } from './text.js';
import { Toolbar } from './toolbar.js';

/** So long is a message marked that was looked for. */
const MARKED_MS = 3_000;

export class MessageRows {
  #actions;
  #threaded;
  /** @type {Map<string, any>} */
  #messages = new Map();
  element = h('ol', { class: 'messages' });
  toolbar;

  /** @param {import('./actions.js').Actions} actions @param {boolean} threaded they are of a thread */
  constructor(actions, threaded) {
    this.#actions = actions;
    this.#threaded = threaded;
    this.toolbar = new Toolbar(actions, (li) => this.#messages.get(li.dataset.id ?? ''));
  }

  /**
   * @param {import('./timeline.js').Row[]} rows
   * @param {any[]} messages all that are known of the room, these ones among them
   * @param {HTMLElement} around gets the focus of what goes
   */
  draw(rows, messages, around) {
    this.#messages = new Map(messages.map((one) => [one.id, one]));
    keepFocus(around, () => {
      reconcile(this.element, rows.map((row) => this.#item(row)));
      this.toolbar.renew();
    });
  }

  /** Marks a message for a moment; the focus goes there.
   *  @param {string} id @returns {boolean} whether it is there */
  mark(id) {
    const li = [...this.element.children].find(({ dataset }) => dataset.id === id);
    if (!li) return false;
    li.scrollIntoView({ block: 'center' });
    li.focus({ preventScroll: true });
    li.dataset.found = '';
    setTimeout(() => { delete li.dataset.found; }, MARKED_MS);
    return true;
  }

  /** The line above what is new, if it is there.
   *  @returns {HTMLElement | null} */
  get line() {
    return this.element.querySelector('.new');
  }

  focusFirst() {
    this.element.querySelector('.message')?.focus({ preventScroll: true });
  }

  focusLast() {
    this.element.lastElementChild?.focus();
  }

  /** @param {any} row @returns {import('./dom.js').Item} */
  #item(row) {
    if (row.kind === 'new') return { key: row.key, sign: 'new', fill: fillNew };
    if (row.kind === 'day') {
      const text = dayLabel(row.at);
      return { key: row.key, sign: text, fill: (li) => fillDay(li, text) };
    }
    const { message } = row;
    const look = {
      own: this.#actions.own(message), mentions: this.#actions.mentions(message),
      pinned: this.#actions.isPinned(message), threaded: this.#threaded,
      parent: message.parentId ? this.#messages.get(message.parentId) : null,
    };
    return { key: row.key, sign: signOf(row, look), fill: (li) => fillMessage(li, row, look, this.#actions) };
  }
}

/** @param {HTMLElement} li @param {string} label */
function fillDay(li, label) {
  li.className = 'day';
  refill(li, h('span', {}, label));
}

/** @param {HTMLElement} li */
function fillNew(li) {
  li.className = 'day new';
  li.dataset.testid = 'new-line';
  refill(li, h('span', {}, 'New messages'));
}
