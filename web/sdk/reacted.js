/**
 * Reacted: which reactions are this user's own. Messages say how many there are, the same to everybody; so
 * for those that were loaded the server is asked, and from there on the room's events tell, which say who
 * it was. What happens while an answer is on its way is done once more behind it, for it may be older.
 */

/** The most that the server answers at once. */
const ASK_MAX = 100;
/** @type {ReadonlySet<string>} */
const NONE = new Set();

/** @typedef {import('./types.js').Message} Message */
/** @typedef {{id: string, emoji: string, given: boolean, seq: number}} Change */

export class Reacted {
  #ask;
  #changed;
  /** @type {Map<string, Set<string>>} */
  #given = new Map();
  /** To be asked about: the place of each.
   *  @type {Map<string, number>} */
  #due = new Map();
  /** What has happened during each question that is under way.
   *  @type {Set<Change[]>} */
  #meanwhile = new Set();

  /**
   * @param {{ask: (seqs: number[]) => Promise<{given: {messageId: string, emojis: string[]}[], seq: number}>,
   *          changed: () => void}} parts seq: what happened up to there is in the answer
   */
  constructor({ ask, changed }) {
    this.#ask = ask;
    this.#changed = changed;
  }

  /** @param {string} id of a message */
  of(id) {
    return this.#given.get(id) ?? NONE;
  }

  /** @param {string} id @param {string} emoji @param {boolean} given or taken back
   *  @param {number} seq of the event; Infinity while it is not known */
  told(id, emoji, given, seq = Infinity) {
    for (const changes of this.#meanwhile) changes.push({ id, emoji, given, seq });
    this.#put(id, emoji, given);
  }

  /** @param {Message[]} messages that have come by a page */
  loaded(messages) {
    for (const { id, seq, reactions } of messages) {
      if (Object.keys(reactions ?? {}).length > 0) this.#due.set(id, seq);
      else this.#given.delete(id);
    }
    this.ask();
  }

  /** Asks for what is not known yet; what fails waits for the next time. */
  ask() {
    const due = [...this.#due];
    this.#due.clear();
    for (let at = 0; at < due.length; at += ASK_MAX) this.#askFor(new Map(due.slice(at, at + ASK_MAX)));
  }

  /** @param {Map<string, number>} due */
  async #askFor(due) {
    /** @type {Change[]} */
    const changes = [];
    this.#meanwhile.add(changes);
    try {
      const { given, seq } = await this.#ask([...due.values()]);
      for (const id of due.keys()) this.#given.delete(id);
      for (const { messageId, emojis } of given) this.#given.set(messageId, new Set(emojis));
      for (const one of changes) if (due.has(one.id) && one.seq > seq) this.#put(one.id, one.emoji, one.given);
      this.#changed();
    } catch {
      for (const [id, seq] of due) this.#due.set(id, seq);
    } finally {
      this.#meanwhile.delete(changes);
    }
  }

  /** @param {string} id @param {string} emoji @param {boolean} given */
  #put(id, emoji, given) {
    const all = this.#given.get(id) ?? new Set();
    if (given) all.add(emoji);
    else all.delete(emoji);
    this.#given.set(id, all);
  }
}
