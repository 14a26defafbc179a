/**
 * Names: whom an @ means in the shown room, once something holds an @ at all: with the first such text
 * naming.js is fetched, which knows.
 */

/** @typedef {import('./naming.js').Mentions} Mentions */

export class Names {
  #chat;
  #changed;
  /** @type {import('../sdk/room.js').Room | null} */
  #room = null;
  /** @type {import('./naming.js').Naming | null} */
  #naming = null;
  /** @type {Promise<void> | null} */
  #fetching = null;

  /** @param {import('../chatsphere.js').ChatSphere} chat @param {() => void} changed texts may look different now */
  constructor(chat, changed) {
    this.#chat = chat;
    this.#changed = changed;
  }

  /** @param {import('../sdk/room.js').Room} room */
  show(room) {
    this.#room = room;
    this.#naming?.show(room);
    if (!this.#naming) this.#fetching = null; // what could not be had may be had now
  }

  /** @param {import('../sdk/types.js').ChatEvent} event of the shown room */
  happened(event) {
    this.#naming?.happened(event);
  }

  dispose() {
    this.#naming?.dispose();
  }

  /** Has the list of members. */
  async load() {
    await this.#fetch();
    await this.#naming?.load();
  }

  /** The members as far as they are known, this user not among them; in the lobby those who have been looked for. */
  get others() {
    return this.#naming?.others ?? [];
  }

  /**
   * @param {{content: string, userId?: string}} message without a user it is this one's
   * @returns {Mentions | null} null when it names nobody
   */
  in(message) {
    if (!message.content.includes('@')) return null;
    if (!this.#naming) this.#fetch();
    return this.#naming?.in(message) ?? null;
  }

  #fetch() {
    this.#fetching ??= import('./naming.js').then(({ Naming }) => {
      this.#naming ??= new Naming(this.#chat, this.#changed);
      if (this.#room) this.#naming.show(this.#room);
      this.#changed();
    }, () => {});
    return this.#fetching;
  }
}
