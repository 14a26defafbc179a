/**
 * Pins: which messages of the shown room are pinned. Messages do not say it themselves: it is asked for
 * once, and events tell the rest.
 */

export class Pins {
  #changed;
  /** @type {Set<string>} */
  #ids = new Set();
  #roomId = '';

  /** @param {() => void} changed */
  constructor(changed) {
    this.#changed = changed;
  }

  /** @param {string} messageId */
  has(messageId) {
    return this.#ids.has(messageId);
  }

  /** @param {import('../sdk/room.js').Room} room */
  async show(room) {
    this.#roomId = room.id;
    this.#ids = new Set();
    await this.load(room);
  }

  /** @param {import('../sdk/room.js').Room} room that is shown; a failure leaves what is there */
  async load(room) {
    const pins = await room.pins().catch(() => null);
    if (!pins || room.id !== this.#roomId) return;
    this.#ids = new Set(pins.map(({ id }) => id));
    this.#changed();
  }

  /** @param {import('../sdk/types.js').ChatEvent} event of the shown room */
  happened({ type, message, messageId = message?.id ?? '' }) {
    if (type === 'pinned') this.#ids.add(messageId);
    else if (type === 'unpinned' || type === 'message_deleted') this.#ids.delete(messageId);
    else return;
    this.#changed();
  }
}
