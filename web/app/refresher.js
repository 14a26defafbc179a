/**
 * Refresher: when something is fetched anew: when it is asked for, soon after what was heard in passing, when
 * the page is looked at or clicked into again, and now and then.
 *
 * One at a time. Who asks while something is being fetched gets what is fetched after that: what is under way
 * may be older than his reason to ask.
 */

const PERIOD_MS = 30_000;
/** What is heard in passing makes one fetch, soon. */
const SOON_MS = 1_500;

export class Refresher {
  #task;
  /** @type {Promise<void> | null} */
  #running = null;
  /** @type {Promise<void> | null} */
  #next = null;
  #begun = -Infinity;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #soon;
  #seen = () => { if (!document.hidden) this.now(); };
  #timer = setInterval(this.#seen, PERIOD_MS);

  /** @param {() => Promise<void>} task never rejects */
  constructor(task) {
    this.#task = task;
    document.addEventListener('visibilitychange', this.#seen);
    addEventListener('focus', this.#seen);
  }

  dispose() {
    clearInterval(this.#timer);
    clearTimeout(this.#soon);
    document.removeEventListener('visibilitychange', this.#seen);
    removeEventListener('focus', this.#seen);
  }

  /** @returns {Promise<void>} when it is there as it is after this call */
  now() {
    if (!this.#running) return this.#run();
    this.#next ??= this.#running.then(() => {
      this.#next = null;
      return this.now();
    });
    return this.#next;
  }

  /** For what comes alone, or in floods: at once, or soon when that was just done. */
  heard() {
    if (Date.now() - this.#begun > SOON_MS) this.now();
    else this.soon();
  }

  /** For what may wait; a page that nobody sees waits until it is seen. */
  soon(ms = SOON_MS) {
    this.#soon ??= setTimeout(() => {
      this.#soon = undefined;
      this.#seen();
    }, ms);
  }

  #run() {
    this.#begun = Date.now();
    const running = this.#task().finally(() => { this.#running = null; });
    this.#running = running;
    return running;
  }
}
