/**
 * Sidebar: own rooms, conversations of two, public rooms to join, the account.
 *
 * Draws the RoomList and turns clicks into calls of what it was given; it changes nothing itself.
 */

import { h, icon, reconcile, refill } from './dom.js';
import { face } from './face.js';
import { avatar, briefly, plain } from './text.js';

/** With fewer public rooms there is nothing to look for. */
const FILTER_FROM = 6;

/**
 * @typedef {object} SidebarActions
 * @property {(roomId: string) => void} select
 * @property {(room: import('../sdk/types.js').RoomInfo) => void} join
 * @property {() => void} create
 * @property {() => void} talk begins a conversation
 * @property {() => void} search
 * @property {() => void} settings
 * @property {() => void} admin
 * @property {() => void} logout
 * @property {(roomId: string) => string} draft what has been begun there
 */

export class Sidebar {
  #list;
  #chat;
  #actions;
  #current = '';
  #own = h('ul', { class: 'rooms', data: { testid: 'room-list' } });
  #open = h('ul', { class: 'rooms', data: { testid: 'public-list' } });
  #direct = h('ul', { class: 'rooms', data: { testid: 'direct-list' } });
  #filter = h('input', {
    type: 'search', class: 'filter', placeholder: 'Find a public room', 'aria-label': 'Find a public room', autocomplete: 'off',
    data: { testid: 'public-filter' }, oninput: () => this.#drawOpen(),
  });
  #openHead = h('h2', { hidden: true }, 'Public rooms');
  #none = h('p', { class: 'none', role: 'status' });
  #me = h('button', { class: 'me', type: 'button', title: 'Settings', onclick: () => this.#actions.settings() });

  /**
   * @param {import('./rooms.js').RoomList} list
   * @param {import('../chatsphere.js').ChatSphere} chat signed in
   * @param {SidebarActions} actions
   */
  constructor(list, chat, actions) {
    this.#list = list;
    this.#chat = chat;
    this.#actions = actions;
    this.element = h('aside', { class: 'sidebar' }, this.#head(),
      h('nav', { 'aria-label': 'Rooms' }, this.#own, this.#directHead(), this.#direct,
        this.#openHead, this.#filter, this.#open, this.#none),
      this.#account(/** @type {any} */ (chat.user)));
    list.on('change', () => this.render());
    this.rename(chat.user?.username ?? '');
  }

  /** @param {string} username the own one */
  rename(username) {
    refill(this.#me, avatar(username), h('span', { class: 'name', dir: 'auto', data: { testid: 'me' } }, username),
      hidden('settings'));
  }

  /** @param {string} roomId */
  select(roomId) {
    this.#current = roomId;
    this.render();
  }

  render() {
    const { own } = this.#list;
    reconcile(this.#own, own.filter(({ kind }) => kind !== 'p2p').map((room) => this.#ownItem(room)));
    reconcile(this.#direct, own.filter(({ kind }) => kind === 'p2p').map((room) => this.#ownItem(room)));
    this.#drawOpen();
  }

  #drawOpen() {
    const { open } = this.#list;
    const wanted = this.#filter.value.trim().toLowerCase();
    const shown = open.filter(({ name, description }) => `${name} ${description ?? ''}`.toLowerCase().includes(wanted));
    reconcile(this.#open, shown.map((room) => this.#openItem(room)));
    this.#openHead.hidden = open.length === 0 && !wanted;
    this.#filter.hidden = open.length < FILTER_FROM && !wanted;
    this.#none.textContent = wanted && shown.length === 0 ? 'No room is like that' : '';
  }

  #head() {
    return h('header', { class: 'bar' },
      h('img', { class: 'logo', src: 'favicon.svg', alt: '' }),
      h('h1', {}, 'ChatSphere'),
      h('button', {
        class: 'round', type: 'button', title: 'Search (Ctrl+K)', 'aria-label': 'Search', 'aria-keyshortcuts': 'Control+K',
        data: { testid: 'search' }, onclick: this.#actions.search,
      }, icon('search')),
      h('button', {
        class: 'round', type: 'button', title: 'New room', 'aria-label': 'New room',
        data: { testid: 'create-room' }, onclick: this.#actions.create,
      }, icon('plus')));
  }

  #directHead() {
    return h('div', { class: 'section' }, h('h2', {}, 'Direct messages'),
      h('button', {
        class: 'round', type: 'button', title: 'New message', 'aria-label': 'New message',
        data: { testid: 'new-message' }, onclick: this.#actions.talk,
      }, icon('pencil')));
  }

  /** @param {import('../sdk/types.js').User} me */
  #account(me) {
    return h('footer', { class: 'account' }, this.#me, me.role === 'ADMIN' && h('button', {
      class: 'round', type: 'button', title: 'Administration', 'aria-label': 'Administration',
      data: { testid: 'admin' }, onclick: this.#actions.admin,
    }, icon('shield')),
      h('button', {
        class: 'round', type: 'button', title: 'Log out', 'aria-label': 'Log out',
        data: { testid: 'logout' }, onclick: this.#actions.logout,
      }, icon('exit')));
  }

  /** @param {import('../sdk/types.js').RoomInfo} room @returns {import('./dom.js').Item} */
  #ownItem(room) {
    const { id, name, isPrivate, peerId, lastMessage: last } = room;
    const look = {
      unread: this.#list.unread(id), mentions: this.#list.mentions(id), current: id === this.#current,
      status: peerId && this.#chat.presenceOf(peerId),
      draft: id === this.#current ? '' : this.#actions.draft(id), // that one is in its field
    };
    const sign = [name, isPrivate, room.description, ...Object.values(look), last?.id, last?.rev, last && briefly(last.createdAt)].join('|');
    return { key: id, sign, fill: (li) => this.#fillOwn(li, room, look) };
  }

  /** The button is made once and redrawn, so that it keeps the focus.
   *  @param {HTMLElement} li @param {any} room @param {any} look */
  #fillOwn(li, room, { unread, mentions, current, status, draft }) {
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
    const isPair = room.kind === 'p2p';
    const last = room.lastMessage;
    refill(button, status ? face(room.name, status) : avatar(room.name),
      h('span', { class: 'name', dir: 'auto' }, room.name, room.isPrivate && !isPair && icon('lock'), room.isPrivate && !isPair && hidden('private')),
      h('span', { class: 'when' }, last ? briefly(last.createdAt) : ''),
      h('span', { class: 'last', dir: 'auto', data: { testid: 'last-message' } }, 
        ...(draft ? begun(draft) : [this.#preview(last, isPair) || room.description || 'No messages yet'])),
      h('span', { class: 'badges' }, mentions > 0 && badge('mentions', `@${atMost99(mentions)}`, 'mentions'),
        unread > 0 && badge('unread', atMost99(unread), 'unread')));
  }

  /** Who said it last, and what; of two people one knows who is not oneself.
   *  @param {any} last @param {boolean} isPair */
  #preview(last, isPair) {
    if (!last) return '';
    const isMine = last.userId === this.#chat.user?.id;
    const author = isMine ? 'You' : !isPair && last.user?.username;
    const content = last.deletedAt ? 'Message deleted' : plain(last.content);
    return author ? `${author}: ${content}` : content;
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
        h('span', { class: 'name', dir: 'auto' }, room.name),
        h('span', { class: 'last', dir: 'auto' }, room.description ?? ''),
        h('button', {
          class: 'small', type: 'button', 'aria-label': `Join ${room.name}`,
          data: { testid: 'join-room' }, onclick: () => this.#actions.join(room),
        }, 'Join'))),
    };
  }
}

/** @param {string} draft */
function begun(draft) {
  return [h('span', { class: 'draft', data: { testid: 'draft' } }, 'Draft:'), ` ${plain(draft)}`];
}

/** @param {string} testid @param {string} text @param {string} meaning for who does not see it */
function badge(testid, text, meaning) {
  return h('span', { class: `badge ${testid}`, data: { testid } }, text, hidden(meaning));
}

/** @param {number} count */
const atMost99 = (count) => (count > 99 ? '99+' : String(count));

/** @param {string} text */
const hidden = (text) => h('span', { class: 'sr-only' }, ` ${text}`);
