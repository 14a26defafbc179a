/**
 * Presence: who is there, as far as the server tells: of the members of small rooms that are followed.
 *
 * Who is there is told behind each join, who is not is not: so what was known before a connection was
 * lost counts as doubtful after the next welcome and, if nothing confirms it in time, as offline. The
 * own status belongs to a socket and is told to each new one.
 */

import { Emitter } from './emitter.js';

/** By then all rooms have been joined again, and who is there has been told. */
const DOUBT_MS = 10_000;

/** @typedef {'online' | 'away' | 'busy' | 'offline'} Status */

export class Presence extends Emitter {
  #socket;
  /** @type {'online' | 'away' | 'busy'} */
  #own = 'online';
  /** @type {Map<string, Status>} */
  #known = new Map();
  /** @type {Set<string>} */
  #doubtful = new Set();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {import('./socket.js').Socket} socket */
  constructor(socket) {
    super();
    this.#socket = socket;
  }

  /** @param {string} userId @returns {Status} */
  of(userId) {
    return this.#known.get(userId) ?? 'offline';
  }

  /** The own one, at this connection. */
  get own() {
    return this.#own;
  }

  /** @param {'online' | 'away' | 'busy'} status */
  async set(status) {
    this.#own = status;
    if (this.#socket.online) await this.#socket.request({ type: 'presence', status });
  }

  /** @param {import('./types.js').ChatEvent} event */
  heard({ userId, status }) {
    this.#doubtful.delete(userId);
    if (this.of(userId) === status) return;
    this.#known.set(userId, status);
    this.emit('presence', userId, status);
  }

  /** The socket has been welcomed. */
  up() {
    if (this.#own !== 'online') this.set(this.#own).catch(() => {}); // the next welcome tells again
    for (const [userId, status] of this.#known) if (status !== 'offline') this.#doubtful.add(userId);
    clearTimeout(this.#timer);
    if (this.#doubtful.size > 0) this.#timer = setTimeout(() => this.#give(), DOUBT_MS);
  }

  /** Another person's session. */
  clear() {
    clearTimeout(this.#timer);
    this.#own = 'online';
    this.#known.clear();
    this.#doubtful.clear();
  }

  #give() {
    if (!this.#socket.online) return; // the next welcome doubts anew
    for (const userId of [...this.#doubtful]) this.heard({ type: 'presence', userId, status: 'offline' });
  }
}
