/**
 * RoomDialogs: opens the dialogs about rooms and people, and takes what comes of them to the page.
 */

import { createRoomDialog, openDialog } from './dialogs.js';
import { h } from './dom.js';
import { InvitesDialog } from './invites.js';
import { MembersDialog } from './members.js';
import { leaveDialog, roomDialog } from './roomdialog.js';
import { SearchDialog } from './search.js';
import { talkDialog } from './talkdialog.js';

export class RoomDialogs {
  #chat;
  #list;
  #go;

  /**
   * @param {import('../chatsphere.js').ChatSphere} chat
   * @param {import('./rooms.js').RoomList} list
   * @param {(roomId: string, messageId?: string) => void} go shows a room, and a message in it
   */
  constructor(chat, list, go) {
    this.#chat = chat;
    this.#list = list;
    this.#go = go;
  }

  create() {
    createRoomDialog(this.#chat, ({ id }) => this.opened(id));
  }

  talk() {
    talkDialog(this.#chat, (roomId) => this.opened(roomId));
  }

  /** A room that is new to this user.
   *  @param {string} roomId */
  opened(roomId) {
    this.#go(roomId);
    this.#list.refresh();
  }

  /** @param {string} roomId the one shown @param {string} [words] to begin with */
  search(roomId, words) {
    if (document.querySelector('dialog[open]')) return;
    const { open } = this.#list;
    const nameOf = (/** @type {string} */ id) => (this.#list.get(id) ?? open.find((room) => room.id === id))?.name ?? 'another room';
    new SearchDialog(this.#chat, { roomId, nameOf, go: this.#go }).show(words);
  }

  /** @param {string} roomId */
  async members(roomId) {
    const write = async (/** @type {string} */ userId) => this.opened(await this.#chat.conversation(userId));
    await new MembersDialog(this.#chat, roomId, write).show().catch(() => {}); // the connection's state tells
  }

  /** @param {string} roomId */
  room(roomId) {
    const info = this.#list.get(roomId);
    if (!info) return;
    roomDialog(this.#chat, info, {
      changed: () => this.#list.refresh(),
      left: () => this.#left(),
      invite: () => new InvitesDialog(this.#chat, roomId).show(info.name),
    });
  }

  /** @param {string} roomId */
  leave(roomId) {
    const info = this.#list.get(roomId);
    if (info) leaveDialog(this.#chat, info, () => this.#left());
  }

  #left() {
    location.hash = '';
    this.#list.refresh();
  }

  /** Somebody has followed an invitation's link.
   *  @param {string} code */
  async accept(code) {
    try {
      const { id } = await this.#chat.acceptInvite(code);
      location.replace(`#${id}`);
      this.#list.refresh();
    } catch (error) {
      location.replace('#');
      openDialog('Invitation', [h('p', { data: { testid: 'invite-error' } }, refusal(error))], null);
    }
  }
}

/** @param {any} error */
function refusal({ code, message }) {
  return String(code).endsWith('not_found') ? 'This invitation is not good any more. Ask for a new one.' : message;
}
