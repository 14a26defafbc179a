/**
 * RoomList: the model behind the sidebar. Own rooms with last message and unread count, and the
 * public rooms that may be joined.
 *
 * The lists come by REST; own rooms are then followed on the socket, so that a message shows at once.
 * They are fetched again after each welcome, when the page is looked at or clicked into again and now
 * and then, for somebody may have made a room or added this user to one. How far a room has been read
 * is remembered in this browser. Emits `change`.
 */

import { LOBBY_ID } from '../chatsphere.js';
import { Emitter } from '../sdk/emitter.js';
import { defaultStorage } from '../sdk/storage.js';

const REFRESH_MS = 30_000;
/** Joins count as frames, of which a socket may send 30 at once; the other rooms show by REST. */
const FOLLOW_MAX = 20;
const LIST_EVENTS = new Set(['room_updated', 'room_deleted', 'member_joined', 'member_left']);

export class RoomList extends Emitter {
  /** @type {import('../sdk/types.js').RoomInfo[]} */
  own = [];
  /** @type {import('../sdk/types.js').RoomInfo[]} */
  open = [];
  loaded = false;
  #chat;
  #current = '';
  #marks = defaultStorage();
  /** @type {Map<string, number>} */
  #unread = new Map();
  #refreshing = false;
  /** @type {(() => void)[]} */
  #undo = [];

  /** @param {import('../chatsphere.js').ChatSphere} chat */
  constructor(chat) {
    super();
    this.#chat = chat;
    const refresh = () => { if (!document.hidden) this.refresh(); };
    const timer = setInterval(refresh, REFRESH_MS);
    document.addEventListener('visibilitychange', refresh);
    addEventListener('focus', refresh);
    this.#undo = [
      () => clearInterval(timer),
      () => removeEventListener('focus', refresh),
      () => document.removeEventListener('visibilitychange', refresh),
      chat.on('welcome', () => this.refresh()),
      chat.on('message', (message) => this.#arrived(message)),
      chat.on('event', (event) => { if (LIST_EVENTS.has(event.type)) this.refresh(); }),
      chat.on('user-event', (event) => { if (event.useq !== undefined) this.refresh(); }),
    ];
  }

  dispose() {
    for (const undo of this.#undo) undo();
  }

  /** Fetches both lists; a failure leaves what is there, the next occasion is near. */
  async refresh() {
    if (this.#refreshing) return;
    this.#refreshing = true;
    try {
      const [own, open] = await Promise.all([this.#chat.rooms(), this.#chat.publicRooms()]);
      await this.#namePairs(own);
      this.#take(own, open);
    } catch {
      // Offline or signed out: the connection's state tells the user.
    } finally {
      this.#refreshing = false;
    }
  }

  /** A conversation of two has no name of its own: here it has the other's.
   *  @param {import('../sdk/types.js').RoomInfo[]} own */
  async #namePairs(own) {
    const nameless = own.filter(({ name }) => !name);
    if (nameless.length === 0) return;
    const { body } = await this.#chat.request('GET', '/auth/conversations?limit=100');
    const others = new Map(body.map((/** @type {any} */ pair) => [pair.conversation_id, pair.other_user_name]));
    for (const room of nameless) room.name = others.get(room.id) || 'Conversation';
  }

  /** @param {string} roomId */
  get(roomId) {
    return this.own.find(({ id }) => id === roomId);
  }

  /** @param {string} roomId */
  unread(roomId) {
    return this.#unread.get(roomId) ?? 0;
  }

  get totalUnread() {
    return [...this.#unread.values()].reduce((sum, count) => sum + count, 0);
  }

  /** The room that is on the screen is read as its messages come. @param {string} roomId */
  select(roomId) {
    this.#current = roomId;
    this.markRead();
  }

  markRead() {
    const seq = this.#chat.room(this.#current).log.seq ?? this.get(this.#current)?.lastSeq;
    if (!this.#current || document.hidden) return;
    if (seq) this.#marks.setItem(this.#markKey(this.#current), String(seq));
    if (this.#unread.delete(this.#current)) this.emit('change');
  }

  /** @param {import('../sdk/types.js').RoomInfo[]} own @param {import('../sdk/types.js').RoomInfo[]} open */
  #take(own, open) {
    const known = new Set(own.map(({ id }) => id));
    this.open = open.filter(({ id }) => !known.has(id));
    for (const room of own) {
      this.#catchUp(room);
      this.#count(room);
    }
    this.own = own.sort(byActivity);
    for (const { id } of own.slice(0, FOLLOW_MAX)) this.#chat.room(id).follow();
    this.loaded = true;
    this.emit('change');
  }

  /** The stream may be ahead of the list. @param {any} room */
  #catchUp(room) {
    const last = this.#chat.room(room.id).messages.at(-1);
    if (last && last.seq > (room.lastMessage?.seq ?? 0)) room.lastMessage = last;
  }

  /** What the server counts is right until this browser has read on. @param {any} room */
  #count({ id, unread = 0, lastSeq = 0 }) {
    const key = this.#markKey(id);
    // Nobody wants to have missed what was said in the lobby before he came.
    if (id === LOBBY_ID && this.#marks.getItem(key) === null) this.#marks.setItem(key, String(lastSeq));
    const mark = Number(this.#marks.getItem(key));
    const count = Math.min(unread, Math.max(0, lastSeq - mark));
    if (id === this.#current || count === 0) this.#unread.delete(id);
    else this.#unread.set(id, count);
  }

  /** @param {import('../sdk/types.js').Message} message */
  #arrived(message) {
    const room = this.get(message.roomId);
    if (!room) return;
    Object.assign(room, { lastMessage: message, lastSeq: message.seq });
    this.own.sort(byActivity);
    const read = message.roomId === this.#current && !document.hidden;
    if (read) this.markRead();
    else if (message.userId !== this.#chat.user?.id) {
      this.#unread.set(message.roomId, this.unread(message.roomId) + 1);
    }
    this.emit('change');
  }

  /** @param {string} roomId */
  #markKey(roomId) {
    return `chatsphere.read.${this.#chat.user?.id}.${roomId}`;
  }
}

/** The lobby first, then where something happened last. @param {any} a @param {any} b */
function byActivity(a, b) {
  const lobby = Number(b.id === LOBBY_ID) - Number(a.id === LOBBY_ID);
  const at = (/** @type {any} */ room) => room.lastMessage?.createdAt ?? room.createdAt ?? '';
  return lobby || (at(a) < at(b) ? 1 : -1);
}
