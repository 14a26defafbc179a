/**
 * Typing: who is writing in a room just now, and telling the others that this user is.
 *
 * Both are of the moment: what is told is told once in 3 seconds at most and may be lost, who has been
 * heard of is forgotten 6 seconds later, or when his message is there.
 */

const TELL_MS = 3_000;
const GONE_MS = 6_000;

export class Typing {
  #tell;
  #changed;
  #told = false;
  /** @type {Map<string, {username: string, timer: any}>} user → until when */
  #others = new Map();

  /** @param {{tell: () => Promise<any>, changed: () => void}} parts */
  constructor({ tell, changed }) {
    this.#tell = tell;
    this.#changed = changed;
  }

  /** @returns {import('./types.js').Typist[]} */
  get now() {
    return [...this.#others].map(([userId, { username }]) => ({ userId, username }));
  }

  /** This user is writing. */
  tell() {
    if (this.#told) return;
    this.#told = true;
    setTimeout(() => { this.#told = false; }, TELL_MS);
    this.#tell().catch(() => {}); // of the moment
  }

  /** @param {import('./types.js').Typist} who */
  heard({ userId, username }) {
    const known = this.#others.get(userId);
    clearTimeout(known?.timer);
    const timer = setTimeout(() => this.stopped(userId), GONE_MS);
    this.#others.set(userId, { username, timer });
    if (!known) this.#changed();
  }

  /** He has said it, or is silent.
   *  @param {string} userId */
  stopped(userId) {
    clearTimeout(this.#others.get(userId)?.timer);
    if (this.#others.delete(userId)) this.#changed();
  }
}
