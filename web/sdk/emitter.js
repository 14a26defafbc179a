/**
 * Emitter: named events, delivered synchronously and in the order of registration.
 *
 * Every object of the SDK that has something to tell extends it. Delivery is synchronous because a
 * room's events must reach a listener in log order, before the next frame is looked at. A listener
 * that throws does not stop the stream: its error is rethrown from a microtask, where the host
 * reports it like any other uncaught error.
 */

export class Emitter {
  /** @type {Map<string, Set<Function>>} */
  #listeners = new Map();

  /**
   * Calls `listener` at every `type` from now on.
   * @param {string} type
   * @param {(...args: any[]) => void} listener
   * @returns {() => void} takes the listener off again
   */
  on(type, listener) {
    const set = this.#listeners.get(type) ?? new Set();
    this.#listeners.set(type, set.add(listener));
    return () => void set.delete(listener);
  }

  /**
   * @param {string} type
   * @param {...any} args
   */
  emit(type, ...args) {
    for (const listener of [...(this.#listeners.get(type) ?? [])]) {
      try {
        listener(...args);
      } catch (error) {
        queueMicrotask(() => { throw error; });
      }
    }
  }
}
