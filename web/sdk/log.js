/**
 * RoomLog: what is known of one room's log, and the rule that keeps it whole.
 *
 * Pure: no sockets, no clock. It holds a position (epoch, seq), which says "everything up to seq of
 * this epoch has been taken in", and the messages of the pages and events seen so far, in seq order.
 * An event is taken exactly once and only as the next one: seq + 1. What is older is dropped, what is
 * further on is a gap, which the caller has to close by resuming. A message carries `rev`, the seq of
 * its last change; a change at or below it is already contained and ignored. A change may name its
 * message without showing it: `outdated` says so, and `renew` takes in what was loaded for it.
 *
 * A reply is a change of the message at the root of its thread, of which no event of its own tells.
 * What is loaded beside the stream may be older than the stream by the time it comes: `loading` notes
 * what happens meanwhile, so that no change falls between the two.
 *
 * The messages are one part of the log, without a gap. As a rule it ends where the log ends; while it
 * does not (`hasNewer`), what is said moves the position only, and comes with its page.
 */

/** @typedef {import('./types.js').Message} Message */
/** @typedef {{seq: number, message: Message | null}} Change what a message is now, null: not known */

export class RoomLog {
  /** @type {string | null} */
  epoch = null;
  /** @type {number | null} null: no position yet */
  seq = null;
  /** @type {import('./types.js').Message[]} */
  messages = [];
  hasOlder = false;
  hasNewer = false;
  /** @type {Map<string, import('./types.js').Message>} */
  #byId = new Map();
  /** What has changed during each load that is under way.
   *  @type {Set<Map<string, Change>>} */
  #loads = new Set();

  get placed() {
    return this.seq !== null;
  }

  /** Starts at a position without history.
   *  @param {string} epoch @param {number} seq */
  place(epoch, seq) {
    this.epoch = epoch;
    this.seq = seq;
  }

  /** Starts anew from the newest page.
   *  @param {import('./types.js').Page} page */
  reset(page) {
    this.place(page.epoch ?? '', page.seq ?? page.messages.at(-1)?.seq ?? 0);
    this.show({ ...page, hasNewer: false });
  }

  /** Has another part of the log from here on: a page, and what was said since it was read.
   *  @param {import('./types.js').Page} page @param {Message[]} [said] */
  show(page, said = []) {
    this.messages = [];
    this.#byId.clear();
    this.append(page, said);
    this.hasOlder = page.hasOlder;
  }

  /** Adds an older page.
   *  @param {import('./types.js').Page} page */
  prepend({ messages, hasOlder }) {
    const fresh = messages.filter(({ id }) => !this.#byId.has(id));
    for (const message of fresh) this.#byId.set(message.id, message);
    this.messages = [...fresh, ...this.messages];
    this.hasOlder = hasOlder && fresh.length > 0;
  }

  /** Adds a newer page. Where the log ends with it, what was said since it was read stands behind it.
   *  @param {import('./types.js').Page} page @param {Message[]} [said] */
  append({ messages, hasNewer }, said = []) {
    this.hasNewer = Boolean(hasNewer) && messages.length > 0;
    for (const message of this.hasNewer ? messages : [...messages, ...said]) {
      if (this.#byId.has(message.id)) continue;
      this.messages.push(message);
      this.#byId.set(message.id, message);
    }
  }

  /** Lets go of what is not from `first` to `last`, both seqs of messages.
   *  @param {number} first @param {number} last */
  keep(first, last) {
    const kept = this.messages.filter(({ seq }) => seq >= first && seq <= last);
    if (kept.length === 0 || kept.length === this.messages.length) return;
    this.hasOlder ||= kept[0] !== this.messages[0];
    this.hasNewer ||= kept.at(-1) !== this.messages.at(-1);
    this.messages = kept;
    this.#byId = new Map(kept.map((message) => [message.id, message]));
  }

  /** Keeps the newest ones only.
   *  @param {number} most */
  trim(most) {
    if (this.messages.length < 2 * most) return;
    for (const { id } of this.messages.splice(0, this.messages.length - most)) this.#byId.delete(id);
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
    this.#note(event);
    this.#count(event);
    if (message) this.#put(message, event);
    return 'applied';
  }

  /**
   * To be called before messages are asked for. What it returns is called once, with what has come:
   * it gives back the messages as they are now, which of them have to be asked for again, as [id, seq
   * of the change], and what was said meanwhile.
   * @returns {(loaded: Message[]) => {messages: Message[], outdated: [string, number][], said: Message[]}}
   */
  loading() {
    /** @type {Map<string, Change>} */
    const changes = new Map();
    const after = this.seq ?? 0;
    this.#loads.add(changes);
    return (loaded) => {
      this.#loads.delete(changes);
      const ids = new Set(loaded.map(({ id }) => id));
      const said = [...changes.values()].flatMap(({ message }) => (
        message && message.seq > after && !ids.has(message.id) ? [message] : [])).sort((a, b) => a.seq - b.seq);
      const all = [...loaded, ...said].map((one) => newest([one, this.#byId.get(one.id), changes.get(one.id)?.message]));
      const late = (/** @type {Message} */ one) => changes.get(one.id)?.seq ?? 0;
      return {
        messages: all.slice(0, loaded.length),
        said: all.slice(loaded.length),
        outdated: all.filter((one) => late(one) > revOf(one)).map((one) => [one.id, late(one)]),
      };
    };
  }

  /**
   * The message that a change concerns which the log has taken without seeing it: null when it is not
   * shown, or shown as it is after the change.
   * @param {import('./types.js').ChatEvent} event
   * @returns {string | null}
   */
  outdated({ seq = 0, message, messageId }) {
    const held = this.#byId.get(messageId ?? '');
    return held && !message && seq > revOf(held) ? held.id : null;
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
    } else if (event.type === 'new_message' && !this.hasNewer) {
      this.messages.push(message);
      this.#byId.set(message.id, message);
    }
  }

  /** A reply that comes or goes counts at the root of its thread, and is its last change.
   *  @param {import('./types.js').ChatEvent} event */
  #count({ type, seq = 0, message, messageId = '' }) {
    const by = /** @type {Record<string, number>} */ ({ new_message: 1, message_deleted: -1 })[type];
    const reply = message ?? this.#byId.get(messageId);
    const root = this.#byId.get(reply?.parentId ?? '');
    if (!by || !root || seq <= revOf(root)) return;
    this.#replace(root, { ...root, replyCount: (root.replyCount ?? 0) + by, rev: seq });
  }

  /** @param {import('./types.js').ChatEvent} event */
  #note({ seq = 0, message, messageId }) {
    for (const changes of this.#loads) {
      const id = message?.id ?? messageId;
      if (id) changes.set(id, { seq, message: message ?? changes.get(id)?.message ?? null });
      const root = message?.parentId;
      if (root) changes.set(root, { seq, message: changes.get(root)?.message ?? null });
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

/** @param {(Message | null | undefined)[]} versions the first is there @returns {Message} */
function newest([first, ...others]) {
  let best = /** @type {Message} */ (first);
  for (const one of others) if (one && revOf(one) > revOf(best)) best = one;
  return best;
}
