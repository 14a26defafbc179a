/**
 * Socket: a connection that is always there or on its way back.
 *
 * Policy over a row of links (link.js): when to connect, with which token, how long to wait after an
 * end, and when to stop. What is no answer to a request (requests.js) it passes on, in order, events of the
 * user's own log (`useq`) each once, also over reconnects. It knows nothing of rooms and messages.
 *
 * - An end is followed by backoffMs(attempt), never before the server's hint (`retry after N ms` in
 *   the close reason, or the last `drain`). A link that has lasted STEADY_MS resets the attempts.
 * - 4401 renews the token and reconnects; so does the first 1008 or 4003. Refused twice without a
 *   welcome between, a session is over.
 *
 * Emits `state` ({state, retryInMs}) with state offline | connecting | waiting | online, `welcome`
 * (event), `event` (event) and `down` when a link has ended.
 */

import { backoffMs, retryHint } from './backoff.js';
import { Emitter } from './emitter.js';
import { ChatError } from './error.js';
import { CLOSE_RESYNC, Link } from './link.js';
import { Requests } from './requests.js';

const SUBPROTOCOL = 'chatsphere.v1';
/** Shorter lives look like a server that accepts and closes again: those must back off. */
const STEADY_MS = 2_000;
const REFUSED = new Set([1008, 4003, 4401]);

export class Socket extends Emitter {
  state = 'offline';
  #url;
  #WebSocket;
  #session;
  #random;
  /** @type {Link | null} */
  #link = null;
  #wanted = false;
  /** Counts attempts to connect, so that one overtaken while it waited for its token gives up. */
  #turn = 0;
  #attempt = 0;
  #refusals = 0;
  #drainMs = 0;
  #token = '';
  #tokenStale = false;
  /** How far the user's own log has been heard.
   *  @type {{useq: number, epoch: string} | null} */
  #heard = null;
  #requests = new Requests(() => this.resync('no answer'));
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #retryTimer;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #steadyTimer;

  /**
   * @param {{url: string, WebSocket: typeof WebSocket, session: import('./session.js').Session,
   *          random: () => number}} parts
   */
  constructor({ url, WebSocket, session, random }) {
    super();
    this.#url = url;
    this.#WebSocket = WebSocket;
    this.#session = session;
    this.#random = random;
    session.on('signedout', () => { this.#heard = null; });
  }

  get online() {
    return this.state === 'online';
  }

  /** Connects, if it is not connected or about to be. */
  start() {
    if (this.#wanted) return;
    if (!this.#WebSocket) {
      throw new ChatError({ code: 'no_websocket', detail: 'No WebSocket here: pass one, new ChatSphere({ WebSocket })' });
    }
    this.#wanted = true;
    this.#connect();
  }

  /** Closes and stays closed. */
  stop() {
    this.#wanted = false;
    this.#turn++;
    clearTimeout(this.#retryTimer);
    this.#link?.close(1000, 'bye');
    this.#setState('offline');
  }

  /** Does not wait any longer to connect again. */
  hurry() {
    if (this.state === 'waiting') this.#connect();
  }

  /** The network or the page is back: does not wait any longer, and doubts a link that looks alive. */
  wake() {
    this.hurry();
    this.doubt();
  }

  /** The page is left, though the browser may keep it, asleep: its user is not here any more. */
  rest() {
    this.#link?.close(1000, 'the page is left');
  }

  /** Finds out soon whether a link that looks alive is.
   *  @param {number} [withinMs] */
  doubt(withinMs) {
    if (this.online) this.#link?.probe(withinMs);
  }

  /** Drops the link and resumes on a new one.
   *  @param {string} why */
  resync(why) {
    this.#link?.close(CLOSE_RESYNC, why);
  }

  /** The server has called the token bad in an answer: gets another and comes back with it. */
  reauthenticate() {
    this.#link?.close(4401, 'unauthorized');
  }

  /**
   * Sends a frame with a ref.
   * @param {object} frame
   * @param {() => void} [onAck] called before the event behind the ack is looked at
   * @returns {Promise<any>} its ack; rejects with a ChatError: the server's, or `network` when the
   *   link ended first and the outcome is unknown
   */
  request(frame, onAck) {
    if (!this.online) return Promise.reject(ChatError.network('Not connected'));
    return this.#requests.make((ref) => this.#link?.send({ ...frame, ref }), onAck);
  }

  async #connect() {
    const turn = ++this.#turn;
    clearTimeout(this.#retryTimer);
    this.#setState('connecting');
    try {
      this.#token = await (this.#tokenStale ? this.#session.renew(this.#token) : this.#session.token());
      this.#tokenStale = false;
    } catch (error) {
      if (turn !== this.#turn) return;
      if (error.code === 'signed_out') this.#stopFor('expired');
      else this.#retry(0);
      return;
    }
    if (turn !== this.#turn) return;
    const ws = new this.#WebSocket(this.#url, [SUBPROTOCOL]);
    const position = this.#heard ? { userAfter: this.#heard.useq, epoch: this.#heard.epoch } : {};
    this.#link = new Link(ws, { token: this.#token, ...position }, {
      onEvent: (event) => this.#receive(event),
      onEnd: (end) => this.#ended(end),
    });
  }

  /** @param {import('./types.js').ChatEvent} event */
  #receive(event) {
    switch (event.type) {
      case 'welcome': return this.#welcomed(event);
      case 'pong': return undefined;
      case 'drain':
        this.#drainMs = event.retryAfterMs || 0;
        return undefined;
      case 'ack': return this.#requests.answer(event);
      case 'error':
        if (event.ref === undefined || event.ref === null) return this.emit('event', event);
        return this.#requests.answer(event);
      default: return this.#isNews(event) ? this.emit('event', event) : undefined;
    }
  }

  /** @param {import('./types.js').ChatEvent} event */
  #isNews({ useq }) {
    if (useq === undefined || !this.#heard) return true;
    if (useq <= this.#heard.useq) return false;
    this.#heard.useq = useq;
    return true;
  }

  /** @param {import('./types.js').ChatEvent} event */
  #welcomed(event) {
    const user = this.#session.user;
    if (user && event.userId && event.userId !== user.id) return this.#stopFor('mismatch');
    const { userSeq, userRecovered, epoch } = event;
    if (!userRecovered && userSeq !== undefined) this.#heard = { useq: userSeq, epoch };
    this.#refusals = 0;
    this.#steadyTimer = setTimeout(() => { this.#attempt = 0; }, STEADY_MS);
    this.#setState('online');
    return this.emit('welcome', event);
  }

  /** @param {{code: number, reason: string}} end */
  #ended({ code, reason }) {
    const hintMs = retryHint(reason) || this.#drainMs;
    this.#link = null;
    this.#drainMs = 0;
    clearTimeout(this.#steadyTimer);
    this.state = 'offline';
    this.#requests.fail();
    this.emit('down');
    if (!this.#wanted) return undefined;
    if (REFUSED.has(code)) return this.#refused(hintMs);
    return this.#retry(hintMs);
  }

  /** @param {number} hintMs */
  #refused(hintMs) {
    if (this.#refusals++ > 0) return this.#stopFor('expired');
    this.#tokenStale = true;
    if (this.#attempt++ === 0 && !hintMs) return this.#connect();
    return this.#retry(hintMs);
  }

  /** @param {number} hintMs */
  #retry(hintMs) {
    const delay = backoffMs(this.#attempt++, { random: this.#random, hintMs });
    clearTimeout(this.#retryTimer);
    this.#retryTimer = setTimeout(() => this.#connect(), delay);
    return this.#setState('waiting', delay);
  }

  /** @param {'expired' | 'mismatch'} reason */
  #stopFor(reason) {
    this.stop();
    this.#session.end(reason);
  }

  /** @param {string} state @param {number} [retryInMs] */
  #setState(state, retryInMs) {
    this.state = state;
    this.emit('state', { state, retryInMs });
  }
}
