/**
 * Sidebar: own rooms, public rooms to join, the account.
 *
 * Draws the RoomList and turns clicks into calls of what it was given; it changes nothing itself.
 */

import { h, icon, reconcile, refill } from './dom.js';
import { avatar, briefly } from './text.js';

/**
 * @typedef {object} SidebarActions
 * @property {(roomId: string) => void} select
 * @property {(room: import('../sdk/types.js').RoomInfo) => void} join
 * @property {() => void} create
 * @property {() => void} logout
 */

export class Sidebar {
  #list;
  #actions;
  #current = '';
  #own = h('ul', { class: 'rooms', data: { testid: 'room-list' } });
  #open = h('ul', { class: 'rooms', data: { testid: 'public-list' } });
  #openHead = h('h2', { hidden: true }, 'Public rooms');

  /**
   * @param {import('./rooms.js').RoomList} list
   * @param {import('../sdk/types.js').User} me
   * @param {SidebarActions} actions
   */
  constructor(list, me, actions) {
    this.#list = list;
    this.#actions = actions;
    this.element = h('aside', { class: 'sidebar' }, this.#head(),
      h('nav', { 'aria-label': 'Rooms' }, this.#own, this.#openHead, this.#open), this.#account(me));
    list.on('change', () => this.render());
  }

  /** @param {string} roomId */
  select(roomId) {
    this.#current = roomId;
    this.render();
  }

  render() {
    reconcile(this.#own, this.#list.own.map((room) => this.#ownItem(room)));
    reconcile(this.#open, this.#list.open.map((room) => this.#openItem(room)));
    this.#openHead.hidden = this.#list.open.length === 0;
  }

  #head() {
    return h('header', { class: 'bar' },
      h('img', { class: 'logo', src: 'favicon.svg', alt: '' }),
      h('h1', {}, 'ChatSphere'),
      h('button', {
        class: 'round', type: 'button', title: 'New room', 'aria-label': 'New room',
        data: { testid: 'create-room' }, onclick: this.#actions.create,
      }, icon('plus')));
  }

  /** @param {import('../sdk/types.js').User} me */
  #account(me) {
    return h('footer', { class: 'account' }, avatar(me.username),
      h('span', { class: 'name', title: `Your id: ${me.id}`, data: { testid: 'me' } }, me.username),
      h('button', {
        class: 'round', type: 'button', title: 'Log out', 'aria-label': 'Log out',
        data: { testid: 'logout' }, onclick: this.#actions.logout,
      }, icon('exit')));
  }

  /** @param {any} room @returns {import('./dom.js').Item} */
  #ownItem(room) {
    const unread = this.#list.unread(room.id);
    const current = room.id === this.#current;
    const { lastMessage: last } = room;
    const sign = [room.name, room.isPrivate, unread, current, last?.id, last?.rev].join('|');
    return { key: room.id, sign, fill: (li) => this.#fillOwn(li, room, unread, current) };
  }

  /** The button is made once and redrawn, so that it keeps the focus.
   *  @param {HTMLElement} li @param {any} room @param {number} unread @param {boolean} current */
  #fillOwn(li, room, unread, current) {
    if (!li.firstChild) {
      li.append(h('button', {
        class: 'room', type: 'button', data: { testid: 'room-item', roomId: room.id },
        onclick: () => this.#actions.select(room.id),
      }));
    }
    const button = /** @type {HTMLElement} */ (li.firstChild);
    button.dataset.roomName = room.name;
    button.classList.toggle('unread', unread > 0);
    if (current) button.setAttribute('aria-current', 'page');
    else button.removeAttribute('aria-current');
    const last = room.lastMessage;
    refill(button, avatar(room.name),
      h('span', { class: 'name' }, room.name, room.isPrivate && icon('lock'), room.isPrivate && hidden('private')),
      h('span', { class: 'when' }, last ? briefly(last.createdAt) : ''),
      h('span', { class: 'last' }, preview(last) || room.description || 'No messages yet'),
      unread > 0 && h('span', { class: 'badge' }, unread > 99 ? '99+' : String(unread), hidden('unread')));
  }

  /** @param {import('../sdk/types.js').RoomInfo} room @returns {import('./dom.js').Item} */
  #openItem(room) {
    return {
      key: room.id,
      sign: `${room.name}|${room.description}`,
      fill: (li) => refill(li, h('div', {
        class: 'room public', data: { testid: 'public-item', roomId: room.id, roomName: room.name },
      },
        avatar(room.name),
        h('span', { class: 'name' }, room.name),
        h('span', { class: 'last' }, room.description ?? ''),
        h('button', {
          class: 'small', type: 'button', 'aria-label': `Join ${room.name}`,
          data: { testid: 'join-room' }, onclick: () => this.#actions.join(room),
        }, 'Join'))),
    };
  }
}

/** @param {any} last */
function preview(last) {
  if (!last) return '';
  const author = last.user?.username ?? last.username;
  const content = last.deletedAt ? 'Message deleted' : last.content;
  return author ? `${author}: ${content}` : content;
}

/** @param {string} text */
const hidden = (text) => h('span', { class: 'sr-only' }, ` ${text}`);
