/**
 * Bans: who may not come back into a room, and letting him. For those who keep order there; of no interest,
 * and not shown, while nobody is banned.
 */

import { h, reconcile, refill } from './dom.js';
import { keepFocus } from './focus.js';
import { avatar } from './text.js';

/** @typedef {import('../sdk/types.js').Banned} Banned */

export class Bans {
  #keeper;
  #turn = 0;
  #title = h('summary', {});
  #list = h('ul', { class: 'members', tabindex: '-1', data: { testid: 'ban-list' } });
  element = h('details', { class: 'bans', hidden: true, data: { testid: 'bans' } }, this.#title, this.#list);

  /** @param {import('./deeds.js').Keeper} keeper */
  constructor(keeper) {
    this.#keeper = keeper;
  }

  async load() {
    const turn = ++this.#turn;
    const banned = await this.#keeper.chat.bans(this.#keeper.roomId);
    if (turn !== this.#turn) return; // a later one knows better
    this.element.hidden = banned.length === 0;
    this.#title.textContent = `Banned (${banned.length})`;
    keepFocus(this.#list, () => reconcile(this.#list, banned.map((one) => this.#item(one))));
  }

  /** @param {Banned} banned @returns {import('./dom.js').Item} */
  #item({ id, username }) {
    const lift = () => this.#keeper.run(() => this.#keeper.chat.liftBan(this.#keeper.roomId, id));
    return { key: id, sign: username, fill: (li) => {
      Object.assign(li.dataset, { testid: 'ban', userId: id, name: username });
      refill(li, avatar(username), h('span', { class: 'name' }, username), h('button', {
        class: 'small', type: 'button', 'aria-label': `Unban ${username}`, data: { testid: 'ban-lift' }, onclick: lift,
      }, 'Unban'));
    } };
  }
}
