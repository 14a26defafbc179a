/**
 * Stream: one room's log followed live, without a gap and without a double. pages.js adds what is older,
 * room.js what is done in it.
 *
 * With history (`open`) it loads the newest page by REST and then joins at the page's own position,
 * so nothing falls between page and stream; without (`follow`) it joins at the room's present end.
 * After a lost connection it joins again at its position and the server replays what was missed.
 * When the server says `recovered: false`, a position is worth nothing: the page is loaded anew (or,
 * without history, the new end taken) and `reset` tells listeners that events were skipped.
 *
 * Nothing but the `joined` it asked for makes a room live, and events count only while it is live:
 * what an earlier join still sends is dropped, for the next one replays it. A gap on a live room
 * drops the connection and resumes; a second one at the same place reloads.
 *
 * Emits `change` (anything shown may differ), `event` (each durable event once, in order), `message`
 * (its message, for new_message), `joined` (the event), `ephemeral` (typing and the like), `reset` and
 * `gone` (error).
 */

import { backoffMs, sleep } from './backoff.js';
import { Emitter } from './emitter.js';
import { RoomLog } from './log.js';
import { Renewal } from './renewal.js';

const PAGE = 50;
/** So many messages are kept of a room that nobody has opened. */
const KEPT = 50;
/** Answers to a join that waiting does not change. */
const FINAL = new Set(['not_found', 'room_not_found', 'not_member', 'banned', 'forbidden']);

/**
 * What a room works with.
 * @typedef {object} RoomParts
 * @property {import('./socket.js').Socket} socket
 * @property {import('./rest.js').Rest} rest
 * @property {import('./outbox.js').Outbox} outbox
 * @property {() => import('./types.js').User | null} user
 * @property {import('./feed.js').Feed} feed
 * @property {() => number} random
 */

export class Stream extends Emitter {
  log = new RoomLog();
  /** @type {Renewal} */
  #renewal;
  /** @type {'idle' | 'loading' | 'waiting' | 'joining' | 'live' | 'gone'} */
  state = 'idle';
  #parts;
  #history = false;
  #needPage = false;
  #askedAfter = false;
  /** A `joined` before the ack of the own join answers somebody else's. */
  #acked = false;
  /** @type {number | null} */
  #gapAt = null;
  #attempt = 0;
  #restarts = 0;
  /** @type {{promise: Promise<void>, resolve: () => void, reject: (error: any) => void} | null} */
  #opening = null;

  /** @param {string} id @param {RoomParts} parts */
  constructor(id, parts) {
    super();
    this.id = id;
    this.#parts = parts;
    this.#renewal = this.#renewer();
  }

  get messages() {
    return this.log.messages;
  }

  get hasOlder() {
    return this.log.hasOlder;
  }

  /** False where the messages end where the log does. */
  get hasNewer() {
    return this.log.hasNewer;
  }

  /** True from `open` or `follow` until `close` or until the room is gone. */
  get followed() {
    return this.state !== 'idle' && this.state !== 'gone';
  }

  /** True when it is, or is to be, shown with its history. */
  get opened() {
    return this.#history;
  }

  /** When something was last said, as far as is known here; '' otherwise. */
  get activeAt() {
    return this.messages.at(-1)?.createdAt ?? '';
  }

  /** Own messages that the log does not show yet. */
  get pending() {
    return this.#parts.outbox.list(this.id);
  }

  /** Events from now on. */
  follow() {
    if (this.followed) return;
    this.state = 'waiting';
    this.#parts.socket.start();
    this.#advance();
  }

  /** The newest page, and events from there on.
   *  @returns {Promise<void>} when the page is there */
  open() {
    if (!this.#history || !this.followed) {
      this.#history = true;
      this.#needPage = true;
      this.#opening = deferred();
      this.#load();
      this.#parts.socket.start();
    }
    return this.#opening?.promise ?? Promise.resolve();
  }

  /** Forgets everything; the server goes on sending until the connection ends, which is dropped. */
  close() {
    this.state = 'idle';
    this.#history = false;
    this.#forget();
  }

  #forget() {
    this.#renewal.stop();
    this.log = new RoomLog();
    this.#renewal = this.#renewer();
  }

  #renewer() {
    const { log } = this;
    return new Renewal({
      load: (id) => this.#parts.rest.message(this.id, id),
      take: (message) => log.renew(message) && this.emit('change'),
      random: this.#parts.random,
    });
  }

  /** The socket has been welcomed. */
  up() {
    if (this.state === 'waiting') this.#advance();
  }

  /** The socket has ended. */
  down() {
    if (this.state === 'joining' || this.state === 'live') this.state = 'waiting';
  }

  /** A join_all is about to be sent: does this room take its part of the answer? */
  expect() {
    if (this.state !== 'waiting' || this.#needPage) return false;
    this.state = 'joining';
    this.#askedAfter = this.log.placed;
    this.#acked = true;
    return true;
  }

  /** The join_all is over; if it did not answer for this room, that joins by itself.
   *  @param {boolean} listed there was no place for it */
  unexpect(listed) {
    if (this.state !== 'joining') return;
    if (listed && !this.#history) this.close();
    else this.state = 'waiting';
  }

  /** The server has joined a room that was not followed here.
   *  @param {import('./types.js').ChatEvent} event */
  adopt(event) {
    if (this.#history) {
      this.open().catch(() => {}); // it was shown, gone, and is back
      return;
    }
    this.#forget();
    this.state = 'joining';
    this.#askedAfter = false;
    this.#acked = true;
    this.#joined(event);
  }

  /** An event of this room.
   *  @param {import('./types.js').ChatEvent} event */
  receive(event) {
    if (event.type === 'joined') this.#joined(event);
    else if (typeof event.seq !== 'number') this.emit('ephemeral', event);
    else if (this.state === 'live') this.#take(event);
  }

  /** Does the next thing that is needed to be live. */
  #advance() {
    if (!this.followed || this.state === 'loading') return;
    if (this.#needPage) this.#load();
    else if (this.#parts.socket.online && !this.#parts.feed.busy) this.#join();
    else this.state = 'waiting';
  }

  /** Loads the newest page, for as long as it takes. */
  async #load() {
    this.state = 'loading';
    this.emit('change');
    try {
      const page = await this.#parts.rest.history(this.id, { limit: PAGE });
      if (this.state !== 'loading') return;
      this.#needPage = false;
      this.#attempt = 0;
      this.#show(page);
    } catch (error) {
      if (this.state !== 'loading') return;
      if (!error.passing) return this.#lost(error);
      await this.#pause(error.retryAfterMs);
      if (this.state !== 'loading') return;
    }
    this.state = 'waiting';
    this.#advance();
  }

  /** @param {import('./types.js').Page} page */
  #show(page) {
    const { outbox } = this.#parts;
    const sameEpoch = !this.log.placed || this.log.epoch === page.epoch;
    this.log.reset(page);
    for (const message of page.messages) this.#settle(message);
    // An ack from a future that the server has lost must not be waited for.
    outbox.reached(this.id, sameEpoch ? this.log.seq ?? 0 : Infinity);
    this.#opening?.resolve();
    this.#opening = null;
    this.emit('loaded', page.messages);
    this.emit('change');
  }

  async #join() {
    const { epoch, seq: after, placed } = this.log;
    this.state = 'joining';
    this.#askedAfter = placed;
    this.#acked = false;
    const position = placed ? { after, epoch } : {};
    try {
      const frame = { type: 'join', roomId: this.id, ...position };
      await this.#parts.socket.request(frame, () => { this.#acked = true; });
    } catch (error) {
      if (this.state !== 'joining') return;
      this.state = 'waiting';
      if (error.code === 'network') return; // the next welcome calls
      if (error.code === 'unauthorized') return this.#parts.socket.reauthenticate();
      if (FINAL.has(error.code)) return this.#lost(error);
      if (error.code === 'limit_reached' && this.#history) this.#parts.feed.makePlace();
      await this.#pause(error.retryAfterMs);
      this.up();
    }
  }

  /** @param {import('./types.js').ChatEvent} event */
  #joined(event) {
    const { epoch, lastSeq, recovered } = event;
    if (this.state !== 'joining' || !this.#acked) return;
    this.emit('joined', event);
    if (this.#askedAfter && !recovered) return this.#restart(epoch, lastSeq);
    if (!this.#askedAfter) this.log.place(epoch, lastSeq);
    this.#goLive();
  }

  #goLive() {
    this.state = 'live';
    this.#attempt = 0;
    this.#restarts = 0;
    this.#parts.outbox.reached(this.id, this.log.seq ?? 0);
    this.emit('change');
  }

  /** The position is worth nothing any more.
   *  @param {string} epoch @param {number} lastSeq */
  #restart(epoch, lastSeq) {
    this.emit('reset');
    if (!this.#history) {
      this.log.place(epoch, lastSeq);
      return this.#goLive();
    }
    this.#needPage = true;
    this.state = 'waiting';
    // At once the first time; a server that says so again and again is not to be hammered.
    if (this.#restarts++ === 0) return this.#advance();
    return this.#pause().then(() => this.up());
  }

  /** @param {import('./types.js').ChatEvent} event */
  #take(event) {
    const outcome = this.log.take(event);
    if (outcome === 'old') return;
    if (outcome === 'gap') {
      this.#gap();
      return;
    }
    this.#gapAt = null;
    if (!this.#history) this.log.trim(KEPT);
    if (event.type === 'new_message' && event.message) this.#settle(event.message);
    const outdated = this.log.outdated(event);
    if (outdated) this.want(outdated, event.seq ?? 0);
    this.#parts.outbox.reached(this.id, this.log.seq ?? 0);
    this.emit('event', event);
    if (event.type === 'new_message') this.emit('message', event.message);
    if (this.#removedBy(event)) this.#lost(null);
    else this.emit('change');
  }

  #gap() {
    if (this.#gapAt === this.log.seq) {
      if (this.#history) this.#needPage = true;
      else this.#forget();
      this.emit('reset');
    }
    this.#gapAt = this.log.seq;
    this.#parts.socket.resync('gap');
  }

  /** @param {import('./types.js').Message} message */
  #settle(message) {
    if (message.userId === this.#parts.user()?.id) this.#parts.outbox.seen(message);
  }

  /** @param {import('./types.js').ChatEvent} event */
  #removedBy({ type, user }) {
    if (type === 'room_deleted') return true;
    return type === 'member_left' && user?.id === this.#parts.user()?.id;
  }

  /** @param {any} error null when the log itself said so */
  #lost(error) {
    this.state = 'gone';
    this.#renewal.stop();
    this.#opening?.reject(error);
    this.#opening = null;
    this.emit('gone', error);
    this.emit('change');
  }

  /** Loads a message again until it has its change.
   *  @param {string} id @param {number} seq */
  want(id, seq) {
    this.#renewal.want(id, seq);
  }

  /** @param {number} [hintMs] */
  #pause(hintMs) {
    return sleep(backoffMs(this.#attempt++, { random: this.#parts.random, hintMs }));
  }
}

function deferred() {
  /** @type {any} */
  const parts = {};
  parts.promise = new Promise((resolve, reject) => Object.assign(parts, { resolve, reject }));
  parts.promise.catch(() => {}); // whoever waits hears of it; nobody has to
  return parts;
}
