/**
 * Requests: what was asked over the link and is not answered yet, by `ref`. Each is settled once: by its
 * ack, by the server's error, or by the end of the link, after which its outcome is unknown.
 */

import { ChatError } from './error.js';

/** An answer later than this means that something is wrong with the link, not with the request. */
const ANSWER_MS = 20_000;

export class Requests {
  #ref = 0;
  #silent;
  /** @type {Map<number, {resolve: Function, reject: Function, timer: any}>} */
  #open = new Map();

  /** @param {() => void} silent called when an answer is overdue */
  constructor(silent) {
    this.#silent = silent;
  }

  /**
   * @param {(ref: number) => void} send
   * @param {(() => void) | undefined} onAck called before the event behind the ack is looked at
   * @returns {Promise<any>} the ack
   */
  make(send, onAck) {
    const ref = ++this.#ref;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(this.#silent, ANSWER_MS);
      const done = (/** @type {any} */ ack) => {
        onAck?.();
        resolve(ack);
      };
      this.#open.set(ref, { resolve: done, reject, timer });
      send(ref);
    });
  }

  /** @param {import('./types.js').ChatEvent} event an ack or an error with a ref */
  answer(event) {
    this.#settle(event.ref, (request) => {
      if (event.type === 'ack') request.resolve(event);
      else request.reject(ChatError.frame(event));
    });
  }

  /** The link has ended. */
  fail() {
    const lost = ChatError.network('The connection was lost');
    for (const ref of [...this.#open.keys()]) this.#settle(ref, (request) => request.reject(lost));
  }

  /** @param {any} ref @param {(request: any) => void} how */
  #settle(ref, how) {
    const request = this.#open.get(ref);
    if (!request) return;
    this.#open.delete(ref);
    clearTimeout(request.timer);
    how(request);
  }
}
