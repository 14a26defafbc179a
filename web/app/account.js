/**
 * Account: what belongs to the person and not to a room. Opens the settings and the administration, whose
 * views are fetched when they are first wanted; keeps the own status and the notifications going.
 */

import { prefer, preference } from './prefs.js';

const ADMIN_ADDRESS = '#admin';

/** @typedef {'online' | 'away' | 'busy'} Status */

export class Account {
  #chat;
  #list;
  #before = '';
  /** The panel that is open, if one is.
   *  @type {import('./panel.js').Panel | null} */
  #panel = null;
  /** @type {import('./notifier.js').Notifier | null} */
  #notifier = null;
  #disposed = false;

  /**
   * @param {import('../chatsphere.js').ChatSphere} chat signed in
   * @param {import('./rooms.js').RoomList} list
   * @param {(username: string) => void} onRenamed
   */
  constructor(chat, list, onRenamed) {
    this.#chat = chat;
    this.#list = list;
    this.renamed = onRenamed;
  }

  start() {
    const status = preference('presence');
    if (status === 'away' || status === 'busy') this.#chat.setPresence(status);
    this.#notify();
  }

  dispose() {
    this.#disposed = true;
    prefer('presence', '');
    this.#notifier?.dispose();
    this.#panel?.close();
  }

  /** Without a connection it does not open: the connection's state tells.
   *  @param {string} [tab] */
  async settings(tab) {
    const part = await import('./settings.js').catch(() => null);
    if (part) await this.#open(part.settingsPanel(this.#chat, this), tab);
  }

  admin() {
    this.#before = location.hash;
    location.hash = ADMIN_ADDRESS;
  }

  /** Looks at the page's address. Returns whether it is the administration's, which stands over a room. */
  route() {
    const wanted = location.hash === ADMIN_ADDRESS && this.#chat.user?.role === 'ADMIN';
    if (wanted) this.#administer();
    else this.#panel?.close();
    return wanted;
  }

  /** @param {Status} status */
  async setStatus(status) {
    prefer('presence', status === 'online' ? '' : status);
    await this.#chat.setPresence(status);
  }

  get notifies() {
    return preference('notify') === 'on' && globalThis.Notification?.permission === 'granted';
  }

  /** @param {boolean} wanted permission has been given, then */
  async setNotifies(wanted) {
    prefer('notify', wanted ? 'on' : '');
    await this.#notify();
  }

  async #administer() {
    const leave = () => {
      if (location.hash === ADMIN_ADDRESS) location.hash = this.#before;
    };
    const part = await import('./admin.js').catch(() => null);
    if (part) await this.#open(part.adminPanel(this.#chat, leave));
    else leave();
  }

  /** @param {import('./panel.js').Panel} panel @param {string} [tab] */
  async #open(panel, tab) {
    this.#panel?.close();
    if (this.#disposed) return;
    this.#panel = panel;
    await panel.open(tab);
  }

  async #notify() {
    this.#notifier?.dispose();
    this.#notifier = null;
    if (!this.notifies) return;
    const part = await import('./notifier.js').catch(() => null);
    if (part && !this.#disposed) this.#notifier ??= new part.Notifier(this.#chat, this.#list);
  }
}
