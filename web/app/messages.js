/**
 * MessageList: the scrolling log of one room, or of a thread in it.
 *
 * Draws a slice of the timeline (slice.js) that moves with the reader, keeps to the bottom while he is there
 * and what he looks at in its place when he is not (viewport.js), and has pages loaded before he comes to where
 * they are wanted. What is far away is let go of, in the page and in memory.
 */

import { attend } from './attention.js';
import { batched, h } from './dom.js';
import { Ends } from './ends.js';
import { MessageRows } from './messagerows.js';
import { Slice } from './slice.js';
import { timeline } from './timeline.js';
import { Viewport } from './viewport.js';

/** With fewer rows in memory ahead of the reader the next page is loaded. */
const AHEAD = 60;
/** More messages than this are not kept in memory, and of a room that is left these newest ones. */
const KEPT = 600;
const LEFT = 50;

/**
 * Whoever keeps how far a room has been read.
 * @typedef {object} Reader
 * @property {() => number | null} line behind this seq stands what is new
 * @property {() => number} unread so many are
 * @property {() => void} seen the end is in sight
 */

/** @type {Reader} */
const NOBODY = { line: () => null, unread: () => 0, seen: () => {} };

export class MessageList {
  #chat;
  #threaded;
  #rows;
  /** @type {import('./ends.js').Source | null} */
  #room = null;
  #slice = new Slice();
  #reader;
  #scroll = h('div', {
    class: 'scroll', role: 'log', tabindex: '0', 'aria-label': 'Messages',
  });
  #view;
  #ends;

  /** Draws soon; many calls in one turn draw once. */
  render = batched(() => this.#render());

  /**
   * @param {import('../chatsphere.js').ChatSphere} chat
   * @param {import('./actions.js').Actions} actions
   * @param {{testid?: string, threaded?: boolean, reader?: Reader}} options threaded: it shows a thread
   */
  constructor(chat, actions, { testid = 'message-list', threaded = false, reader = NOBODY } = {}) {
    this.#chat = chat;
    this.#reader = reader;
    this.#threaded = threaded;
    this.#rows = new MessageRows(actions, threaded);
    this.#view = new Viewport(this.#scroll, this.#rows.element, {
      scrolled: () => this.#scrolled(), resized: () => this.#resized(),
    });
    this.#ends = new Ends({ older: () => this.#up(), newer: () => this.#down(), end: () => this.toEnd() }, threaded);
    this.#scroll.dataset.testid = testid;
    this.#scroll.append(this.#ends.top, this.#rows.element, this.#ends.bottom);
    attend(this.#scroll, this.#rows.toolbar, { start: () => this.toStart(), end: () => this.toEnd({ focus: true }) });
    this.element = h('div', { class: 'log' }, this.#scroll, this.#ends.jump);
  }

  /** @param {import('./ends.js').Source} room */
  show(room) {
    this.#letGo();
    this.#room = room;
    this.#slice = new Slice();
    this.#slice.fit(this.#view.height);
    this.#view.stick = true;
    this.#view.by(0);
    if (room.hasNewer) this.toEnd();
    this.render();
  }

  /** @param {string} name of the room */
  name(name) {
    this.#scroll.setAttribute('aria-label', this.#threaded ? 'Thread' : `Messages in ${name}`);
  }

  /** Whether the reader sees the end of the log. */
  get isEndInSight() {
    return this.#view.stick && this.#view.isShown;
  }

  /** Other numbers are unread. */
  counted() {
    this.#ends.drawJump(this.#view.stick, this.#reader.unread());
  }

  /** Brings the line above what is new into sight, unless it can be seen beside the end. */
  toLine() {
    if (!this.#lay()) return;
    this.#draw();
    const line = () => this.#rows.line && this.#view.topOf(this.#rows.line);
    if (this.#view.stick && (line() ?? -1) >= 0) return;
    this.#view.stick = false;
    this.#slice.center(this.#slice.find(({ kind }) => kind === 'new'));
    this.#draw();
    this.#view.by((line() ?? 0) - this.#view.height / 6);
    this.#look();
  }

  /** Brings a message of the room into sight, and marks it for a moment.
   *  @param {string} id */
  reveal(id) {
    this.#view.stick = false;
    if (!this.#lay()) return;
    this.#slice.center(this.#slice.find(({ message }) => message?.id === id));
    this.#draw();
    if (this.#rows.mark(id)) this.#look(); // it may be at the end, and nothing may have moved
  }

  /** @param {{focus?: boolean}} then focus: on the last message */
  async toEnd({ focus = false } = {}) {
    const room = this.#room;
    await room?.latest().catch(() => {}); // the button stays
    if (room !== this.#room || room?.hasNewer) return;
    this.#view.stick = true;
    this.#render();
    if (focus) this.#rows.focusLast();
  }

  /** To the first message of all. */
  async toStart() {
    const room = this.#room;
    await room?.earliest().catch(() => {});
    this.#view.stick = false;
    if (room !== this.#room || !this.#lay()) return;
    this.#slice.center(0);
    this.#draw();
    this.#view.by(-this.#view.above);
    this.#rows.focusFirst();
    this.#look();
  }

  /** What is there now, laid out in rows; the slice is where it was. */
  #lay() {
    const room = this.#room;
    const me = this.#chat.user;
    if (!room || !me) return false;
    if (room.hasNewer) this.#view.stick = false;
    const rows = timeline(room.messages, room.hasNewer ? [] : room.pending, me, this.#reader.line());
    this.#slice.lay(rows, { end: this.#view.stick });
    return true;
  }

  #render() {
    if (this.#view.isStale) this.#look();
    if (!this.#lay()) return;
    // What is at an edge may change (a day, who leads a group): it must not be in sight then.
    if (!this.#view.stick && this.#view.above < this.#view.height) this.#slice.up();
    this.#draw();
  }

  /** Draws the slice; what can be seen stays where it is. */
  #draw() {
    const room = /** @type {import('./ends.js').Source} */ (this.#room);
    const { count, isAtStart, isAtEnd } = this.#slice;
    this.#forget();
    this.#scroll.setAttribute('aria-busy', String(room.state === 'loading'));
    // Who reads further up is not told what comes and goes there.
    this.#scroll.setAttribute('aria-live', this.#view.stick ? 'polite' : 'off');
    this.#view.steady(() => {
      this.#ends.draw(room, { count, older: !isAtStart || room.hasOlder, newer: !isAtEnd || room.hasNewer });
      this.#rows.draw(this.#slice.rows, room.messages, this.#scroll);
    });
    this.#told();
    this.#grow();
  }

  /** This user's newest message that is still there. */
  get lastOwn() {
    const mine = (/** @type {any} */ { userId, deletedAt }) => userId === this.#chat.user?.id && !deletedAt;
    return this.#room?.hasNewer ? null : this.#room?.messages.filter(mine).pop() ?? null;
  }

  #resized() {
    this.#slice.fit(this.#view.height);
    if (this.#room) this.#told();
  }

  #scrolled() {
    this.#look();
    this.#grow();
  }

  /** Is the end in sight? */
  #look() {
    this.#view.stick = this.#slice.isAtEnd && !this.#room?.hasNewer && this.#view.isNearEnd;
    this.#told();
  }

  #told() {
    this.counted();
    if (this.isEndInSight) this.#reader.seen();
  }

  /** Has in the page, and in memory, what the reader comes to next. */
  #grow() {
    const { stick, isShort, above, below, height } = this.#view;
    if (stick && !isShort) return;
    if (isShort || above < height) this.#up();
    else if (below < height) this.#down();
    this.#ahead();
  }

  /** Further up by a step, or by the page before when there is none. */
  #up() {
    if (this.#slice.isAtStart) return this.#ahead();
    this.#slice.up();
    return this.#draw();
  }

  #down() {
    if (this.#slice.isAtEnd) return this.#ahead();
    this.#slice.down();
    return this.#draw();
  }

  /** Pages come before they are wanted; after a failure the next scroll tries again. */
  #ahead() {
    const room = /** @type {import('./ends.js').Source} */ (this.#room);
    if (this.#slice.above < AHEAD && room.hasOlder) room.older().catch(() => {});
    if (this.#slice.below < AHEAD && room.hasNewer) room.newer().catch(() => {});
  }

  /** Of too many messages those go that are far away. */
  #forget() {
    const room = /** @type {import('./ends.js').Source} */ (this.#room);
    if (room.messages.length > KEPT) room.keep(...this.#slice.reach(KEPT / 4));
  }

  /** The room is left. */
  #letGo() {
    const room = this.#room;
    if (room && !room.hasNewer && room.messages.length > LEFT) room.keep(room.messages[room.messages.length - LEFT].seq);
  }
}
