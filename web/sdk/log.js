/**
 * RoomLog: what is known of one room's log, and the rule that keeps it whole.
 *
 * Pure: no sockets, no clock. It holds a position (epoch, seq), which says "everything up to seq of
 * this epoch has been taken in", and the messages of the pages and events seen so far, in seq order.
 * An event is taken exactly once and only as the next one: seq + 1. What is older is dropped, what is
 * further on is a gap, which the caller has to close by resuming. A message carries `rev`, the seq of
 * its last change; a change at or below it is already contained and ignored. A change may name its
 * message without showing it: `outdated` says so, and `renew` takes in what was loaded for it.
 */

export class RoomLog {
  /** @type {string | null} */
  epoch = null;
  /** @type {number | null} null: no position yet */
  seq = null;
  /** @type {import('./types.js').Message[]} */
  messages = [];
  hasOlder = false;
  /** @type {Map<string, import('./types.js').Message>} */
  #byId = new Map();

  get placed() {
    return this.seq !== null;
  }

  /** Starts at a position without history. @param {string} epoch @param {number} seq */
  place(epoch, seq) {
    this.epoch = epoch;
    this.seq = seq;
  }

  /** Starts anew from the newest page. @param {import('./types.js').Page} page */
  reset(page) {
    this.place(page.epoch ?? '', page.seq ?? page.messages.at(-1)?.seq ?? 0);
    this.messages = [];
    this.#byId.clear();
    this.prepend(page);
  }

  /** Adds an older page. @param {import('./types.js').Page} page */
  prepend({ messages, hasOlder }) {
    const fresh = messages.filter(({ id }) => !this.#byId.has(id));
    for (const message of fresh) this.#byId.set(message.id, message);
    this.messages = [...fresh, ...this.messages];
    this.hasOlder = hasOlder && fresh.length > 0;
  }

  /**
   * @param {import('./types.js').ChatEvent} event durable, of this room
   * @returns {'applied' | 'old' | 'gap'}
   */
  take(event) {
    const { seq = 0, message } = event;
    if (this.seq === null || seq > this.seq + 1) return 'gap';
    if (seq <= this.seq) return 'old';
    this.seq = seq;
    if (message) this.#put(message, event);
    return 'applied';
  }

  /**
   * The message that a change concerns which the log has taken without seeing it: null when it is not
   * shown, or shown as it is after the change.
   * @param {import('./types.js').ChatEvent} event
   * @returns {string | null}
   */
  outdated({ seq = 0, message, messageId }) {
    const held = this.#byId.get(messageId);
    return held && !message && seq > revOf(held) ? messageId : null;
  }

  /**
   * Takes in a message as it was loaded on its own.
   * @param {import('./types.js').Message} message
   * @returns {boolean} whether anything shown is another one now
   */
  renew(message) {
    const held = this.#byId.get(message.id);
    if (!held || revOf(message) <= revOf(held)) return false;
    this.#replace(held, message);
    return true;
  }

  /**
   * A new message goes to the end. A change replaces the message it concerns when that is shown; one
   * to a message older than the loaded pages comes with its page.
   * @param {import('./types.js').Message} message
   * @param {import('./types.js').ChatEvent} event
   */
  #put(message, event) {
    const held = this.#byId.get(message.id);
    if (held) {
      if ((event.seq ?? 0) > revOf(held)) this.#replace(held, message);
    } else if (event.type === 'new_message') {
      this.messages.push(message);
      this.#byId.set(message.id, message);
    }
  }

  /** @param {import('./types.js').Message} held @param {import('./types.js').Message} message */
  #replace(held, message) {
    this.messages[this.messages.lastIndexOf(held)] = message;
    this.#byId.set(message.id, message);
  }
}

/** @param {import('./types.js').Message} message */
const revOf = ({ rev, seq }) => rev ?? seq;
