/**
 * Pages: what is loaded of a room beside its stream, so that both together are right.
 *
 * A page may be older than the stream by the time it comes, or newer; the log (log.js) tells which of
 * two versions of a message is the later one, and what has to be loaded once more.
 */

import { Stream } from './stream.js';

/** The most that the server gives at once. */
export const PAGE_MAX = 100;

/** @typedef {{before?: number, after?: number, around?: number, at?: string}} Place */

export class Pages extends Stream {
  #parts;
  /** @type {Promise<void> | null} */
  #older = null;
  /** @type {Promise<void> | null} */
  #newer = null;
  /** Counts the leaps: the last one counts. */
  #leaps = 0;

  /** @param {string} id @param {import('./stream.js').RoomParts} parts */
  constructor(id, parts) {
    super(id, parts);
    this.#parts = parts;
  }

  /** Loads the page before the oldest message shown.
   *  @returns {Promise<void>} */
  older() {
    if (!this.hasOlder) return Promise.resolve();
    this.#older ??= this.#loadOlder().finally(() => { this.#older = null; });
    return this.#older;
  }

  /** Loads the page behind the newest message shown, where the log does not end there.
   *  @returns {Promise<void>} */
  newer() {
    if (!this.hasNewer) return Promise.resolve();
    this.#newer ??= this.#loadNewer().finally(() => { this.#newer = null; });
    return this.#newer;
  }

  /** Shows the end of the log. */
  async latest() {
    if (this.hasNewer) await this.#leap({});
  }

  /** Shows the beginning of the log. */
  async earliest() {
    if (this.hasOlder) await this.#leap({ after: 0 });
  }

  /**
   * Shows the part of the log around a message, if it is not shown already.
   * @param {number} seq
   * @returns {Promise<boolean>} whether it is there
   */
  async reach(seq) {
    const found = () => this.messages.some((message) => message.seq === seq);
    await this.open();
    if (!found()) await this.#leap({ around: seq });
    return found();
  }

  /**
   * Shows the part of the log around a time.
   * @param {Date} at
   * @returns {Promise<import('./types.js').Message | undefined>} the first one said then or later, else the last
   */
  async reachTime(at) {
    await this.open();
    await this.#leap({ at: at.toISOString() });
    return this.messages.find(({ createdAt }) => Date.parse(createdAt) >= at.getTime()) ?? this.messages.at(-1);
  }

  /** Lets go of what is not from `first` to `last`, seqs of messages; `older` and `newer` load it again.
   *  @param {number} first @param {number} last */
  keep(first, last = Infinity) {
    this.log.keep(first, last);
  }

  async #loadOlder() {
    const before = this.messages[0]?.seq;
    const page = await this.#page({ before });
    if (!page || this.messages[0]?.seq !== before) return; // another part meanwhile
    this.log.prepend(page);
    this.#shown(page);
  }

  async #loadNewer() {
    const after = this.messages.at(-1)?.seq ?? 0;
    const page = await this.#page({ after });
    if (!page || !this.hasNewer || this.messages.at(-1)?.seq !== after) return;
    this.log.append(page, page.said);
    this.#shown(page);
  }

  /** @param {Place} place */
  async #leap(place) {
    const leap = ++this.#leaps;
    const page = await this.#page(place);
    if (!page || leap !== this.#leaps) return;
    this.log.show(page, page.said);
    this.#shown(page);
  }

  /** Null: of another log than the one that there is now.
   *  @param {Place} place */
  async #page(place) {
    const { log } = this;
    /** @type {any} */
    let page;
    const now = await this.#during(async () => {
      page = await this.#parts.rest.history(this.id, { ...place, limit: PAGE_MAX });
      return page.messages;
    });
    // With another epoch the next join reloads.
    return log !== this.log || (page.epoch !== null && page.epoch !== log.epoch) ? null : { ...page, ...now };
  }

  /** @param {{messages: import('./types.js').Message[], outdated: [string, number][]}} page */
  #shown({ messages, outdated }) {
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
