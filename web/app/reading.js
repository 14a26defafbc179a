/**
 * Reading: how far the shown room has been read, and where in it what is new begins.
 *
 * The position moves only while the end of the log is in sight and the window has the focus. The line stands
 * where the reading had stopped: when the room is opened, or when the first message comes that nobody reads.
 * It stays, so that one sees what was new, until something else is, something is said or the room is left.
 */

export class Reading {
  #chat;
  #isEndInSight;
  /** @type {import('../sdk/room.js').Room | null} */
  #room = null;
  #placed = false;
  /** The line stands behind this seq; null: nowhere.
   *  @type {number | null} */
  line = null;
  /** The room is being brought to where it is opened. */
  isOpening = false;

  /** @param {import('../chatsphere.js').ChatSphere} chat @param {() => boolean} isEndInSight of the shown room's log */
  constructor(chat, isEndInSight) {
    this.#chat = chat;
    this.#isEndInSight = isEndInSight;
  }

  /** @param {import('../sdk/room.js').Room} room */
  show(room) {
    this.#room = room;
    this.#placed = false;
    this.isOpening = false;
    this.line = null;
  }

  /**
   * To be called when something has changed.
   * @returns {boolean} whether the line has just been placed: the room is opened there
   */
  opened() {
    const room = this.#room;
    if (!room?.opened || this.#placed || room.state === 'loading') return false;
    if (room.state !== 'live' && !(room.readSeq > 0 && room.messages.length > 0)) return false;
    this.#placed = true;
    this.#place(room);
    return this.line !== null;
  }

  /** Is it read that a message comes, now? */
  get isOn() {
    return this.#placed && !this.isOpening && !document.hidden && document.hasFocus() && this.#isEndInSight();
  }

  /** Somebody else has said something. */
  arrived() {
    const room = this.#room;
    if (!room || !this.#placed || this.isOn) return;
    if (this.line === null || room.readSeq > this.line) this.line = room.readSeq;
  }

  /** The user has said something: all before it is known to him. */
  said() {
    this.line = null;
  }

  /** Where nothing was ever read, all of it is new, and a line says nothing.
   *  @param {import('../sdk/room.js').Room} room */
  #place({ readSeq, messages }) {
    const me = this.#chat.user?.id;
    const isNew = messages.some(({ seq, userId }) => seq > readSeq && userId !== me);
    this.line = readSeq > 0 && isNew ? readSeq : null;
  }
}
