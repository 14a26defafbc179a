/**
 * RoomDialogs: opens the dialogs about rooms and people, and takes what comes of them to the page. Each is
 * fetched when it is first wanted, or a moment before: when the button that opens it is pointed at or focused.
 */

import { ChatError } from '../chatsphere.js';
import { h } from './dom.js';
import { ownRank, RANK } from './rank.js';
import { styled } from './styles.js';

/** By the test ids of their buttons. */
const PARTS = {
  'create-room': () => import('./createroom.js'),
  'new-message': () => import('./talkdialog.js'),
  search: () => import('./search.js'),
  members: () => import('./members.js'),
  'room-settings': () => import('./roomdialog.js'),
  'room-menu': () => import('./roommenu.js'),
};

export class RoomDialogs {
  #chat;
  #list;
  #go;
  #isOpening = false;
  /** @type {import('./reportsmark.js').ReportsMark | null} */
  #mark = null;

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

  /** Fetches what a button will open.
   *  @param {Event} event something is pointed at, or has the focus */
  expect({ target }) {
    const { testid = '' } = /** @type {Element} */ (target).closest?.('button')?.dataset ?? {};
    const part = /** @type {Record<string, () => Promise<unknown>>} */ (PARTS)[testid];
    if (part) Promise.all([part(), styled('dialogs')]).catch(() => {}); // once more when it is pressed
  }

  /**
   * Those who keep order see at the button of a room's dialog that there is something for them.
   * @param {import('../sdk/types.js').RoomInfo | undefined} info of the room that is shown
   * @param {HTMLElement} button
   */
  async mark(info, button) {
    const keptId = info && ownRank(info, this.#chat.user) >= RANK.moderator ? info.id : '';
    if (!this.#mark && keptId) {
      const part = await import('./reportsmark.js').catch(() => null);
      if (part) this.#mark ??= new part.ReportsMark(this.#chat, button);
    }
    this.#mark?.look(keptId);
  }

  create() {
    this.#open(PARTS['create-room'], ({ createRoomDialog }) => createRoomDialog(this.#chat, ({ id }) => this.opened(id)));
  }

  talk() {
    this.#open(PARTS['new-message'], ({ talkDialog }) => talkDialog(this.#chat, (roomId) => this.opened(roomId)));
  }

  /** A room that is new to this user.
   *  @param {string} roomId */
  opened(roomId) {
    this.#go(roomId);
    this.#list.refresh();
  }

  /** @param {string} roomId the one shown @param {string} [words] to begin with */
  search(roomId, words) {
    const { open } = this.#list;
    const nameOf = (/** @type {string} */ id) => (this.#list.get(id) ?? open.find((room) => room.id === id))?.name ?? 'another room';
    this.#open(PARTS.search, ({ SearchDialog }) => new SearchDialog(this.#chat, { roomId, nameOf, go: this.#go }).show(words));
  }

  /** @param {string} roomId */
  members(roomId) {
    const write = async (/** @type {string} */ userId) => this.opened(await this.#chat.conversation(userId));
    this.#open(PARTS.members, ({ MembersDialog }) => new MembersDialog(this.#chat, roomId, write).show());
  }

  /** What is wanted of a room now and then.
   *  @param {HTMLElement} anchor @param {string} roomId @param {(messageId: string) => void} show one that is loaded */
  menu(anchor, roomId, show) {
    const go = (/** @type {string} */ messageId) => this.#go(roomId, messageId);
    this.#open(PARTS['room-menu'], ({ openRoomMenu }) => openRoomMenu(anchor, this.#chat.room(roomId), go, show));
  }

  /** @param {string} roomId */
  room(roomId) {
    const info = this.#list.get(roomId);
    if (!info) return;
    const then = {
      changed: () => this.#list.refresh(),
      left: () => this.#left(),
      go: this.#go,
      seen: () => this.#mark?.look(roomId, true),
    };
    this.#open(PARTS['room-settings'], ({ roomDialog }) => roomDialog(this.#chat, info, then));
  }

  /** @param {string} roomId */
  leave(roomId) {
    const info = this.#list.get(roomId);
    if (info) this.#open(PARTS['room-settings'], ({ leaveDialog }) => leaveDialog(this.#chat, info, () => this.#left()));
  }

  #left() {
    location.hash = '';
    this.#list.refresh();
  }

  /** An invitation's link was followed, perhaps by another page's doing: it is for this user to say that he
   *  wants to be seen there.
   *  @param {string} code */
  invited(code) {
    location.replace('#');
    const submit = async () => {
      const { id } = await this.#chat.acceptInvite(code).catch((error) => { throw new Error(refusal(error)); });
      this.opened(id);
    };
    const about = h('p', {}, 'This is an invitation to a room. Who is in it will see that you have joined.');
    this.#open(() => import('./dialogs.js'), ({ openDialog }) => openDialog('Invitation', [about], { label: 'Join', testid: 'invite-join', submit }));
  }

  /**
   * One at a time. Without a connection nothing opens: its state tells.
   * @template T
   * @param {() => Promise<T>} part
   * @param {(module: T) => unknown} show
   */
  async #open(part, show) {
    if (this.#isOpening || document.querySelector('dialog[open]')) return;
    this.#isOpening = true;
    try {
      const module = await Promise.all([part(), styled('dialogs')]).then(([all]) => all, () => null);
      if (module) await show(module);
    } catch (error) {
      if (!(error instanceof ChatError)) throw error;
    } finally {
      this.#isOpening = false;
    }
  }
}

/** @param {any} error */
function refusal({ code, message }) {
  return String(code).endsWith('not_found') ? 'This invitation is not good any more. Ask for a new one.' : message;
}
