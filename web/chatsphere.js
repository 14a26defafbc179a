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
 * `room` (room, after any change), `message` (message, room), `event` (event, room), `user-event`
 * (event with a useq, or any other that is no room's) and `outbox` (roomId).
 */

import { Emitter } from './sdk/emitter.js';
import { ChatError } from './sdk/error.js';
import { Outbox } from './sdk/outbox.js';
import { httpCaller, Rest } from './sdk/rest.js';
import { Room } from './sdk/room.js';
import { Session } from './sdk/session.js';
import { Socket } from './sdk/socket.js';
import { defaultStorage } from './sdk/storage.js';

export { ChatError };

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

export class ChatSphere extends Emitter {
  #session;
  #rest;
  #socket;
  #outbox;
  #random;
  /** @type {Map<string, Room>} */
  #rooms = new Map();

  /** @param {ChatSphereOptions} [options] */
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

  /** Makes an account; it does not sign in. @param {string} username @param {string} password
   *  @param {{email?: string, full_name?: string}} [profile] */
  register(username, password, profile) {
    return this.#session.register(username, password, profile);
  }

  /** @param {string} username @param {string} password */
  login(username, password) {
    return this.#session.login(username, password);
  }

  /** Takes up the stored session. @returns {Promise<import('./sdk/types.js').User | null>} */
  resume() {
    return this.#session.resume();
  }

  logout() {
    return this.#session.logout();
  }

  /** Connects now; opening a room or sending does so by itself. */
  connect() {
    this.#socket.start();
  }

  /** Closes the connection. The session and what is unsent stay for the next time. */
  disconnect() {
    this.#socket.stop();
  }

  me() {
    return this.#rest.me();
  }

  /** Own rooms, the lobby among them. */
  rooms() {
    return this.#rest.rooms();
  }

  /** Rooms that anyone may join. */
  publicRooms() {
    return this.#rest.publicRooms();
  }

  /** A room's data with its members. @param {string} roomId */
  getRoom(roomId) {
    return this.#rest.room(roomId);
  }

  /** @param {{name: string, description?: string, isPrivate?: boolean}} fields */
  createRoom(fields) {
    return this.#rest.createRoom(fields);
  }

  /** Becomes a member of a public room. @param {string} roomId */
  joinRoom(roomId) {
    return this.#rest.joinRoom(roomId);
  }

  /** @param {string} roomId */
  leaveRoom(roomId) {
    return this.#rest.leaveRoom(roomId);
  }

  /** @param {string} roomId @param {string} userId @param {string} [role] */
  addMember(roomId, userId, role) {
    return this.#rest.addMember(roomId, userId, role);
  }

  /** One page, oldest first. @param {string} roomId @param {{before?: number, limit?: number}} [range] */
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

  /** The live side of a room: always the same object for the same id. @param {string} roomId */
  room(roomId) {
    const known = this.#rooms.get(roomId);
    if (known) return known;
    const room = new Room(roomId, {
      socket: this.#socket, rest: this.#rest, outbox: this.#outbox,
      user: () => this.user, random: this.#random,
    });
    this.#rooms.set(roomId, room);
    room.on('change', () => this.emit('room', room));
    room.on('event', (event) => this.emit('event', event, room));
    room.on('message', (message) => this.emit('message', message, room));
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

  /** Own messages of a room that its log does not show yet. @param {string} roomId */
  pending(roomId) {
    return this.#outbox.list(roomId);
  }

  /** Sends a failed message again, under the same client id. @param {string} clientId */
  retry(clientId) {
    this.#outbox.retry(clientId);
  }

  /** Gives a failed message up. @param {string} clientId */
  discard(clientId) {
    this.#outbox.discard(clientId);
  }

  #wire() {
    this.#session.on('signedin', (user) => this.#signedIn(user));
    this.#session.on('signedout', (reason) => this.#signedOut(reason));
    this.#socket.on('state', (state) => this.emit('state', state));
    this.#socket.on('welcome', (event) => {
      this.emit('welcome', event);
      this.#each((room) => room.up());
    });
    this.#socket.on('down', () => this.#each((room) => room.down()));
    this.#socket.on('event', (event) => this.#dispatch(event));
    this.#outbox.on('change', (roomId) => this.emit('outbox', roomId));
    this.#outbox.on('acked', (entry) => this.#acked(entry));
    globalThis.addEventListener?.('online', () => this.#socket.wake());
    globalThis.addEventListener?.('offline', () => this.#socket.doubt());
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
    const room = event.roomId && event.useq === undefined && this.#rooms.get(event.roomId);
    if (room) room.receive(event);
    else this.#ownEvent(event);
  }

  /** @param {import('./sdk/types.js').ChatEvent} event */
  #ownEvent(event) {
    if (event.type === 'read_moved') this.#rooms.get(event.roomId ?? '')?.readTo(event.readSeq);
    this.emit('user-event', event);
  }

  /** Without a log to wait for, an acknowledged message is done. @param {any} entry */
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
