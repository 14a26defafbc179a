/**
 * Pairs: conversations of two have no name of their own; here each has the other's, and his id.
 */

export class Pairs {
  #chat;
  /** Who the other is, by conversation.
   *  @type {Map<string, {id: string, username: string}>} */
  #peers = new Map();

  /** @param {import('../chatsphere.js').ChatSphere} chat */
  constructor(chat) {
    this.#chat = chat;
  }

  /** @param {import('../sdk/types.js').RoomInfo[]} rooms among which there may be some */
  async name(rooms) {
    const nameless = rooms.filter(({ name }) => !name);
    if (nameless.some(({ id }) => !this.#peers.has(id))) await this.#load();
    for (const room of nameless) {
      const peer = this.#peers.get(room.id);
      room.name = peer?.username ?? 'Conversation';
      room.peerId = peer?.id;
    }
  }

  async #load() {
    for (const { id, kind, members } of await this.#chat.conversations()) {
      const other = members.find((one) => one.id !== this.#chat.user?.id) ?? members[0];
      if (kind === 'p2p' && other) this.#peers.set(id, other);
    }
  }
}
