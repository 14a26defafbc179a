/**
 * Listing: entries that the server has, drawn as they are now. After a change it is loaded again, or one
 * entry is replaced; what has the focus keeps it as long as it is there.
 */

import { h, reconcile, refill } from './dom.js';
import { keepFocus } from './focus.js';
import { sentence } from './forms.js';

/**
 * @typedef {object} Source
 * @property {string} testid of the list; its items' is `<testid>-item`
 * @property {(last?: any) => Promise<any[]>} load the entries, or those behind the last one
 * @property {(entry: any) => (Node | string | null | false)[]} draw
 * @property {string} empty what is said when there is none
 * @property {number} [page] how many come at once, if not all
 */

export class Listing {
  #source;
  /** @type {any[]} */
  #entries = [];
  #turn = 0;
  #error = h('p', { class: 'error', role: 'alert' });
  #empty = h('p', { class: 'muted', hidden: true, tabindex: '-1' });
  #list;
  #more;

  /** @param {Source} source */
  constructor(source) {
    this.#source = source;
    this.#list = h('ul', { class: 'entries', tabindex: '-1', data: { testid: source.testid } });
    this.#more = h('button', {
      class: 'small', type: 'button', hidden: true, data: { testid: `${source.testid}-more` },
      onclick: () => this.attempt(() => this.#next()),
    }, 'Show more');
    this.#empty.textContent = source.empty;
    this.element = h('div', { class: 'listing' }, this.#error, this.#list, this.#empty, this.#more);
  }

  /** Loads it from the beginning. */
  async refresh() {
    await this.#next(true);
    return this;
  }

  /** Says what went wrong, if something did. Returns whether nothing did.
   *  @param {() => Promise<any>} task */
  async attempt(task) {
    this.#error.textContent = '';
    return task().then(() => true, (reason) => {
      this.#error.textContent = sentence(reason.message);
      return false;
    });
  }

  /** @param {() => Promise<any>} task after which the list is another one */
  change(task) {
    return this.attempt(async () => {
      await task();
      await this.refresh();
    });
  }

  /** @param {{id: any}} entry that is another one now */
  replace(entry) {
    this.#entries = this.#entries.map((one) => (one.id === entry.id ? entry : one));
    this.#draw();
  }

  /** Of two that overlap, the later one counts. */
  async #next(anew = false) {
    const turn = ++this.#turn;
    const before = anew ? [] : this.#entries;
    const some = await this.#source.load(before.at(-1));
    if (turn !== this.#turn) return;
    this.#entries = [...before, ...some];
    const isLast = some.length < (this.#source.page ?? Infinity);
    if (isLast && document.activeElement === this.#more) this.#list.focus();
    this.#more.hidden = isLast;
    this.#draw();
  }

  #draw() {
    this.#empty.hidden = this.#entries.length > 0;
    keepFocus(this.#list, () => reconcile(this.#list, this.#entries.map((entry) => this.#item(entry))));
    if (!this.#empty.hidden && document.activeElement === this.#list) this.#empty.focus(); // there it can be seen
  }

  /** @param {any} entry @returns {import('./dom.js').Item} */
  #item(entry) {
    const { testid, draw } = this.#source;
    const fill = (/** @type {HTMLElement} */ li) => {
      Object.assign(li.dataset, { testid: `${testid}-item`, id: entry.id });
      refill(li, ...draw(entry));
    };
    return { key: String(entry.id), sign: JSON.stringify(entry), fill };
  }
}
