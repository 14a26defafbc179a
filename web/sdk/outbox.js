/**
 * Outbox: own messages from the moment they are written until the room's log shows them.
 *
 * Each one has a client id, made once and kept over every resend, reconnect and reload: the server
 * stores a client id once, so sending again is always safe and nothing is lost or doubled. Entries
 * that are not acknowledged lie in the storage (shelf.js). At each connection a tab also takes up what
 * another has left there, which may be closed by now; if both send it, it is stored once.
 *
 * Order: one message per room is in flight, the next goes when it is settled; so a refusal that asks
 * for patience (slow mode, rate, an unknown commit) cannot be overtaken. A final refusal marks the
 * entry failed and lets the others pass. After an ack the entry stays visible as `sent` until the
 * room's position has reached its seq: from then on the log shows it, and it is shown once.
 *
 * Emits `change` (roomId) and `acked` (entry).
 */

import { backoffMs } from './backoff.js';
import { Emitter } from './emitter.js';
import { ChatError } from './error.js';
import { Shelf } from './shelf.js';

/** @typedef {import('./types.js').Pending & {order: number, attempt: number, timer?: any,
 *             resolve?: Function, reject?: Function}} Entry */

export class Outbox extends Emitter {
  #shelf;
  #socket;
  #random;
  /** Highest `order` given; a storage has no order of its own. */
  #last = 0;
  /** @type {Map<string, Entry>} in the order of sending */
  #entries = new Map();

  /**
   * @param {{storage: import('./storage.js').Store, socket: import('./socket.js').Socket,
   *          random: () => number}} parts
   */
  constructor({ storage, socket, random }) {
    super();
    this.#shelf = new Shelf(storage);
    this.#socket = socket;
    this.#random = random;
    socket.on('welcome', () => {
      this.#takeUp();
      this.#pumpAll();
    });
    globalThis.addEventListener?.('storage', (change) => this.#changedElsewhere(change));
  }

  /**
   * Takes up what this user has left unsent.
   * @param {string} userId
   * @returns {number} how many
   */
  open(userId) {
    this.close();
    this.#shelf.open(userId);
    const taken = this.#takeUp();
    this.#pumpAll();
    return taken;
  }

  /** What the storage holds and this object does not. @returns {number} how many */
  #takeUp() {
    const stored = this.#shelf.all().filter(({ clientId }) => !this.#entries.has(clientId));
    for (const entry of stored) {
      const state = entry.state === 'failed' ? 'failed' : 'waiting';
      this.#entries.set(entry.clientId, { ...entry, state, attempt: 0 });
    }
    this.#entries = new Map([...this.#entries].sort(([, a], [, b]) => a.order - b.order));
    this.#last = Math.max(this.#last, ...[...this.#entries.values()].map(({ order }) => order));
    for (const roomId of new Set(stored.map((entry) => entry.roomId))) this.emit('change', roomId);
    return stored.length;
  }

  /** Forgets the entries here; the storage keeps them for the user's next session. */
  close() {
    for (const entry of this.#entries.values()) {
      clearTimeout(entry.timer);
      entry.reject?.(ChatError.signedOut());
    }
    this.#entries.clear();
    this.#shelf.open('');
  }

  /**
   * @param {string} roomId
   * @param {string} content
   * @param {{parentId?: string}} options the message that this one answers
   * @returns {Promise<{id: string, seq: number, createdAt?: string}>} when it is stored for good;
   *   rejects when it is refused for good
   */
  add(roomId, content, { parentId } = {}) {
    return new Promise((resolve, reject) => {
      this.#queue({ clientId: newClientId(), roomId, content, parentId, resolve, reject });
    });
  }

  /** Sends a failed message again, as the newest.
   *  @param {string} clientId */
  retry(clientId) {
    const entry = this.#entries.get(clientId);
    if (entry?.state !== 'failed') return;
    this.#entries.delete(clientId);
    const { roomId, content, parentId } = entry;
    this.#queue({ clientId, roomId, content, parentId });
  }

  /** Gives up a failed message.
   *  @param {string} clientId */
  discard(clientId) {
    const entry = this.#entries.get(clientId);
    if (entry?.state === 'failed') this.#drop(entry);
  }

  /** @param {string} roomId @returns {import('./types.js').Pending[]} in the order of sending */
  list(roomId) {
    return [...this.#entries.values()].filter((entry) => entry.roomId === roomId);
  }

  /** A message of this user has been seen in the log, perhaps before its ack, perhaps without one.
   *  @param {import('./types.js').Message} message */
  seen(message) {
    const entry = message.clientId ? this.#entries.get(message.clientId) : undefined;
    if (!entry || entry.roomId !== message.roomId) return;
    entry.resolve?.(message);
    this.#drop(entry);
  }

  /** The room's log is shown up to `seq`.
   *  @param {string} roomId @param {number} seq */
  reached(roomId, seq) {
    for (const entry of this.list(roomId)) {
      if (entry.state === 'sent' && (entry.seq ?? 0) <= seq) this.#drop(/** @type {Entry} */ (entry));
    }
  }

  /** @param {{clientId: string, roomId: string, content: string, parentId?: string,
   *           resolve?: Function, reject?: Function}} fields */
  #queue(fields) {
    const now = Date.now();
    this.#last = Math.max(now, this.#last + 1);
    const createdAt = new Date(now).toISOString();
    /** @type {Entry} */
    const entry = { ...fields, createdAt, order: this.#last, state: 'waiting', attempt: 0 };
    this.#entries.set(entry.clientId, entry);
    this.#shelf.put(entry);
    this.emit('change', entry.roomId);
    this.#pump(entry.roomId);
  }

  #pumpAll() {
    for (const roomId of new Set([...this.#entries.values()].map((entry) => entry.roomId))) {
      this.#pump(roomId);
    }
  }

  /** Sends the room's first waiting message unless one is on its way.
   *  @param {string} roomId */
  #pump(roomId) {
    const open = this.list(roomId).filter(({ state }) => state === 'sending' || state === 'waiting');
    const head = /** @type {Entry | undefined} */ (open[0]);
    if (!head || head.timer || !this.#socket.online) return;
    if (open.some(({ state }) => state === 'sending')) return;
    this.#send(head);
  }

  /** @param {Entry} entry */
  async #send(entry) {
    this.#set(entry, { state: 'sending' });
    const { clientId, roomId, content, parentId } = entry;
    try {
      const ack = await this.#socket.request({ type: 'message', roomId, content, clientId, parentId });
      if (this.#entries.get(clientId) === entry) this.#acked(entry, ack);
    } catch (error) {
      if (this.#entries.get(clientId) === entry) this.#refused(entry, error);
    }
    this.#pump(roomId);
  }

  /** @param {Entry} entry @param {any} ack */
  #acked(entry, ack) {
    this.#shelf.remove(entry.clientId);
    this.#set(entry, { state: 'sent', seq: ack.seq });
    entry.resolve?.(ack);
    this.emit('acked', entry);
  }

  /** @param {Entry} entry @param {ChatError} error */
  #refused(entry, error) {
    if (error.code === 'network') return this.#set(entry, { state: 'waiting' });
    if (error.code === 'unauthorized') {
      this.#set(entry, { state: 'waiting' });
      return this.#socket.reauthenticate();
    }
    if (error.retryable) return this.#later(entry, error.retryAfterMs);
    this.#set(entry, { state: 'failed', error: { code: error.code, detail: error.detail } });
    this.#shelf.put(entry);
    return entry.reject?.(error);
  }

  /** @param {Entry} entry @param {number | undefined} hintMs */
  #later(entry, hintMs) {
    const delay = backoffMs(entry.attempt++, { random: this.#random, hintMs });
    entry.timer = setTimeout(() => {
      entry.timer = undefined;
      this.#pump(entry.roomId);
    }, delay);
    this.#set(entry, { state: 'waiting' });
  }

  /** @param {Entry} entry @param {Partial<Entry>} fields */
  #set(entry, fields) {
    Object.assign(entry, fields);
    this.emit('change', entry.roomId);
  }

  /** @param {Entry} entry */
  #drop(entry) {
    clearTimeout(entry.timer);
    this.#entries.delete(entry.clientId);
    this.#shelf.remove(entry.clientId);
    this.emit('change', entry.roomId);
    this.#pump(entry.roomId);
  }

  /**
   * Another tab holds the same failed message and has discarded it, or sent it after all. (What is
   * not failed finds out by its own ack.)
   * @param {StorageEvent} change
   */
  #changedElsewhere(change) {
    const entry = this.#entries.get(this.#shelf.removedBy(change));
    if (entry?.state === 'failed') this.#drop(entry);
  }
}

/** 128 random bits. (Browsers offer randomUUID on secure origins only, and a house server has plain http.) */
function newClientId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
