/**
 * Where tokens and unsent messages are kept: localStorage in a page, memory elsewhere.
 *
 * Anything with getItem, setItem, removeItem, key and length will do. A browser may refuse
 * localStorage altogether (blocked site data) or refuse one more byte (quota): the first falls back
 * to memory here, the second is caught where it happens.
 */

/** @typedef {Pick<Storage, 'getItem' | 'setItem' | 'removeItem' | 'key' | 'length'>} Store */

/** @implements {Store} */
export class MemoryStorage {
  /** @type {Map<string, string>} */
  #items = new Map();

  get length() {
    return this.#items.size;
  }

  /** @param {number} index */
  key(index) {
    return [...this.#items.keys()][index] ?? null;
  }

  /** @param {string} key */
  getItem(key) {
    return this.#items.get(key) ?? null;
  }

  /** @param {string} key @param {string} value */
  setItem(key, value) {
    this.#items.set(key, String(value));
  }

  /** @param {string} key */
  removeItem(key) {
    this.#items.delete(key);
  }
}

/** @returns {Store} the page's localStorage where it may be used */
export function defaultStorage() {
  try {
    if (typeof window !== 'undefined') {
      window.localStorage.getItem('access_token');
      return window.localStorage;
    }
  } catch {
    // Site data is blocked: the session lasts as long as the page.
  }
  return new MemoryStorage();
}

/** @param {Store} storage @returns {string[]} a snapshot of the keys that begin with `prefix` */
export function keysWith(storage, prefix = '') {
  const keys = Array.from({ length: storage.length }, (_, i) => storage.key(i) ?? '');
  return keys.filter((key) => key.startsWith(prefix));
}
