/**
 * Link: the life of one WebSocket, from the handshake to its one and only end.
 *
 * It sends the auth frame, waits for `welcome`, hands over the server's events one by one and finds
 * out when the line is dead: after a silent heartbeat it pings, and what stays silent then is given
 * up. A browser may take minutes to report a broken connection as closed, so the link ends itself
 * and ignores whatever the abandoned socket says afterwards. It never reconnects; socket.js does.
 */

/** Connect, authenticate and be welcomed within this time; the server's own limit is 10 s. */
const WELCOME_MS = 10_000;
/** After a ping, anything at all must arrive within this time. */
const PONG_MS = 8_000;
const HEARTBEAT_MS = 25_000;

/** Close codes that the link uses itself; both mean "I come back at once and resume". */
export const CLOSE_SILENT = 4000;
export const CLOSE_RESYNC = 4010;

/**
 * @typedef {object} LinkHandlers
 * @property {(event: import('./types.js').ChatEvent) => void} onEvent
 * @property {(end: {code: number, reason: string}) => void} onEnd called exactly once
 */

export class Link {
  #ws;
  #handlers;
  #ended = false;
  #heard = false;
  #heartbeatMs = HEARTBEAT_MS;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /**
   * @param {WebSocket} ws just made
   * @param {{token: string, userAfter?: number, epoch?: string}} auth what presents the user
   * @param {LinkHandlers} handlers
   */
  constructor(ws, auth, handlers) {
    this.#ws = ws;
    this.#handlers = handlers;
    ws.onopen = () => this.send({ type: 'auth', ...auth });
    ws.onmessage = (frame) => this.#receive(frame.data);
    ws.onclose = (end) => this.#end(end.code, end.reason);
    ws.onerror = () => {}; // a close event follows
    this.#timer = setTimeout(() => this.close(CLOSE_SILENT, 'no welcome'), WELCOME_MS);
  }

  /** @param {object} frame */
  send(frame) {
    if (!this.#ended) this.#ws.send(JSON.stringify(frame));
  }

  /** @param {number} code 1000 or 3000–4999 @param {string} reason */
  close(code, reason) {
    if (this.#ended) return;
    this.#ws.close(code, reason);
    this.#end(code, reason);
  }

  /** @param {string} data */
  #receive(data) {
    if (this.#ended) return;
    this.#heard = true;
    let events;
    try {
      events = [JSON.parse(data)].flat();
    } catch {
      return this.close(CLOSE_RESYNC, 'unreadable frame');
    }
    for (const event of events) {
      if (this.#ended) return; // a handler closed the link: the rest comes again on the next one
      if (event.type === 'welcome') this.#welcomed(event.heartbeatMs);
      this.#handlers.onEvent(event);
    }
  }

  /** @param {number | undefined} heartbeatMs */
  #welcomed(heartbeatMs) {
    this.#heartbeatMs = heartbeatMs || HEARTBEAT_MS;
    this.#listen();
  }

  #listen() {
    clearTimeout(this.#timer);
    this.#heard = false;
    this.#timer = setTimeout(() => (this.#heard ? this.#listen() : this.probe()), this.#heartbeatMs);
  }

  /** Pings now: when nothing answers in time the link is dead.
   *  @param {number} [withinMs] */
  probe(withinMs = PONG_MS) {
    if (this.#ended) return;
    clearTimeout(this.#timer);
    this.#heard = false;
    this.send({ type: 'ping', ref: 'ping' }); // with a ref, for only that obliges the server to answer
    this.#timer = setTimeout(() => {
      if (this.#heard) this.#listen();
      else this.close(CLOSE_SILENT, 'no pong');
    }, withinMs);
  }

  /** @param {number} code @param {string} reason */
  #end(code, reason) {
    if (this.#ended) return;
    this.#ended = true;
    clearTimeout(this.#timer);
    this.#handlers.onEnd({ code, reason });
  }
}
