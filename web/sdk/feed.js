/**
 * Feed: all own rooms followed with one frame, whatever their number.
 *
 * `join_all` is answered by a `joined` for each room up to the server's cap, by an `activity` for each
 * of the others, and behind them by an ack. Rooms that are followed already name their positions and
 * take their answer as that to an own join; those that nobody has opened begin at their present end.
 * Until the ack no room joins by itself, for that would replace its part of this. What this user is
 * added to later the server joins by itself.
 *
 * A room that is looked at goes before one that is merely followed: where the cap is reached, the one
 * that has been silent longest is left for it.
 */

import { backoffMs } from './backoff.js';

/** The most positions that one frame may name; further rooms join one by one behind it. */
const PLACES_MAX = 1_000;

export class Feed {
  /** True while a join_all is under way. */
  busy = false;
  #wanted = false;
  #socket;
  #rooms;
  #random;
  #attempt = 0;
  #epoch = '';
  /** Rooms of which only `activity` tells.
   *  @type {Set<string>} */
  #listed = new Set();

  /**
   * @param {object} parts
   * @param {import('./socket.js').Socket} parts.socket
   * @param {() => import('./room.js').Room[]} parts.rooms those that are in use
   * @param {() => number} parts.random
   */
  constructor({ socket, rooms, random }) {
    this.#socket = socket;
    this.#rooms = rooms;
    this.#random = random;
  }

  /** True when all own rooms are followed. */
  get wanted() {
    return this.#wanted;
  }

  start() {
    if (this.#wanted) return;
    this.#wanted = true;
    this.#socket.start();
    if (this.#socket.online) this.#ask();
  }

  stop() {
    this.#wanted = false;
    this.busy = false;
  }

  /** The socket has been welcomed.
   *  @param {string} epoch */
  up(epoch) {
    this.#epoch = epoch;
    if (this.#wanted) this.#ask();
  }

  down() {
    this.busy = false;
  }

  /** @param {string} roomId of a room of which only this is told */
  listed(roomId) {
    this.#listed.add(roomId);
  }

  /** A room that is looked at finds no place.
   *  @returns {boolean} whether it may try again */
  makePlace() {
    const [silent] = this.#rooms().filter((room) => room.state === 'live' && !room.opened)
      .sort((a, b) => a.activeAt.localeCompare(b.activeAt));
    if (!silent) return false;
    silent.close();
    this.#socket.request({ type: 'leave', roomId: silent.id }).catch(() => {});
    return true;
  }

  async #ask() {
    this.busy = true;
    this.#listed.clear();
    const rooms = this.#rooms().filter((room) => room.expect());
    const places = rooms.filter(({ log }) => log.placed && log.epoch === this.#epoch).slice(0, PLACES_MAX)
      .map(({ id, log }) => ({ roomId: id, after: log.seq }));
    try {
      await this.#socket.request({ type: 'join_all', epoch: this.#epoch, rooms: places });
      this.#attempt = 0;
    } catch (/** @type {any} */ error) {
      if (error.code === 'network') return; // the next welcome asks again
      if (error.code === 'unauthorized') {
        this.#socket.reauthenticate();
        return;
      }
      if (error.passing) this.#later(error.retryAfterMs);
    }
    this.busy = false;
    for (const room of rooms) room.unexpect(this.#listed.has(room.id));
    for (const room of this.#rooms()) room.up();
  }

  /** @param {number} [hintMs] */
  #later(hintMs) {
    const delay = backoffMs(this.#attempt++, { random: this.#random, hintMs });
    setTimeout(() => {
      if (this.#wanted && this.#socket.online && !this.busy) this.#ask();
    }, delay);
  }
}
