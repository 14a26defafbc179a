/**
 * ReportsDialog: what members have reported, for those who keep order in the room. A report says who and
 * why; the message itself is loaded as this user may read it. Closed ones are gone from the list.
 */

import { openDialog } from './dialogs.js';
import { h, reconcile, refill } from './dom.js';
import { keepFocus } from './focus.js';
import { briefly, plain } from './text.js';

const PAGE = 20;
const EXCERPT = 200;

/** @typedef {import('../sdk/types.js').Report} Report */
/** @typedef {{report: Report, message: import('../sdk/types.js').Message | null, reporter: string}} Entry */

export class ReportsDialog {
  #chat;
  #roomId;
  #go;
  #seen;
  /** @type {Entry[]} */
  #entries = [];
  /** Names by id.
   *  @type {Map<string, Promise<string>>} */
  #names = new Map();
  #close = () => {};
  #list = h('ul', { class: 'reports', tabindex: '-1', data: { testid: 'report-list' } });
  #status = h('p', { class: 'note', role: 'status', data: { testid: 'report-status' } }, 'Loading…');
  #more = h('button', {
    class: 'quiet', type: 'button', hidden: true, data: { testid: 'report-more' }, onclick: () => this.#attempt(() => this.#next()),
  }, 'More');

  /**
   * @param {import('../chatsphere.js').ChatSphere} chat
   * @param {string} roomId
   * @param {{go: (roomId: string, messageId: string) => void, seen: () => void}} then go: shows a message; seen:
   *   the list was looked at
   */
  constructor(chat, roomId, { go, seen }) {
    this.#chat = chat;
    this.#roomId = roomId;
    this.#go = go;
    this.#seen = seen;
  }

  show() {
    const dialog = openDialog('Reports', [this.#status, this.#list, this.#more], null);
    dialog.classList.add('wide');
    dialog.addEventListener('close', this.#seen);
    this.#close = () => dialog.close();
    return this.#attempt(() => this.#next());
  }

  async #next() {
    const after = this.#entries.at(-1)?.report.id;
    const reports = await this.#chat.reports(this.#roomId, { limit: PAGE, after });
    this.#entries.push(...await Promise.all(reports.map((report) => this.#entryOf(report))));
    this.#more.hidden = reports.length < PAGE;
    this.#draw();
  }

  /** @param {Report} report @returns {Promise<Entry>} */
  async #entryOf(report) {
    const message = this.#chat.getMessage(this.#roomId, report.messageId).catch(() => null);
    return { report, message: await message, reporter: await this.#nameOf(report.reporterId) };
  }

  /** @param {string} userId */
  #nameOf(userId) {
    const name = this.#names.get(userId)
      ?? this.#chat.getUser(userId).then(({ username }) => username, () => 'Deleted account');
    this.#names.set(userId, name);
    return name;
  }

  #draw() {
    this.#status.textContent = this.#entries.length === 0 ? 'Nothing has been reported' : '';
    keepFocus(this.#list, () => reconcile(this.#list, this.#entries.map((entry) => ({
      key: entry.report.id, sign: '', fill: (li) => this.#fill(li, entry),
    }))));
  }

  /** @param {HTMLElement} li @param {Entry} entry */
  #fill(li, { report, message, reporter }) {
    const { id, messageId, reason, createdAt } = report;
    const author = message?.user?.username ?? 'Deleted account';
    const isThere = message && !message.deletedAt;
    Object.assign(li.dataset, { testid: 'report', id, messageId });
    refill(li,
      h('blockquote', { class: 'excerpt', dir: 'auto' },
        isThere ? h('b', {}, `${author}: `) : null, isThere ? plain(message.content).slice(0, EXCERPT) : 'This message is not there any more'),
      reason && h('p', { dir: 'auto', data: { testid: 'report-why' } }, reason),
      h('div', { class: 'line' },
        h('span', {}, h('small', {}, `${reporter}, ${briefly(createdAt)}`)),
        isThere && button('Show', 'report-show', () => { this.#close(); this.#go(this.#roomId, messageId); }),
        button('Done', 'report-resolve', () => this.#attempt(() => this.#resolve(id)))));
  }

  /** @param {string} id */
  async #resolve(id) {
    await this.#chat.resolveReport(id);
    this.#entries = this.#entries.filter(({ report }) => report.id !== id);
    if (this.#entries.length === 0 && !this.#more.hidden) await this.#next();
    this.#draw();
  }

  /** @param {() => Promise<unknown>} task */
  async #attempt(task) {
    await task().catch((error) => { this.#status.textContent = error.message; });
  }
}

/** @param {string} label @param {string} testid @param {() => unknown} onclick */
function button(label, testid, onclick) {
  return h('button', { class: 'small', type: 'button', data: { testid }, onclick }, label);
}
