/**
 * ChatView: the signed-in page. Puts sidebar, room pane and connection banner together, keeps the
 * address (`#<room id>`, `#<room id>/<message id>`, `#invite/<code>`) and what is shown the same thing, and
 * passes events on to what shows them.
 */

import { LOBBY_ID } from '../chatsphere.js';
import { Account } from './account.js';
import { Banner } from './banner.js';
import { Conversation } from './conversation.js';
import { h, icon } from './dom.js';
import { Drafts } from './drafts.js';
import { hasSettings } from './rank.js';
import { RoomDialogs } from './roomdialogs.js';
import { RoomList } from './rooms.js';
import { Sidebar } from './sidebar.js';

const ROOM_ADDRESS = /^#([0-9a-f-]{36})(?:\/([0-9a-f-]{36}))?$/;
const INVITE_ADDRESS = /^#invite\/(\w+)$/;

export class ChatView {
  #chat;
  #list;
  #account;
  /** @type {Sidebar} */
  #sidebar;
  #talk;
  #dialogs;
  #roomId = '';
  #title = h('h1', { dir: 'auto', data: { testid: 'room-title' } });
  #about = h('p', { class: 'about', dir: 'auto' });
  #settings = h('button', {
    class: 'round', type: 'button', title: 'About this room', 'aria-label': 'About this room', hidden: true,
    data: { testid: 'room-settings' }, onclick: () => this.#dialogs.room(this.#roomId),
  }, icon('sliders'));
  #banner;
  /** @type {(() => void)[]} */
  #undo = [];

  /** @param {import('../chatsphere.js').ChatSphere} chat signed in */
  constructor(chat) {
    this.#chat = chat;
    this.#list = new RoomList(chat);
    this.#banner = new Banner(chat, () => this.#talk.focus());
    this.#account = new Account(chat, this.#list, (username) => this.#sidebar.rename(username));
    this.#dialogs = new RoomDialogs(chat, this.#list, (roomId, messageId) => this.#go(roomId, messageId));
    const drafts = new Drafts(chat.user?.id ?? '');
    chat.on('signedout', (reason) => { if (reason !== 'expired') drafts.end(); });
    this.#sidebar = new Sidebar(this.#list, chat, {
      draft: (roomId) => drafts.get(roomId),
      select: (roomId) => this.#go(roomId),
      join: (room) => this.#join(room),
      create: () => this.#dialogs.create(),
      talk: () => this.#dialogs.talk(),
      search: () => this.#dialogs.search(this.#roomId),
      settings: () => this.#account.settings(),
      admin: () => this.#account.admin(),
      logout: () => chat.logout(),
    });
    this.#talk = new Conversation(chat, (roomId) => this.#list.get(roomId), (open) => {
      this.element.classList.toggle('threaded', open);
    }, {
      drafts,
      go: (roomId) => this.#dialogs.opened(roomId),
      search: (words) => this.#dialogs.search(this.#roomId, words),
      leave: (roomId) => this.#dialogs.leave(roomId),
      status: (status) => this.#account.setStatus(status),
      changed: () => this.#list.refresh(),
      seen: () => this.#list.markRead(),
    });
    this.#list.isRead = () => this.#talk.isRead;
    const expect = (/** @type {Event} */ event) => this.#dialogs.expect(event);
    this.element = h('div', { class: 'chat', data: { pane: 'rooms' }, onpointerover: expect, onfocusin: expect },
      this.#banner.element, this.#sidebar.element, this.#pane(), this.#talk.thread);
  }

  /** Once the element is in the page, where it can take the focus. */
  start() {
    this.#listen();
    this.#banner.take({ state: this.#chat.state });
    this.#chat.connect();
    this.#list.refresh();
    this.#account.start();
    this.#route();
  }

  dispose() {
    for (const undo of this.#undo) undo();
    this.#banner.dispose();
    this.#list.dispose();
    this.#account.dispose();
    this.#talk.dispose();
    document.title = 'ChatSphere';
  }

  #pane() {
    const back = h('button', {
      class: 'round back', type: 'button', 'aria-label': 'Rooms', data: { testid: 'back' },
      onclick: () => onPhone(({ toList }) => toList()),
    }, icon('back'));
    const members = h('button', {
      class: 'round', type: 'button', title: 'Members', 'aria-label': 'Members', data: { testid: 'members' },
      onclick: () => this.#dialogs.members(this.#roomId),
    }, icon('people'));
    const menu = h('button', {
      class: 'round', type: 'button', title: 'Find in this room', 'aria-label': 'Find in this room', 'aria-haspopup': 'menu',
      data: { testid: 'room-menu' },
      onclick: () => this.#dialogs.menu(menu, this.#roomId, (messageId) => this.#talk.reveal(messageId)),
    }, icon('calendar'));
    const head = h('header', { class: 'bar' }, back, h('div', { class: 'titles' }, this.#title, this.#about), menu, members, this.#settings);
    return h('main', { class: 'pane' }, head, ...this.#talk.elements);
  }

  #listen() {
    const chat = this.#chat;
    const route = () => this.#route();
    const seen = () => this.#list.markRead();
    const keys = (/** @type {KeyboardEvent} */ event) => this.#key(event);
    addEventListener('hashchange', route);
    addEventListener('keydown', keys);
    addEventListener('focus', seen);
    document.addEventListener('visibilitychange', seen);
    this.#undo = [
      () => removeEventListener('hashchange', route),
      () => removeEventListener('keydown', keys),
      () => removeEventListener('focus', seen),
      () => document.removeEventListener('visibilitychange', seen),
      chat.on('state', (event) => this.#banner.take(event)),
      chat.on('room', (room) => { if (room.id === this.#roomId) this.#changed(); }),
      chat.on('outbox', (roomId) => { if (roomId === this.#roomId) this.#talk.render(); }),
      chat.on('message', (message) => this.#arrived(message)),
      this.#list.on('change', () => this.#listChanged()),
    ];
  }

  /** Shows the room that the address names; without one the room list, beside the lobby. */
  #route() {
    onPhone(({ entered }) => entered());
    if (this.#account.route() && this.#roomId) return;
    const code = INVITE_ADDRESS.exec(location.hash)?.[1];
    if (code) this.#dialogs.invited(code);
    const [, named = '', messageId] = ROOM_ADDRESS.exec(location.hash) ?? [];
    this.element.dataset.pane = named ? 'room' : 'rooms';
    this.#show(named || LOBBY_ID);
    if (messageId) this.#talk.reveal(messageId);
  }

  /** @param {string} roomId */
  #show(roomId) {
    if (roomId === this.#roomId) return;
    this.#roomId = roomId;
    const room = this.#chat.room(roomId);
    this.#talk.show(room);
    this.#sidebar.select(roomId);
    room.open().catch(() => {}); // the room's state tells
    this.#list.select(roomId);
    this.#listChanged();
    if (!matchMedia('(pointer: coarse)').matches) this.#talk.focus();
  }

  /** @param {string} roomId @param {string} [messageId] */
  #go(roomId, messageId) {
    const address = messageId ? `#${roomId}/${messageId}` : `#${roomId}`;
    if (location.hash === address) this.#route();
    else location.hash = address;
    this.element.dataset.pane = 'room';
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.key.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
    event.preventDefault();
    this.#dialogs.search(this.#roomId);
  }

  /** @param {import('../sdk/types.js').RoomInfo} room */
  async #join(room) {
    try {
      await this.#chat.joinRoom(room.id);
      this.#dialogs.opened(room.id);
    } catch {
      this.#list.refresh(); // it is full, gone or private now: the list says
    }
  }

  #changed() {
    this.#talk.render();
    this.#list.markRead();
  }

  /** @param {import('../sdk/types.js').Message} message */
  #arrived(message) {
    const own = message.userId === this.#chat.user?.id;
    if (message.roomId === this.#roomId && !own) this.#talk.arrived();
  }

  #listChanged() {
    const info = this.#list.get(this.#roomId);
    const name = info?.name ?? '';
    const unread = this.#list.totalUnread;
    this.#title.textContent = name;
    this.#about.textContent = this.#aboutOf(info);
    this.#settings.hidden = !hasSettings(info, this.#chat.user);
    this.#dialogs.mark(info, this.#settings);
    this.#talk.name(name);
    this.#talk.counted();
    document.title = `${unread ? `(${unread}) ` : ''}${name ? `${name} · ` : ''}ChatSphere`;
  }

  /** @param {import('../sdk/types.js').RoomInfo} [info] */
  #aboutOf(info) {
    if (info?.peerId) return this.#chat.presenceOf(info.peerId);
    return [info?.archived && 'Archived', info?.description].filter(Boolean).join(' · ');
  }
}

/**
 * What Back does is of matter, and fetched, where the page is narrow.
 * @param {(back: typeof import('./back.js')) => void} use
 */
function onPhone(use) {
  if (matchMedia('(max-width: 719px)').matches) import('./back.js').then(use, () => {});
}
