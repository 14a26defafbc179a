/**
 * Panel: a large dialog with tabs. Each tab's content is made when the tab is shown, and anew each time, so
 * that it says what is so now. Arrow keys go from tab to tab.
 */

import { cover } from './back.js';
import { h, icon, refill } from './dom.js';
import { styled } from './styles.js';

/** @typedef {{id: string, label: string, make: () => Node | Promise<Node>}} Tab */

/** @type {Record<string, number>} */
const STEPS = { ArrowUp: -1, ArrowLeft: -1, ArrowDown: 1, ArrowRight: 1 };

export class Panel {
  #tabs;
  #shown = '';
  #dialog;
  #uncover = () => {};
  /** @type {Map<string, HTMLElement>} */
  #buttons;
  #body = h('section', { class: 'content', role: 'tabpanel', tabindex: '0', data: { testid: 'panel-content' } });

  /**
   * @param {string} title
   * @param {Tab[]} tabs
   * @param {() => void} [onClose]
   */
  constructor(title, tabs, onClose = () => {}) {
    this.#tabs = tabs;
    this.#buttons = new Map(tabs.map((tab) => [tab.id, this.#button(tab)]));
    const close = h('button', {
      class: 'round', type: 'button', 'aria-label': 'Close', data: { testid: 'panel-close' }, onclick: () => this.close(),
    }, icon('close'));
    const nav = h('div', {
      class: 'tabs', role: 'tablist', 'aria-label': title, onkeydown: (/** @type {KeyboardEvent} */ event) => this.#step(event),
    }, ...this.#buttons.values());
    this.#dialog = h('dialog', {
      class: 'panel', 'aria-label': title, data: { testid: 'panel' },
      onclose: () => { this.#uncover(); this.#dialog.remove(); onClose(); },
    }, h('header', {}, h('h2', {}, title), close), nav, this.#body);
  }

  /** @param {string} [first] */
  async open(first = this.#tabs[0].id) {
    await styled('settings');
    document.body.append(this.#dialog);
    this.#dialog.showModal();
    // The administration has an address of its own, which Back leaves.
    if (location.hash !== '#admin') this.#uncover = cover(() => this.close());
    await this.show(first);
    if (this.#dialog.open && !this.#body.contains(document.activeElement)) this.#buttons.get(first)?.focus();
  }

  close() {
    this.#dialog.close();
  }

  /** @param {string} id */
  async show(id) {
    this.#shown = id;
    for (const [name, button] of this.#buttons) {
      button.setAttribute('aria-selected', String(name === id));
      button.tabIndex = name === id ? 0 : -1;
    }
    this.#body.setAttribute('aria-labelledby', `tab-${id}`);
    refill(this.#body, h('p', { class: 'loading' }, 'Loading…'));
    const content = await this.#make(id);
    if (this.#shown !== id) return;
    refill(this.#body, content);
    this.#body.dataset.tab = id;
  }

  /** @param {string} id @returns {Promise<Node>} */
  async #make(id) {
    try {
      return await /** @type {Tab} */ (this.#tabs.find((tab) => tab.id === id)).make();
    } catch (reason) {
      return h('p', { class: 'error', role: 'alert' }, reason.message);
    }
  }

  /** @param {Tab} tab */
  #button({ id, label }) {
    return h('button', {
      type: 'button', role: 'tab', id: `tab-${id}`, data: { testid: `tab-${id}` }, onclick: () => this.show(id),
    }, label);
  }

  /** @param {KeyboardEvent} event */
  #step(event) {
    const by = STEPS[event.key];
    if (!by) return;
    event.preventDefault();
    const at = this.#tabs.findIndex(({ id }) => id === this.#shown);
    const { id } = this.#tabs[(at + by + this.#tabs.length) % this.#tabs.length];
    this.show(id);
    this.#buttons.get(id)?.focus();
  }
}
