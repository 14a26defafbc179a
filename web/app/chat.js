/**
 * ChatView: the signed-in page. Puts sidebar, room pane and connection banner together, keeps the
 * address (`#<room id>`) and the shown room the same thing, and passes events on to what shows them.
 */

import { LOBBY_ID } from '../chatsphere.js';
import { Conversation } from './conversation.js';
import { createRoomDialog, membersDialog } from './dialogs.js';
import { h, icon } from './dom.js';
import { RoomList } from './rooms.js';
import { Sidebar } from './sidebar.js';

/** @type {Record<string, string>} */
const STATE_TEXT = {
  online: 'Connected', connecting: 'Connecting…', offline: 'Not connected',
  waiting: 'Connection lost. Trying again…',
};

const ROOM_ADDRESS = /^#([0-9a-f-]{36})$/;

export class ChatView {
  #chat;
  #list;
  #sidebar;
  #talk;
  #roomId = '';
  /** Ids of the people seen so far, by name. @type {Map<string, string>} */
  #people = new Map();
  #title = h('h1', { data: { testid: 'room-title' } });
  #about = h('p', { class: 'about' });
  #connection = h('p', { class: 'connection', role: 'status', data: { testid: 'connection-state', state: 'offline' } });
  /** @type {(() => void)[]} */
  #undo = [];

  /** @param {import('../chatsphere.js').ChatSphere} chat signed in */
  constructor(chat) {
    this.#chat = chat;
    this.#list = new RoomList(chat);
    this.#sidebar = new Sidebar(this.#list, /** @type {any} */ (chat.user), {
      select: (roomId) => this.#go(roomId),
      join: (room) => this.#join(room),
      create: () => createRoomDialog(chat, (room) => this.#added(room)),
      logout: () => chat.logout(),
    });
    this.#talk = new Conversation(chat, (roomId) => this.#list.get(roomId), (open) => {
      this.element.classList.toggle('threaded', open);
    });
    this.element = h('div', { class: 'chat', data: { pane: 'rooms' } },
      this.#connection, this.#sidebar.element, this.#pane(), this.#talk.thread);
  }

  /** Once the element is in the page, where it can take the focus. */
  start() {
    this.#listen();
    this.#state(this.#chat.state);
    this.#chat.connect();
    this.#list.refresh();
    this.#route();
  }

  dispose() {
    for (const undo of this.#undo) undo();
    this.#list.dispose();
    this.#talk.dispose();
    document.title = 'ChatSphere';
  }

  #pane() {
    const back = h('button', {
      class: 'round back', type: 'button', 'aria-label': 'Rooms', data: { testid: 'back' },
      onclick: () => { location.hash = ''; },
    }, icon('back'));
    const members = h('button', {
      class: 'round', type: 'button', title: 'Members', 'aria-label': 'Members', data: { testid: 'members' },
      onclick: () => this.#showMembers(),
    }, icon('people'));
    const head = h('header', { class: 'bar' }, back, h('div', { class: 'titles' }, this.#title, this.#about), members);
    return h('main', { class: 'pane' }, head, ...this.#talk.elements);
  }

  #listen() {
    const chat = this.#chat;
    const route = () => this.#route();
    const seen = () => this.#list.markRead();
    addEventListener('hashchange', route);
    document.addEventListener('visibilitychange', seen);
    this.#undo = [
      () => removeEventListener('hashchange', route),
      () => document.removeEventListener('visibilitychange', seen),
      chat.on('state', ({ state }) => this.#state(state)),
      chat.on('room', (room) => { if (room.id === this.#roomId) this.#changed(room); }),
      chat.on('outbox', (roomId) => { if (roomId === this.#roomId) this.#talk.render(); }),
      chat.on('message', (message) => this.#arrived(message)),
      this.#list.on('change', () => this.#listChanged()),
    ];
  }

  /** Shows the room that the address names; without one the room list, beside the lobby. */
  #route() {
    const named = ROOM_ADDRESS.exec(location.hash)?.[1] ?? '';
    this.element.dataset.pane = named ? 'room' : 'rooms';
    const roomId = named || LOBBY_ID;
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

  /** @param {string} roomId */
  #go(roomId) {
    location.hash = roomId;
    this.element.dataset.pane = 'room';
  }

  /** @param {any} room that this user has just created or joined */
  #added(room) {
    if (room?.id) this.#go(room.id);
    this.#list.refresh();
  }

  /** @param {import('../sdk/types.js').RoomInfo} room */
  async #join(room) {
    try {
      await this.#chat.joinRoom(room.id);
      this.#added(room);
    } catch {
      this.#list.refresh(); // it is full, gone or private now: the list says
    }
  }

  async #showMembers() {
    const info = this.#list.get(this.#roomId);
    if (info) await membersDialog(this.#chat, info, this.#people).catch(() => {});
  }

  /** @param {import('../sdk/room.js').Room} room */
  #changed(room) {
    for (const { user } of room.messages) if (user) this.#people.set(user.username, user.id);
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
    this.#about.textContent = info?.description ?? '';
    this.#talk.name(name);
    document.title = `${unread ? `(${unread}) ` : ''}${name ? `${name} · ` : ''}ChatSphere`;
  }

  /** @param {string} state */
  #state(state) {
    this.#connection.dataset.state = state;
    if (this.#connection.textContent !== STATE_TEXT[state]) this.#connection.textContent = STATE_TEXT[state];
  }
}
