/**
 * MessageList: the scrolling log of one room, or of a thread in it.
 *
 * Draws the timeline, keeps to the bottom while the reader is there and stays put when he is not,
 * loads older pages as he nears the top (or by a button, for the keyboard), and offers the way down.
 */

import { attend } from './attention.js';
import { batched, h, icon, reconcile, refill } from './dom.js';
import { keepFocus } from './focus.js';
import { fillMessage, signOf } from './message.js';
import { dayLabel } from './text.js';
import { timeline } from './timeline.js';
import { Toolbar } from './toolbar.js';

/** Closer to the end than this counts as being there. */
const NEAR_PX = 80;
/** So long is a message marked that was looked for. */
const MARKED_MS = 3_000;

/**
 * What a list shows: a Room, or a Thread.
 * @typedef {object} Source
 * @property {import('../sdk/types.js').Message[]} messages
 * @property {import('../sdk/types.js').Pending[]} pending
 * @property {string} state
 * @property {boolean} hasOlder
 * @property {() => Promise<void>} older
 */

export class MessageList {
  #chat;
  #actions;
  #threaded;
  #toolbar;
  /** @type {Source | null} */
  #room = null;
  #stick = true;
  #unseen = 0;
  #firstKey = '';
  /** Width and height at the last look, to tell a reader who scrolls from a page that is laid out anew. */
  #size = '';
  #rows = h('ol', { class: 'messages' });
  #top = h('div', { class: 'top' });
  #scroll = h('div', {
    class: 'scroll', role: 'log', tabindex: '0', 'aria-label': 'Messages',
    onscroll: () => this.#scrolled(),
  }, this.#top, this.#rows);
  #jump = h('button', { class: 'jump', type: 'button', hidden: true, onclick: () => this.toEnd() });

  /** Draws soon; many calls in one turn draw once. */
  render = batched(() => this.#render());

  /**
   * @param {import('../chatsphere.js').ChatSphere} chat
   * @param {import('./actions.js').Actions} actions
   * @param {{testid?: string, threaded?: boolean}} options threaded: it shows a thread
   */
  constructor(chat, actions, { testid = 'message-list', threaded = false } = {}) {
    this.#chat = chat;
    this.#actions = actions;
    this.#threaded = threaded;
    this.#toolbar = new Toolbar(actions, (li) => this.#stored(li.dataset.id));
    this.#scroll.dataset.testid = testid;
    attend(this.#scroll, this.#toolbar);
    this.element = h('div', { class: 'log' }, this.#scroll, this.#jump);
    new ResizeObserver(() => this.#resized()).observe(this.#scroll);
  }

  /** @param {Source} room */
  show(room) {
    this.#room = room;
    this.#stick = true;
    this.#unseen = 0;
    this.#firstKey = '';
    this.render();
  }

  /** @param {string} name of the room */
  name(name) {
    this.#scroll.setAttribute('aria-label', this.#threaded ? 'Thread' : `Messages in ${name}`);
  }

  /** A message of somebody else has arrived in this room. */
  arrived() {
    if (!this.#stick) this.#unseen++;
    this.render();
  }

  /** Brings a message of the room into sight, and marks it for a moment.
   *  @param {string} id */
  reveal(id) {
    this.#stick = false;
    this.#render();
    const li = [...this.#rows.children].find(({ dataset }) => dataset.id === id);
    if (!li) return;
    li.scrollIntoView({ block: 'center' });
    this.#look(); // it may be at the end, and nothing may have moved
    li.focus({ preventScroll: true });
    li.dataset.found = '';
    setTimeout(() => { delete li.dataset.found; }, MARKED_MS);
  }

  toEnd() {
    this.#stick = true;
    this.#unseen = 0;
    this.#toBottom();
    this.#drawJump();
  }

  #render() {
    const room = this.#room;
    const me = this.#chat.user;
    if (!room || !me) return;
    const rows = timeline(room.messages, room.pending, me);
    const fromEnd = this.#scroll.scrollHeight - this.#scroll.scrollTop;
    const firstKey = rows.find(({ kind }) => kind === 'message')?.key ?? '';
    const prepended = this.#firstKey !== '' && this.#firstKey !== firstKey;
    this.#scroll.setAttribute('aria-busy', String(prepended || room.state === 'loading'));
    this.#drawTop(room, rows.length);
    this.#draw(rows);
    this.#firstKey = firstKey;
    if (this.#stick) this.#toBottom();
    else if (prepended) this.#scroll.scrollTop = this.#scroll.scrollHeight - fromEnd;
    if (room.state !== 'loading') this.#scroll.setAttribute('aria-busy', 'false');
    this.#drawJump();
  }

  /** @param {any[]} rows */
  #draw(rows) {
    const roots = new Map((this.#room?.messages ?? []).map((one) => [one.id, one]));
    keepFocus(this.#scroll, () => {
      reconcile(this.#rows, rows.map((row) => this.#item(row, roots)));
      this.#toolbar.renew();
    });
  }

  /** @param {Source} room @param {number} count */
  #drawTop(room, count) {
    const text = this.#threaded ? threadText(room) : topText(room, count);
    if (this.#top.dataset.text === text) return;
    this.#top.dataset.text = text;
    this.#top.hidden = text === '';
    const more = h('button', { class: 'quiet', type: 'button', onclick: () => this.#older() }, text);
    refill(this.#top, room.hasOlder ? more : h('p', {}, text));
  }

  #drawJump() {
    this.#jump.hidden = this.#stick;
    const text = this.#unseen > 0 ? `${this.#unseen} new` : 'Latest';
    refill(this.#jump, icon('down'), text);
    this.#jump.setAttribute('aria-label', this.#unseen > 0 ? `${text} messages below` : 'To the latest message');
  }

  /** @param {any} row @param {Map<string, any>} roots @returns {import('./dom.js').Item} */
  #item(row, roots) {
    if (row.kind === 'day') {
      const text = dayLabel(row.at);
      return { key: row.key, sign: text, fill: (li) => fillDay(li, text) };
    }
    const { message } = row;
    const look = {
      own: this.#actions.own(message), mentions: this.#actions.mentions(message), pinned: this.#actions.isPinned(message), threaded: this.#threaded,
      parent: message.parentId ? roots.get(message.parentId) : null,
    };
    return { key: row.key, sign: signOf(row, look), fill: (li) => fillMessage(li, row, look, this.#actions) };
  }

  /** @param {string | undefined} id */
  #stored(id) {
    return id ? this.#room?.messages.find((one) => one.id === id) : undefined;
  }

  /** This user's newest message that is still there. */
  get lastOwn() {
    const mine = (/** @type {any} */ { userId, deletedAt }) => userId === this.#chat.user?.id && !deletedAt;
    return this.#room?.messages.filter(mine).pop() ?? null;
  }

  /** @returns {boolean} whether it has another size than at the last look */
  #resized() {
    const size = `${this.#scroll.clientWidth}x${this.#scroll.clientHeight}`;
    if (size === this.#size) return false;
    this.#size = size;
    if (this.#stick) this.#toBottom();
    return true;
  }

  #scrolled() {
    if (this.#resized()) return;
    this.#look();
    if (this.#scroll.scrollTop < 2 * NEAR_PX && this.#room?.hasOlder) this.#older();
  }

  /** Is the end in sight? */
  #look() {
    const { scrollTop, scrollHeight, clientHeight } = this.#scroll;
    this.#stick = scrollHeight - scrollTop - clientHeight < NEAR_PX;
    if (this.#stick) this.#unseen = 0;
    this.#drawJump();
  }

  /** A failure leaves the button, and the next scroll tries again. */
  async #older() {
    await this.#room?.older().catch(() => {});
  }

  #toBottom() {
    this.#scroll.scrollTop = this.#scroll.scrollHeight;
  }
}

/** @param {Source} thread */
function threadText({ state }) {
  if (state === 'loading') return 'Loading…';
  return state === 'gone' ? 'The replies could not be loaded' : '';
}

/** @param {Source} room @param {number} count of rows */
function topText(room, count) {
  if (room.state === 'gone') return 'You cannot read this room any more';
  if (room.hasOlder) return 'Load older messages';
  if (count > 0) return 'This is where the conversation begins';
  return room.state === 'loading' ? 'Loading…' : 'Nothing here yet. Say hello!';
}

/** @param {HTMLElement} li @param {string} label */
function fillDay(li, label) {
  li.className = 'day';
  refill(li, h('span', {}, label));
}
