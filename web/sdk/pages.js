/**
 * Pages: what is loaded of a room beside its stream, so that both together are right.
 *
 * A page may be older than the stream by the time it comes, or newer; the log (log.js) tells which of
 * two versions of a message is the later one, and what has to be loaded once more.
 */

import { Stream } from './stream.js';

/** The most that the server gives at once. */
export const PAGE_MAX = 100;
const PAGE = 50;

export class Pages extends Stream {
  #parts;
  /** @type {Promise<void> | null} */
  #older = null;

  /** @param {string} id @param {import('./stream.js').RoomParts} parts */
  constructor(id, parts) {
    super(id, parts);
    this.#parts = parts;
  }

  /** Loads the page before the oldest message shown.
   *  @returns {Promise<void>} */
  older() {
    return this.#page(PAGE);
  }

  /**
   * Loads older pages until the message at `seq` is shown, or so many that it is too far away.
   * @param {number} seq
   * @returns {Promise<boolean>} whether it is shown
   */
  async reach(seq, most = 5_000) {
    await this.open();
    for (let first = Infinity; this.hasOlder && this.messages.length < most;) {
      const [oldest] = this.messages;
      if (oldest.seq <= seq || oldest.seq >= first) break; // there, or no nearer than before
      first = oldest.seq;
      await this.#page(PAGE_MAX);
    }
    return this.messages.some((message) => message.seq === seq);
  }

  /** @param {number} limit */
  #page(limit) {
    if (!this.hasOlder) return Promise.resolve();
    this.#older ??= this.#loadOlder(limit).finally(() => { this.#older = null; });
    return this.#older;
  }

  /** @param {number} limit */
  async #loadOlder(limit) {
    const { log } = this;
    const before = this.messages[0]?.seq;
    /** @type {any} */
    let page;
    const { messages, outdated } = await this.#during(async () => {
      page = await this.#parts.rest.history(this.id, { before, limit });
      return page.messages;
    });
    if (log !== this.log || this.messages[0]?.seq !== before) return; // reloaded meanwhile
    if (page.epoch !== null && page.epoch !== log.epoch) return; // the next join reloads
    log.prepend({ ...page, messages });
    for (const [id, seq] of outdated) this.want(id, seq);
    this.emit('loaded', messages);
    this.emit('change');
  }

  /** @param {() => Promise<import('./types.js').Message[]>} ask */
  async #during(ask) {
    const loaded = this.log.loading();
    try {
      return loaded(await ask());
    } catch (error) {
      loaded([]);
      throw error;
    }
  }

  /** Messages beside the stream, as they are by the time that they are here.
   *  @param {() => Promise<import('./types.js').Message[]>} ask */
  async current(ask) {
    const { messages, outdated } = await this.#during(ask);
    const ids = new Set(outdated.map(([id]) => id));
    const all = await Promise.all(messages.map((one) => (ids.has(one.id) ? this.#parts.rest.message(this.id, one.id) : one)));
    this.emit('loaded', all);
    return all;
  }

  /** Shows a message as the server has it now.
   *  @param {string} id */
  async renew(id) {
    const { log } = this;
    if (log.renew(await this.#parts.rest.message(this.id, id))) this.emit('change');
  }
}
