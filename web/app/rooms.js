/**
 * RoomList: the model behind the sidebar. Own rooms with last message and what is unread in them, and
 * the public rooms that may be joined.
 *
 * The lists come by REST, and with them what the server counts as unread; from there on the socket, on
 * which all own rooms are followed, counts on. They are fetched again after each welcome and now and then
 * (refresher.js), for somebody may have made a room or added this user to one. How far a room has been read
 * is kept at the server, for all devices. Emits `change`.
 */

import { LOBBY_ID } from '../chatsphere.js';
import { Emitter } from '../sdk/emitter.js';
import { Pairs } from './pairs.js';
import { Refresher } from './refresher.js';

/** Of a room that is not followed it is heard again and again. */
const LATER_MS = 5_000;
const LIST_EVENTS = new Set(['room_updated', 'room_deleted', 'member_joined', 'member_left']);

/** @typedef {import('../sdk/types.js').RoomInfo} RoomInfo */

export class RoomList extends Emitter {
  /** @type {RoomInfo[]} */
  own = [];
  /** @type {RoomInfo[]} */
  open = [];
  loaded = false;
  /** Is what is said in the current room read as it comes? */
  isRead = () => !document.hidden;
  #chat;
  #current = '';
  #isFetching = false;
  #refresher = new Refresher(() => this.#fetch());
  #pairs;
  /** What came while the lists were fetched: they may not have it yet.
   *  @type {(() => void)[]} */
  #meanwhile = [];
  /** Where each room stood when it was joined.
   *  @type {Map<string, number>} */
  #ends = new Map();
  /** @type {(() => void)[]} */
  #undo = [];

  /** @param {import('../chatsphere.js').ChatSphere} chat */
  constructor(chat) {
    super();
    this.#chat = chat;
    this.#pairs = new Pairs(chat);
    this.#undo = [
      () => this.#refresher.dispose(),
      chat.on('welcome', () => this.refresh()),
      chat.on('message', (message) => this.#heard(() => this.#arrived(message))),
      chat.on('joined', ({ lastSeq }, room) => this.#joined(room.id, lastSeq)),
      chat.on('read', (room) => this.#read(room)),
      chat.on('presence', () => this.emit('change')),
      chat.on('activity', () => this.#refresher.soon(LATER_MS)),
      chat.on('event', (event) => this.#happened(event)),
      chat.on('user-event', (event) => this.#ownEvent(event)),
    ];
    chat.followAll();
  }

  dispose() {
    for (const undo of this.#undo) undo();
  }

  /** @returns {Promise<void>} when the lists are there as they are after this call, if they can be had */
  refresh() {
    return this.#refresher.now();
  }

  /** Fetches both lists; a failure leaves what is there, the next occasion is near. */
  async #fetch() {
    this.#isFetching = true;
    this.#meanwhile = [];
    try {
      const [own, open] = await Promise.all([this.#chat.rooms(), this.#chat.publicRooms()]);
      await this.#pairs.name(own);
      this.#take(own, open);
    } catch {
      // Offline or signed out: the connection's state tells the user.
    } finally {
      this.#isFetching = false;
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
    if (!this.#current || !this.isRead()) return;
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
    if (this.#isFetching) this.#meanwhile.push(happened);
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
    if (info && lastSeq > (info.lastSeq ?? 0)) this.#refresher.soon();
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
    if ((this.#ends.get(id) ?? 0) > lastSeq) this.#refresher.soon();
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
  #happened({ type, roomId = '', message, user }) {
    const isMine = type === 'member_updated' && user?.id === this.#chat.user?.id; // an office, a mute
    if (isMine || LIST_EVENTS.has(type)) this.#refresher.heard();
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
    if (room.readSeq < (info.lastSeq ?? 0)) this.#refresher.soon();
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
    this.#refresher.soon(); // the server counts; the message itself may come before or behind this
  }
}

/** The lobby first, then where something happened last.
 *  @param {any} a @param {any} b */
function byActivity(a, b) {
  const lobby = Number(b.id === LOBBY_ID) - Number(a.id === LOBBY_ID);
  const at = (/** @type {any} */ room) => Date.parse(room.lastMessage?.createdAt ?? room.createdAt ?? '') || 0;
  return lobby || at(b) - at(a);
}
