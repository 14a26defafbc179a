/**
 * ChatSphere: the client SDK's public face.
 *
 *   const chat = new ChatSphere();                 // the page's own origin
 *   await chat.login('ada', 'correct horse');
 *   await chat.lobby.open();                       // newest page, then live
 *   chat.lobby.on('message', (message) => …);      // each one once, in order
 *   await chat.lobby.send('Hello');                // resolves when it is stored for good
 *
 * This class wires the parts in sdk/ together and owns no state of its own: session.js (who is signed
 * in), rest.js (requests), socket.js (a connection that comes back), outbox.js (messages that are not
 * confirmed yet) and a room.js for each room in use. It works in browsers and in Node ≥ 20, where
 * WebSocket may have to be handed in. Failures are ChatErrors with the contract's codes.
 *
 * Emits `signedin` (user), `signedout` (reason), `state` ({state, retryInMs}), `welcome` (event),
 * `room` (room, after any change), `joined`, `message` and `event` (each with its room), `typing` (room),
 * `read` (room), `activity` (roomId, lastSeq: in one that is not followed), `presence` (userId, status),
 * `user-event` (event with a useq, or any other that is no room's) and `outbox` (roomId).
 */

import { ChatError } from './sdk/error.js';
import { Feed } from './sdk/feed.js';
import { Outbox } from './sdk/outbox.js';
import { Presence } from './sdk/presence.js';
import { httpCaller, Rest } from './sdk/rest.js';
import { Room } from './sdk/room.js';
import { Routes } from './sdk/routes.js';
import { Session } from './sdk/session.js';
import { Socket } from './sdk/socket.js';
import { defaultStorage } from './sdk/storage.js';

export { ChatError };

/** The browser says that there is no network: a link that is as quick as others answers within this time all the
 *  same, for the server may be on this machine. */
const OFFLINE_MS = 2_000;

/** The room that everybody is in. */
export const LOBBY_ID = '00000000-0000-7000-8000-000000000001';

/**
 * @typedef {object} ChatSphereOptions
 * @property {string} [url] origin of the server, e.g. `https://chat.example`; default: the page's
 * @property {typeof fetch} [fetch]
 * @property {typeof WebSocket} [WebSocket]
 * @property {import('./sdk/storage.js').Store} [storage] default: localStorage, else memory
 * @property {LockManager} [locks] default: navigator.locks where there is one
 * @property {() => number} [random] draws the jitter from [0, 1)
 */

export class ChatSphere extends Routes {
  #session;
  #rest;
  #socket;
  #outbox;
  #presence;
  #feed;
  #random;
  /** @type {Map<string, Room>} */
  #rooms = new Map();

  /** @param {ChatSphereOptions} options */
  constructor({ url, fetch, WebSocket, storage, locks, random = Math.random } = {}) {
    super();
    const base = (url ?? '').replace(/\/+$/, '');
    const store = storage ?? defaultStorage();
    const call = httpCaller(fetch ?? ((...args) => globalThis.fetch(...args)), base);
    this.#random = random;
    this.#session = new Session({
      storage: store, call, locks: locks ?? globalThis.navigator?.locks,
    });
    this.#rest = new Rest(call, this.#session);
    this.#socket = new Socket({
      url: socketUrl(base), WebSocket: WebSocket ?? globalThis.WebSocket, session: this.#session, random,
    });
    this.#outbox = new Outbox({ storage: store, socket: this.#socket, random });
    this.#presence = new Presence(this.#socket);
    this.#feed = new Feed({ socket: this.#socket, rooms: () => [...this.#rooms.values()], random });
    this.#wire();
  }

  /** The signed-in user, or null. */
  get user() {
    return this.#session.user;
  }

  /** offline, connecting, waiting (to connect again) or online. */
  get state() {
    return this.#socket.state;
  }

  /** The room that everybody is in. */
  get lobby() {
    return this.room(LOBBY_ID);
  }

  /**
   * Makes an account; it does not sign in.
   * @param {string} username
   * @param {string} password
   * @param {{email?: string, full_name?: string, invite_token?: string}} [profile] invite_token: the
   *   operator's invitation, where registering needs one
   */
  register(username, password, profile) {
    return this.#session.register(username, password, profile);
  }

  /** @param {string} username @param {string} password */
  login(username, password) {
    return this.#session.login(username, password);
  }

  /** Takes up the stored session.
   *  @returns {Promise<import('./sdk/types.js').User | null>} */
  resume() {
    return this.#session.resume();
  }

  logout() {
    return this.#session.logout();
  }

  /** Connects now, also when it waits to try again; opening a room or sending connects by itself. */
  connect() {
    this.#socket.start();
    this.#socket.hurry();
  }

  /** Closes the connection. The session and what is unsent stay for the next time. */
  disconnect() {
    this.#socket.stop();
  }

  /**
   * Follows all own rooms, also those to come, so that `message` and `event` tell of each of them; of
   * very many, of the least active only `activity` does.
   */
  followAll() {
    this.#feed.start();
  }

  /** Own rooms, with what is unread in each. */
  async rooms() {
    const rooms = await super.rooms();
    for (const { id, readSeq } of rooms) this.#rooms.get(id)?.readTo(readSeq ?? 0);
    return rooms;
  }

  /** @param {Parameters<Routes['updateProfile']>[0]} fields */
  async updateProfile(fields) {
    const profile = await super.updateProfile(fields);
    this.#session.rename(profile.username);
    return profile;
  }

  /** What somebody is doing, as far as rooms are shared and not large.
   *  @param {string} userId */
  presenceOf(userId) {
    const told = this.#presence.of(userId);
    const isHere = userId === this.user?.id && told === 'offline' && this.state === 'online';
    return isHere ? this.#presence.own : told; // of oneself the server need not tell
  }

  /** What this user is doing at this connection. */
  get presence() {
    return this.#presence.own;
  }

  /** @param {'online' | 'away' | 'busy'} status */
  setPresence(status) {
    return this.#presence.set(status);
  }

  /** One page, oldest first.
   *  @param {string} roomId @param {{before?: number, limit?: number}} [range] */
  history(roomId, range) {
    return this.#rest.history(roomId, range);
  }

  /**
   * Any other route of the contract, as this user.
   * @param {string} method
   * @param {string} path
   * @param {object} [body]
   */
  request(method, path, body) {
    return this.#rest.request(method, path, body);
  }

  /** The live side of a room: always the same object for the same id.
   *  @param {string} roomId */
  room(roomId) {
    const known = this.#rooms.get(roomId);
    if (known) return known;
    const room = new Room(roomId, {
      socket: this.#socket, rest: this.#rest, outbox: this.#outbox, feed: this.#feed,
      user: () => this.user, random: this.#random,
    });
    this.#rooms.set(roomId, room);
    room.on('change', () => this.emit('room', room));
    room.on('event', (event) => this.emit('event', event, room));
    room.on('message', (message) => this.emit('message', message, room));
    room.on('joined', (event) => this.emit('joined', event, room));
    room.on('typing', () => this.emit('typing', room));
    room.on('read', () => this.emit('read', room));
    return room;
  }

  /**
   * Sends a message, now or as soon as there is a connection, over reloads if need be.
   * @param {string} roomId
   * @param {string} content
   * @param {{parentId?: string}} [options] the message that this one answers
   * @returns {Promise<{id: string, seq: number}>} when it is stored for good; rejects when it is
   *   refused for good (it then stays in `pending` as failed)
   */
  send(roomId, content, options) {
    if (!this.user) return Promise.reject(ChatError.signedOut());
    return this.room(roomId).send(content, options);
  }

  /** Own messages of a room that its log does not show yet.
   *  @param {string} roomId */
  pending(roomId) {
    return this.#outbox.list(roomId);
  }

  /** Sends a failed message again, under the same client id.
   *  @param {string} clientId */
  retry(clientId) {
    this.#outbox.retry(clientId);
  }

  /** Gives a failed message up.
   *  @param {string} clientId */
  discard(clientId) {
    this.#outbox.discard(clientId);
  }

  #wire() {
    this.#session.on('signedin', (user) => this.#signedIn(user));
    this.#session.on('signedout', (reason) => this.#signedOut(reason));
    this.#socket.on('state', (state) => this.emit('state', state));
    this.#socket.on('welcome', (event) => {
      this.emit('welcome', event);
      this.#presence.up();
      this.#feed.up(event.epoch);
      this.#each((room) => room.up());
    });
    this.#socket.on('down', () => {
      this.#feed.down();
      this.#each((room) => room.down());
    });
    this.#presence.on('presence', (userId, status) => this.emit('presence', userId, status));
    this.#socket.on('event', (event) => this.#dispatch(event));
    this.#outbox.on('change', (roomId) => this.emit('outbox', roomId));
    this.#outbox.on('acked', (entry) => this.#acked(entry));
    globalThis.addEventListener?.('online', () => this.#socket.wake());
    globalThis.addEventListener?.('offline', () => this.#socket.doubt(OFFLINE_MS));
    globalThis.addEventListener?.('pagehide', () => this.#socket.rest());
    globalThis.addEventListener?.('pageshow', () => this.#socket.hurry());
    globalThis.document?.addEventListener('visibilitychange', () => {
      if (!document.hidden) this.#socket.wake();
    });
  }

  /** @param {import('./sdk/types.js').User} user */
  #signedIn(user) {
    if (this.#outbox.open(user.id) > 0) this.#socket.start();
    this.emit('signedin', user);
  }

  /** @param {string} reason */
  #signedOut(reason) {
    this.#socket.stop();
    this.#outbox.close();
    this.#feed.stop();
    this.#presence.clear();
    this.#each((room) => room.close());
    this.#rooms.clear();
    this.emit('signedout', reason);
  }

  /** @param {(room: Room) => void} action */
  #each(action) {
    for (const room of [...this.#rooms.values()]) action(room);
  }

  /** @param {import('./sdk/types.js').ChatEvent} event */
  #dispatch(event) {
    const { type, roomId = '', useq } = event;
    if (type === 'presence') this.#presence.heard(event);
    else if (useq !== undefined || !roomId) this.#ownEvent(event);
    else if (type === 'activity') this.#active(event);
    else if (type === 'joined' && this.#feed.wanted && !this.room(roomId).followed) this.room(roomId).adopt(event);
    else if (this.#rooms.has(roomId)) this.room(roomId).receive(event);
    else this.emit('user-event', event);
  }

  /** @param {import('./sdk/types.js').ChatEvent} event */
  #ownEvent(event) {
    if (event.type === 'read_moved') this.#rooms.get(event.roomId ?? '')?.readTo(event.readSeq);
    this.emit('user-event', event);
  }

  /** @param {import('./sdk/types.js').ChatEvent} event */
  #active({ roomId = '', lastSeq }) {
    this.#feed.listed(roomId);
    this.emit('activity', roomId, lastSeq);
  }

  /** Without a log to wait for, an acknowledged message is done.
   *  @param {any} entry */
  #acked({ roomId }) {
    const room = this.#rooms.get(roomId);
    this.#outbox.reached(roomId, room?.followed ? room.log.seq ?? 0 : Infinity);
  }
}

/** @param {string} base */
function socketUrl(base) {
  const origin = base || globalThis.location?.origin || 'http://localhost';
  return `${origin.replace(/^http/, 'ws')}/ws`;
}
