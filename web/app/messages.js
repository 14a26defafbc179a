/**
 * MessageList: the scrolling log of one room.
 *
 * Draws the timeline, keeps to the bottom while the reader is there and stays put when he is not,
 * loads older pages as he nears the top (or by a button, for the keyboard), and offers the way down.
 * It knows the SDK's Room and nothing of the rest of the page.
 */

import { batched, h, icon, reconcile, refill } from './dom.js';
import { avatar, dayLabel, linkified, timeOf } from './text.js';
import { timeline } from './timeline.js';

/** Closer to the end than this counts as being there. */
const NEAR_PX = 80;
/** @type {Record<string, string>} */
const STATE_TEXT = {
  sending: 'Sending…', waiting: 'Waiting to be sent…', failed: 'Not sent', sent: '', stored: '',
};

export class MessageList {
  #chat;
  /** @type {import('../sdk/room.js').Room | null} */
  #room = null;
  #stick = true;
  #unseen = 0;
  #firstKey = '';
  /** Width and height at the last look, to tell a reader who scrolls from a page that is laid out anew. */
  #size = '';
  #rows = h('ol', { class: 'messages' });
  #top = h('div', { class: 'top' });
  #scroll = h('div', {
    class: 'scroll', role: 'log', tabindex: '0', 'aria-label': 'Messages', data: { testid: 'message-list' },
    onscroll: () => this.#scrolled(),
  }, this.#top, this.#rows);
  #jump = h('button', { class: 'jump', type: 'button', hidden: true, onclick: () => this.toEnd() });

  /** Draws soon; many calls in one turn draw once. */
  render = batched(() => this.#render());

  /** @param {import('../chatsphere.js').ChatSphere} chat */
  constructor(chat) {
    this.#chat = chat;
    this.element = h('div', { class: 'log' }, this.#scroll, this.#jump);
    new ResizeObserver(() => this.#resized()).observe(this.#scroll);
  }

  /** @param {import('../sdk/room.js').Room} room */
  show(room) {
    this.#room = room;
    this.#stick = true;
    this.#unseen = 0;
    this.#firstKey = '';
    this.render();
  }

  /** @param {string} name of the room */
  name(name) {
    this.#scroll.setAttribute('aria-label', `Messages in ${name}`);
  }

  /** A message of somebody else has arrived in this room. */
  arrived() {
    if (!this.#stick) this.#unseen++;
    this.render();
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
    reconcile(this.#rows, rows.map((row) => this.#item(row)));
    this.#firstKey = firstKey;
    if (this.#stick) this.#toBottom();
    else if (prepended) this.#scroll.scrollTop = this.#scroll.scrollHeight - fromEnd;
    if (room.state !== 'loading') this.#scroll.setAttribute('aria-busy', 'false');
    this.#drawJump();
  }

  /** @param {import('../sdk/room.js').Room} room @param {number} count */
  #drawTop(room, count) {
    const text = topText(room, count);
    if (this.#top.dataset.text === text) return;
    this.#top.dataset.text = text;
    const more = h('button', { class: 'quiet', type: 'button', onclick: () => this.#older() }, text);
    refill(this.#top, room.hasOlder ? more : h('p', {}, text));
  }

  #drawJump() {
    this.#jump.hidden = this.#stick;
    const text = this.#unseen > 0 ? `${this.#unseen} new` : 'Latest';
    refill(this.#jump, icon('down'), text);
    this.#jump.setAttribute('aria-label', this.#unseen > 0 ? `${text} messages below` : 'To the latest message');
  }

  /** @param {any} row @returns {import('./dom.js').Item} */
  #item(row) {
    if (row.kind === 'day') {
      const text = dayLabel(row.at);
      return { key: row.key, sign: text, fill: (li) => fillDay(li, text) };
    }
    const { lead, state, author, message } = row;
    const sign = [lead, state, author, message.rev, message.id, message.editedAt].join('|');
    return { key: row.key, sign, fill: (li) => this.#fill(li, row) };
  }

  /** @param {HTMLElement} li @param {any} row */
  #fill(li, row) {
    const { lead, mine, state, author, message } = row;
    li.className = ['message', lead && 'lead', mine && 'mine', state].filter(Boolean).join(' ');
    const { id = '', seq = '', clientId } = message;
    Object.assign(li.dataset, { testid: 'message', state, id, seq, clientId: clientId ?? '' });
    refill(li,
      lead ? avatar(author) : h('span', { class: 'gutter' }, timeOf(row.at, { short: true })),
      h('div', { class: 'body' },
        h('p', { class: lead ? 'head' : 'head sr-only' },
          h('b', { class: 'author', data: { testid: 'message-author' } }, author), lead && timeOf(row.at)),
        text(message),
        this.#status(row)),
    );
  }

  /** @param {any} row */
  #status({ state, message }) {
    if (!STATE_TEXT[state]) return null;
    const status = h('p', { class: 'status' }, STATE_TEXT[state]);
    if (state === 'failed') {
      const { clientId } = message;
      status.append(
        `: ${message.error?.detail ?? 'refused'} `,
        quiet('Try again', 'retry', () => this.#chat.retry(clientId)),
        quiet('Discard', 'discard', () => this.#chat.discard(clientId)),
      );
    }
    return status;
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
    const { scrollTop, scrollHeight, clientHeight } = this.#scroll;
    this.#stick = scrollHeight - scrollTop - clientHeight < NEAR_PX;
    if (this.#stick) this.#unseen = 0;
    this.#drawJump();
    if (scrollTop < 2 * NEAR_PX && this.#room?.hasOlder) this.#older();
  }

  /** A failure leaves the button, and the next scroll tries again. */
  async #older() {
    await this.#room?.older().catch(() => {});
  }

  #toBottom() {
    this.#scroll.scrollTop = this.#scroll.scrollHeight;
  }
}

/** @param {import('../sdk/room.js').Room} room @param {number} count of rows */
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

/** @param {string} label @param {string} testid @param {() => void} onclick */
function quiet(label, testid, onclick) {
  return h('button', { class: 'quiet', type: 'button', data: { testid }, onclick }, label);
}

/** @param {any} message */
function text(message) {
  const data = { testid: 'message-text' };
  if (message.deletedAt) return h('p', { class: 'text deleted', data }, 'Message deleted');
  const edited = message.editedAt && h('small', { class: 'edited' }, ' (edited)');
  return h('p', { class: 'text', dir: 'auto', data }, ...linkified(message.content), edited);
}
