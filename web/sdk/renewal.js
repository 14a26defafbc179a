/**
 * Renewal: brings messages up to date of which the log has said that they changed, but not how.
 *
 * Where not everybody in a room may see the same messages, a change names its message only, and who
 * shows it loads it again. One request a message is under way, however many changes come meanwhile,
 * and it is repeated until the message has the last of them. What is not there for this user any
 * more stays as it is shown: the next page says so.
 */

import { backoffMs, sleep } from './backoff.js';

export class Renewal {
  #load;
  #take;
  #random;
  #stopped = false;
  /** @type {Map<string, number>} message → the seq of the last change that is known of it */
  #wanted = new Map();

  /**
   * @param {object} parts
   * @param {(id: string) => Promise<import('./types.js').Message>} parts.load
   * @param {(message: import('./types.js').Message) => void} parts.take
   * @param {() => number} parts.random
   */
  constructor({ load, take, random }) {
    this.#load = load;
    this.#take = take;
    this.#random = random;
  }

  /** @param {string} id @param {number} seq of its change */
  want(id, seq) {
    const isUnderWay = this.#wanted.has(id);
    this.#wanted.set(id, seq);
    if (!isUnderWay) this.#renew(id);
  }

  /** Nothing is taken any more. */
  stop() {
    this.#stopped = true;
  }

  /** @param {string} id */
  async #renew(id) {
    for (let attempt = 0; !this.#stopped; attempt++) {
      let hintMs;
      try {
        const message = await this.#load(id);
        if (this.#stopped) return;
        this.#take(message);
        if ((message.rev ?? message.seq) >= (this.#wanted.get(id) ?? 0)) break;
      } catch (error) {
        if (!error.passing) break;
        hintMs = error.retryAfterMs;
      }
      await sleep(backoffMs(attempt, { random: this.#random, hintMs }));
    }
    this.#wanted.delete(id);
  }
}
