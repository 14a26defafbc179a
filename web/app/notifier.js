/**
 * Notifier: shows mentions and what is said in conversations of two as the system's notifications while
 * nobody looks at the page. Who is busy is left alone. The same message in several tabs is one notification.
 */

export class Notifier {
  #chat;
  #list;
  /** @type {Set<Notification>} */
  #shown = new Set();
  /** @type {(() => void)[]} */
  #undo;

  /** @param {import('../chatsphere.js').ChatSphere} chat @param {import('./rooms.js').RoomList} list */
  constructor(chat, list) {
    this.#chat = chat;
    this.#list = list;
    const seen = () => { if (!document.hidden) this.#clear(); };
    document.addEventListener('visibilitychange', seen);
    this.#undo = [
      () => document.removeEventListener('visibilitychange', seen),
      chat.on('message', (message) => this.#arrived(message)),
      chat.on('user-event', (event) => this.#happened(event)),
    ];
  }

  dispose() {
    for (const undo of this.#undo) undo();
    this.#clear();
  }

  get #due() {
    return document.hidden && this.#chat.presence !== 'busy';
  }

  /** @param {import('../sdk/types.js').Message} message */
  #arrived(message) {
    const isOwn = message.userId === this.#chat.user?.id;
    if (this.#due && !isOwn && this.#list.get(message.roomId)?.kind === 'p2p') this.#show(message);
  }

  /** A mention says where, not what.
   *  @param {import('../sdk/types.js').ChatEvent} event */
  async #happened({ type, roomId = '', messageId }) {
    if (type !== 'mention' || !this.#due) return;
    const path = `/api/rooms/${encodeURIComponent(roomId)}/messages/${encodeURIComponent(messageId ?? '')}`;
    const answer = await this.#chat.request('GET', path).catch(() => null);
    if (answer && this.#due) this.#show(answer.body);
  }

  /** @param {import('../sdk/types.js').Message} message */
  #show({ id, roomId, user, content }) {
    const room = this.#list.get(roomId);
    const who = user?.username ?? room?.name ?? 'ChatSphere';
    const title = room?.kind === 'p2p' ? who : `${who} in ${room?.name ?? 'a room'}`;
    try {
      const shown = new Notification(title, { body: content.slice(0, 200), tag: id, icon: 'favicon.svg' });
      shown.onclick = () => this.#visit(roomId);
      shown.onclose = () => this.#shown.delete(shown);
      this.#shown.add(shown);
    } catch {
      // A browser that shows them for service workers only: the title and the list still tell.
    }
  }

  /** @param {string} roomId */
  #visit(roomId) {
    globalThis.focus();
    location.hash = roomId;
  }

  #clear() {
    for (const shown of this.#shown) shown.close();
    this.#shown.clear();
  }
}
