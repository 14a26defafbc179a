/**
 * Drafts: what this user has begun to write, by the room or thread it is for. They outlast a reload, as
 * the session does, and end with it: whoever signs out, or in as somebody else, leaves none behind. There
 * are not more of them than a person keeps in mind: the oldest goes. One key each, so that several tabs
 * do not overwrite each other's.
 */

import { defaultStorage, keysWith } from '../sdk/storage.js';

const PREFIX = 'chatsphere.draft.';
const PLACES_MAX = 30;
/** More cannot be sent (8,000 code points). */
const UNITS_MAX = 16_000;

/** @typedef {{at: number, text: string}} Draft */

export class Drafts {
  #storage;
  #prefix;
  /** What the storage did not take: it lasts as long as the page.
   *  @type {Map<string, string>} */
  #unkept = new Map();
  #over = false;

  /** @param {string} userId @param {import('../sdk/storage.js').Store} storage */
  constructor(userId, storage = defaultStorage()) {
    this.#storage = storage;
    this.#prefix = `${PREFIX}${userId}.`;
    for (const key of keysWith(storage, PREFIX)) if (!key.startsWith(this.#prefix)) storage.removeItem(key);
  }

  /** @param {string} place */
  get(place) {
    return this.#unkept.get(place) ?? this.#read(this.#prefix + place).text;
  }

  /** @param {string} place @param {string} text */
  put(place, text) {
    if (this.#over || text === this.get(place)) return;
    this.#unkept.delete(place);
    if (!text.trim()) return this.#storage.removeItem(this.#prefix + place);
    if (!this.#keep(this.#prefix + place, text)) this.#unkept.set(place, text);
  }

  /** The session is over: none is left, and none comes any more. */
  end() {
    this.#over = true;
    this.#unkept.clear();
    for (const key of keysWith(this.#storage, this.#prefix)) this.#storage.removeItem(key);
  }

  /** @param {string} key @param {string} text @returns {boolean} whether it is kept */
  #keep(key, text) {
    if (text.length > UNITS_MAX) return false;
    const isNew = this.#storage.getItem(key) === null;
    try {
      this.#storage.setItem(key, JSON.stringify({ at: Date.now(), text }));
    } catch {
      return false;
    }
    if (isNew) this.#prune();
    return true;
  }

  #prune() {
    const keys = keysWith(this.#storage, this.#prefix).map((key) => ({ key, at: this.#read(key).at }));
    keys.sort((a, b) => b.at - a.at);
    for (const { key } of keys.slice(PLACES_MAX)) this.#storage.removeItem(key);
  }

  /** @param {string} key @returns {Draft} */
  #read(key) {
    try {
      const { at, text } = JSON.parse(this.#storage.getItem(key) ?? '{}');
      return { at: Number(at) || 0, text: typeof text === 'string' ? text : '' };
    } catch {
      return { at: 0, text: '' };
    }
  }
}
