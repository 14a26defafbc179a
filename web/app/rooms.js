/**
 * RoomList: the model behind the sidebar. Own rooms with last message and what is unread in them, and
 * the public rooms that may be joined.
 *
 * The lists come by REST, and with them what the server counts as unread; from there on the socket, on
 * which all own rooms are followed, counts on. They are fetched again after each welcome, when the page
 * is looked at or clicked into again and now and then, for somebody may have made a room or added this
 * user to one. How far a room has been read is kept at the server, for all devices. Emits `change`.
 */

import { LOBBY_ID } from '../chatsphere.js';
import { Emitter } from '../sdk/emitter.js';

const REFRESH_MS = 30_000;
/** What is heard in passing makes one refresh, soon; of a room that is not followed it is heard again and again. */
const SOON_MS = 1_500;
const LATER_MS = 5_000;
const LIST_EVENTS = new Set(['room_updated', 'room_deleted', 'member_joined', 'member_left']);

/** @typedef {import('../sdk/types.js').RoomInfo} RoomInfo */

export class RoomList extends Emitter {
  /** @type {RoomInfo[]} */
  own = [];
  /** @type {RoomInfo[]} */
  open = [];
  loaded = false;
  #chat;
  #current = '';
  #refreshing = false;
  #again = false;
  /** What came while the lists were fetched: they may not have it yet.
   *  @type {(() => void)[]} */
  #meanwhile = [];
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #soon;
  /** Where each room stood when it was joined.
   *  @type {Map<string, number>} */
  #ends = new Map();
  /** Who the other is, by conversation.
   *  @type {Map<string, {id: string, username: string}>} */
  #peers = new Map();
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
      () => clearTimeout(this.#soon),
      () => removeEventListener('focus', refresh),
      () => document.removeEventListener('visibilitychange', refresh),
      chat.on('welcome', () => this.refresh()),
      chat.on('message', (message) => this.#heard(() => this.#arrived(message))),
      chat.on('joined', ({ lastSeq }, room) => this.#joined(room.id, lastSeq)),
      chat.on('read', (room) => this.#read(room)),
      chat.on('presence', () => this.emit('change')),
      chat.on('activity', () => this.#refreshSoon(LATER_MS)),
      chat.on('event', (event) => this.#happened(event)),
      chat.on('user-event', (event) => this.#ownEvent(event)),
    ];
    chat.followAll();
  }

  dispose() {
    for (const undo of this.#undo) undo();
  }

  /** Fetches both lists; a failure leaves what is there, the next occasion is near. */
  async refresh() {
    if (this.#refreshing) {
      this.#again = true; // what is being fetched may be older than the reason to ask
      return;
    }
    this.#refreshing = true;
    this.#meanwhile = [];
    try {
      const [own, open] = await Promise.all([this.#chat.rooms(), this.#chat.publicRooms()]);
      await this.#namePairs(own);
      this.#take(own, open);
    } catch {
      // Offline or signed out: the connection's state tells the user.
    } finally {
      this.#refreshing = false;
      if (this.#again) this.#refreshSoon();
      this.#again = false;
    }
  }

  #refreshSoon(ms = SOON_MS) {
    this.#soon ??= setTimeout(() => {
      this.#soon = undefined;
      if (!document.hidden) this.refresh();
    }, ms);
  }

  /** A conversation of two has no name of its own: here it has the other's, and his id.
   *  @param {RoomInfo[]} own */
  async #namePairs(own) {
    const nameless = own.filter(({ name }) => !name);
    if (nameless.some(({ id }) => !this.#peers.has(id))) await this.#loadPeers();
    for (const room of nameless) {
      const peer = this.#peers.get(room.id);
      room.name = peer?.username ?? 'Conversation';
      room.peerId = peer?.id;
    }
  }

  async #loadPeers() {
    for (const { id, kind, members } of await this.#chat.conversations()) {
      const other = members.find((one) => one.id !== this.#chat.user?.id) ?? members[0];
      if (kind === 'p2p' && other) this.#peers.set(id, other);
    }
  }

  /** @param {string} roomId */
  get(roomId) {
    return this.own.find(({ id }) => id === roomId);
  }

  /** @param {string} roomId */
  unread(roomId) {
    return this.get(roomId)?.unread ?? 0;
  }

  /** How often this user is named in what is unread.
   *  @param {string} roomId */
  mentions(roomId) {
    return this.get(roomId)?.mentions ?? 0;
  }

  get totalUnread() {
    return this.own.reduce((sum, { unread = 0 }) => sum + unread, 0);
  }

  /** The room that is on the screen is read as its messages come.
   *  @param {string} roomId */
  select(roomId) {
    this.#current = roomId;
    this.markRead();
  }

  markRead() {
    if (!this.#current || document.hidden) return;
    const room = this.#chat.room(this.#current);
    room.markRead(room.log.seq ?? this.get(this.#current)?.lastSeq);
  }

  /** @param {RoomInfo[]} own @param {RoomInfo[]} open */
  #take(own, open) {
    const known = new Set(own.map(({ id }) => id));
    this.open = open.filter(({ id }) => !known.has(id));
    this.own = own;
    for (const info of own) this.#count(info);
    for (const happened of this.#meanwhile) happened();
    this.own.sort(byActivity);
    this.loaded = true;
    this.markRead();
    this.emit('change');
  }

  /** Now, and once more behind the lists that are being fetched.
   *  @param {() => void} happened */
  #heard(happened) {
    if (this.#refreshing) this.#meanwhile.push(happened);
    happened();
  }

  /**
   * A room is heard from here on; what the list does not have yet was said before.
   * @param {string} roomId
   * @param {number} lastSeq
   */
  #joined(roomId, lastSeq) {
    this.#ends.set(roomId, lastSeq);
    const info = this.get(roomId);
    if (info && lastSeq > (info.lastSeq ?? 0)) this.#refreshSoon();
  }

  /** A position that is on its way to the server counts already.
   *  @param {RoomInfo} info */
  #count(info) {
    const { id, lastSeq = 0, unread = 0 } = info;
    const room = this.#chat.room(id);
    // Nobody wants to have missed what was said in the lobby before he came; from here on it counts.
    if (id === LOBBY_ID && !info.readSeq && unread === 0) room.markRead(lastSeq);
    if (room.readSeq > (info.readSeq ?? 0)) info.unread = Math.min(unread, Math.max(0, lastSeq - room.readSeq));
    if (info.unread === 0) info.mentions = 0;
    if ((this.#ends.get(id) ?? 0) > lastSeq) this.#refreshSoon();
  }

  /** @param {import('../sdk/types.js').Message} message */
  #arrived(message) {
    const info = this.get(message.roomId);
    if (!info || message.seq <= (info.lastSeq ?? 0)) return;
    Object.assign(info, { lastMessage: message, lastSeq: message.seq });
    this.own.sort(byActivity);
    const isRead = message.userId === this.#chat.user?.id || message.seq <= this.#chat.room(info.id).readSeq;
    if (!isRead) info.unread = (info.unread ?? 0) + 1;
    if (message.roomId === this.#current) this.markRead();
    this.emit('change');
  }

  /** @param {import('../sdk/types.js').ChatEvent} event */
  #happened({ type, roomId = '', message }) {
    if (LIST_EVENTS.has(type)) this.refresh();
    const info = this.get(roomId);
    if (!info || !message || message.id !== info.lastMessage?.id || message === info.lastMessage) return;
    info.lastMessage = message; // it says something else now, or nothing
    this.emit('change');
  }

  /** The own position has moved, here or on another device.
   *  @param {import('../sdk/room.js').Room} room */
  #read(room) {
    const info = this.get(room.id);
    if (!info || room.readSeq <= (info.readSeq ?? 0)) return;
    info.readSeq = room.readSeq;
    if (room.readSeq < (info.lastSeq ?? 0)) this.#refreshSoon();
    else Object.assign(info, { unread: 0, mentions: 0 });
    this.emit('change');
  }

  /** @param {import('../sdk/types.js').ChatEvent} event */
  #ownEvent(event) {
    if (event.type === 'mention') this.#heard(() => this.#named(event));
    else if (event.useq !== undefined && event.type !== 'read_moved') this.refresh();
  }

  /** @param {import('../sdk/types.js').ChatEvent} event */
  #named({ roomId = '', seq = 0 }) {
    const info = this.get(roomId);
    if (!info || seq <= this.#chat.room(roomId).readSeq) return;
    this.#refreshSoon(); // the server counts; the message itself may come before or behind this
  }
}

/** The lobby first, then where something happened last.
 *  @param {any} a @param {any} b */
function byActivity(a, b) {
  const lobby = Number(b.id === LOBBY_ID) - Number(a.id === LOBBY_ID);
  const at = (/** @type {any} */ room) => room.lastMessage?.createdAt ?? room.createdAt ?? '';
  return lobby || (at(a) < at(b) ? 1 : -1);
}
