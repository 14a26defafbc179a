/**
 * Thread: the messages of one thread, as a list shows them: its root and the replies. Those that the
 * room's log has are live there; older ones are loaded, and kept up with by the room's events.
 */

export class Thread {
  hasOlder = false;
  hasNewer = false;
  /** @type {'loading' | 'live' | 'gone'} */
  state = 'loading';
  #room;
  #changed;
  /** @type {Map<string, any>} */
  #loaded = new Map();
  /** @type {(() => void)[]} */
  #undo;

  /** @param {import('../sdk/room.js').Room} room @param {string} rootId @param {() => void} changed */
  constructor(room, rootId, changed) {
    this.#room = room;
    this.rootId = rootId;
    this.#changed = changed;
    this.#undo = [
      room.on('event', (event) => this.#happened(event)),
      room.on('reset', () => this.load()),
    ];
    this.load();
  }

  close() {
    for (const undo of this.#undo) undo();
  }

  /** Root first, whatever came before it. */
  get messages() {
    const all = new Map(this.#loaded);
    for (const message of this.#room.messages) if (this.#isOurs(message)) newer(all, message);
    return [...all.values()].sort((a, b) => a.seq - b.seq);
  }

  get pending() {
    return this.#room.pending.filter(({ parentId }) => parentId === this.rootId);
  }

  /** There is nothing further: a thread is loaded as a whole. */
  async older() {}
  async newer() {}
  async latest() {}
  async earliest() {}
  keep() {}

  async load() {
    try {
      const [replies, root] = await Promise.all([this.#room.replies(this.rootId), this.#root()]);
      for (const message of [...root, ...replies]) newer(this.#loaded, message);
      this.state = 'live';
    } catch {
      this.state = 'gone';
    }
    this.#changed();
  }

  /** One that the log does not have is loaded; the log may let go of the other. */
  async #root() {
    const known = this.#room.messages.filter(({ id }) => id === this.rootId);
    return known.length > 0 ? known : (await this.#room.around(this.rootId, 1)).filter(({ id }) => id === this.rootId);
  }

  /** @param {import('../sdk/types.js').ChatEvent} event */
  #happened({ message, messageId = '' }) {
    if (message && this.#isOurs(message)) newer(this.#loaded, message);
    else if (!message && this.#loaded.has(messageId)) this.load(); // it says which, not what
    else return;
    this.#changed();
  }

  /** @param {any} message */
  #isOurs({ id, parentId }) {
    return id === this.rootId || parentId === this.rootId;
  }
}

/** @param {Map<string, any>} all @param {any} message */
function newer(all, message) {
  const held = all.get(message.id);
  if (!held || (message.rev ?? message.seq) >= (held.rev ?? held.seq)) all.set(message.id, message);
}
