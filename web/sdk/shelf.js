/**
 * Shelf: where unsent messages lie over a reload, and what tabs share of them: in the storage, one key each,
 * so that several tabs never overwrite one another's; each user's apart.
 */

import { keysWith } from './storage.js';

/** @typedef {import('./outbox.js').Entry} Entry */

export class Shelf {
  #storage;
  #prefix = '';

  /** @param {import('./storage.js').Store} storage */
  constructor(storage) {
    this.#storage = storage;
  }

  /** @param {string} userId whose it is from now on; '' nobody's */
  open(userId) {
    this.#prefix = userId && `chatsphere.outbox.${userId}.`;
  }

  /** @returns {Entry[]} what can be read, in no order */
  all() {
    if (!this.#prefix) return [];
    return keysWith(this.#storage, this.#prefix)
      .map((key) => parse(this.#storage.getItem(key)))
      .filter((entry) => entry?.clientId);
  }

  /** @param {Entry} entry */
  put({ clientId, roomId, content, parentId, createdAt, order, state, error }) {
    try {
      const kept = { clientId, roomId, content, parentId, createdAt, order, state, error };
      this.#storage.setItem(this.#prefix + clientId, JSON.stringify(kept));
    } catch {
      // The quota is used up: the message is sent all the same, it just would not survive a reload.
    }
  }

  /** @param {string} clientId */
  remove(clientId) {
    this.#storage.removeItem(this.#prefix + clientId);
  }

  /** @param {StorageEvent} change by another tab
   *  @returns {string} the client id of what it has removed, or '' */
  removedBy({ key, newValue }) {
    if (newValue !== null || !this.#prefix || !key?.startsWith(this.#prefix)) return '';
    return key.slice(this.#prefix.length);
  }
}

/** @param {string | null} text */
function parse(text) {
  try {
    return JSON.parse(text ?? 'null');
  } catch {
    return null;
  }
}
