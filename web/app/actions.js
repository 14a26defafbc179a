/**
 * Actions: what this user may do with a message, and the doing. The server decides; what it would
 * refuse is not offered, and what it refuses all the same is told.
 */

import { LOBBY_ID } from '../chatsphere.js';
import { whose } from './reactions.js';
import { styled } from './styles.js';

const KEEPERS = new Set(['owner', 'moderator', 'admin']);

/**
 * What writing does with the page around.
 * @typedef {object} Page
 * @property {import('./drafts.js').Drafts} drafts
 * @property {(roomId: string) => void} go shows a room that may be new
 * @property {(words: string) => void} search
 * @property {(roomId: string) => void} leave a room, after a question
 * @property {(status: import('./account.js').Status) => Promise<void>} status the own one, from now on
 * @property {() => void} changed the room is another now
 * @property {() => void} seen the end of the shown room's log is in sight
 */

/**
 * What actions, and writing, need of the page around them.
 * @typedef {object} Around
 * @property {import('../chatsphere.js').ChatSphere} chat
 * @property {() => import('../sdk/room.js').Room} room the one shown
 * @property {() => import('../sdk/types.js').RoomInfo | undefined} info of that room
 * @property {import('./pins.js').Pins} pins
 * @property {import('./names.js').Names} names whom an @ means
 * @property {Page} page
 * @property {(message: any) => void} open shows the thread to which a message belongs
 * @property {(error: Error) => void} failed tells the user
 * @property {() => void} changed something shown may differ
 */

/** @typedef {{id: string, label: string, icon: any, run: (anchor: HTMLElement, done: () => void) => void}} Action */

export class Actions {
  #around;
  #edit;

  /** @param {Around} around @param {(message: any) => void} edit takes it into the composer beside */
  constructor(around, edit) {
    this.#around = around;
    this.#edit = edit;
  }

  /**
   * @param {any} message stored
   * @returns {Action[]} `run` gets the pressed button, and what to call when it may go
   */
  for(message) {
    const mine = message.userId === this.#around.chat.user?.id;
    const pinned = this.isPinned(message);
    const all = [
      { id: 'react', label: 'React', icon: 'smile', may: true,
        run: (/** @type {HTMLElement} */ anchor, /** @type {() => void} */ done) => this.#pick(message, anchor, done) },
      { id: 'reply', label: 'Reply in thread', icon: 'reply', may: true, run: () => this.open(message) },
      { id: 'edit', label: 'Edit', icon: 'pencil', may: mine, run: () => this.#edit(message) },
      { id: 'pin', label: pinned ? 'Unpin' : 'Pin', icon: 'pin', may: this.#keeps || this.#isPair,
        run: () => this.#do((room) => (pinned ? room.unpin(message.id) : room.pin(message.id))) },
      { id: 'report', label: 'Report', icon: 'flag', may: !mine && !this.#keeps && this.#isMember, run: () => this.#report(message) },
      { id: 'delete', label: 'Delete', icon: 'bin', may: mine || this.#keeps, run: () => this.#confirm(message) },
    ];
    return all.filter(({ may }) => may);
  }

  /** @param {any} message */
  isPinned(message) {
    return this.#around.pins.has(message.id);
  }

  /** @param {any} message whom it names */
  mentions(message) {
    return message.deletedAt ? null : this.#around.names.in(message);
  }

  /** @param {any} message */
  own(message) {
    return this.#around.room().reacted(message.id);
  }

  /** @param {any} message of the thread to be shown */
  open(message) {
    this.#around.open(message);
  }

  /** @param {any} message @param {string} emoji */
  toggle(message, emoji) {
    this.#do((room) => room.toggle(message.id, emoji));
  }

  /** Who has reacted to it, by emoji.
   *  @param {any} message @returns {Promise<Map<string, string>>} */
  async people(message) {
    const all = await this.#around.room().reactors(message.id);
    return new Map(all.map((one) => [one.emoji, whose(one, this.#around.chat.user, this.own(message).has(one.emoji))]));
  }

  /** @param {any} message refused by the server */
  retry({ clientId }) {
    this.#around.chat.retry(clientId);
  }

  /** @param {any} message refused by the server */
  discard({ clientId }) {
    this.#around.chat.discard(clientId);
  }

  /** Whoever keeps order here: in the room, or in all public ones. */
  get #keeps() {
    const info = this.#around.info();
    const isPublic = info?.kind === 'channel' && !info.isPrivate;
    const { role = '' } = this.#around.chat.user ?? {};
    return KEEPERS.has(info?.role ?? '') || (isPublic && KEEPERS.has(role.toLowerCase()));
  }

  /** In a room where somebody keeps order. */
  get #isMember() {
    const info = this.#around.info();
    return !this.#isPair && (Boolean(info?.role) || info?.id === LOBBY_ID);
  }

  get #isPair() {
    return this.#around.info()?.kind === 'p2p';
  }

  /** @param {any} message @param {HTMLElement} anchor @param {() => void} done */
  async #pick(message, anchor, done) {
    const part = await import('./picker.js').catch(() => null);
    if (!part || !anchor.isConnected) return done();
    return part.openPicker(anchor, { pick: (emoji) => this.#do((room) => room.react(message.id, emoji)), close: done });
  }

  /** Dialogs are fetched when they are wanted. Without a connection none opens: its state tells.
   *  @param {any} message */
  async #report(message) {
    const parts = await Promise.all([import('./reportdialog.js'), styled('dialogs')]).catch(() => []);
    parts[0]?.reportDialog(this.#around.chat, message);
  }

  /** @param {any} message */
  async #confirm(message) {
    const room = this.#around.room();
    const part = await import('./deletedialog.js').catch(() => null);
    part?.deleteDialog(room, message);
  }

  /** @param {(room: import('../sdk/room.js').Room) => Promise<any>} change */
  async #do(change) {
    await change(this.#around.room()).catch(this.#around.failed);
    this.#around.changed();
  }
}
