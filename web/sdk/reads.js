/**
 * Reads: how far a room has been read, by this user and by the others.
 *
 * The own position only ever goes forward, here as at the server, which keeps it for all devices. It is
 * told at once and then at most once a second, the newest one; what could not be told goes out with the
 * next welcome. Only another epoch, in which all positions are void, lets it begin anew.
 *
 * The others' positions are loaded when they are first looked at, and again with each join after that,
 * for what moved while nobody listened is not told later.
 */

import { backoffMs } from './backoff.js';

const PAUSE_MS = 1_000;

export class Reads {
  /** The own position. */
  own = 0;
  /** @type {Map<string, number>} user → seq, of the others */
  others = new Map();
  #tell;
  #load;
  #changed;
  #random;
  #told = 0;
  #attempt = 0;
  /** @type {string | null} */
  #epoch = null;
  #watched = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /**
   * @param {object} parts
   * @param {(seq: number) => Promise<unknown>} parts.tell stores the own position
   * @param {() => Promise<{userId: string, readSeq: number}[]>} parts.load everybody's
   * @param {() => void} parts.changed
   * @param {() => number} parts.random
   */
  constructor({ tell, load, changed, random }) {
    this.#tell = tell;
    this.#load = load;
    this.#changed = changed;
    this.#random = random;
  }

  /** This user has read up to `seq`.
   *  @param {number} seq */
  mark(seq) {
    if (seq <= this.own) return;
    this.own = seq;
    this.#changed();
    this.#pump();
  }

  /** What the server says of the own position.
   *  @param {number} seq @param {string | null} [epoch] */
  known(seq, epoch = this.#epoch) {
    if (epoch !== this.#epoch && this.#epoch !== null) {
      this.own = 0;
      this.#told = 0;
    }
    this.#epoch = epoch;
    this.#told = Math.max(this.#told, seq);
    if (seq <= this.own) return;
    this.own = seq;
    this.#changed();
  }

  /** Somebody else has read on.
   *  @param {string} userId @param {number} seq */
  heard(userId, seq) {
    if (seq <= (this.others.get(userId) ?? -1)) return;
    this.others.set(userId, seq);
    this.#changed();
  }

  /** The others' positions are looked at from now on. */
  watch() {
    if (this.#watched) return;
    this.#watched = true;
    this.#loadAll();
  }

  /** The socket is welcome again. */
  up() {
    this.#stop();
    this.#pump();
  }

  /** The room is live again. */
  joined() {
    if (this.#watched) this.#loadAll();
  }

  close() {
    this.#stop();
    this.#told = this.own;
  }

  async #loadAll() {
    const all = await this.#load().catch(() => []); // the next join asks again
    for (const { userId, readSeq } of all) this.heard(userId, readSeq);
  }

  #stop() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  async #pump() {
    if (this.#timer || this.own <= this.#told) return;
    const seq = this.own;
    this.#again(PAUSE_MS);
    try {
      await this.#tell(seq);
      this.#attempt = 0;
      this.#told = Math.max(this.#told, seq);
    } catch (error) {
      this.#failed(seq, error);
    }
  }

  /** @param {number} seq @param {any} error */
  #failed(seq, error) {
    this.#stop();
    if (error.code === 'network') return; // until the next welcome, or the next mark
    if (!error.passing) this.#told = Math.max(this.#told, seq);
    else this.#again(backoffMs(this.#attempt++, { random: this.#random, hintMs: error.retryAfterMs }));
  }

  /** @param {number} ms */
  #again(ms) {
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#pump();
    }, ms);
  }
}
