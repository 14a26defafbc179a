/**
 * MessageList: the scrolling log of one room, or of a thread in it.
 *
 * Draws a slice of the timeline (slice.js) that moves with the reader, keeps to the bottom while he is there
 * and what he looks at in its place when he is not (anchor.js), and has pages loaded before he comes to where
 * they are wanted. What is far away is let go of, in the page and in memory.
 */

import { Anchor } from './anchor.js';
import { attend } from './attention.js';
import { batched, h } from './dom.js';
import { Ends } from './ends.js';
import { MessageRows } from './messagerows.js';
import { Slice } from './slice.js';
import { timeline } from './timeline.js';

/** Closer to the end than this counts as being there. */
const NEAR_PX = 80;
/** With fewer rows in memory ahead of the reader the next page is loaded. */
const AHEAD = 60;
/** More messages than this are not kept in memory, and of a room that is left these newest ones. */
const KEPT = 600;
const LEFT = 50;

export class MessageList {
  #chat;
  #threaded;
  #rows;
  /** @type {import('./ends.js').Source | null} */
  #room = null;
  #slice = new Slice();
  #stick = true;
  #unseen = 0;
  /** Width and height at the last look, to tell a reader who scrolls from a page that is laid out anew. */
  #size = '';
  #scroll = h('div', {
    class: 'scroll', role: 'log', tabindex: '0', 'aria-label': 'Messages',
    onscroll: () => this.#scrolled(),
  });
  #anchor;
  #ends;

  /** Draws soon; many calls in one turn draw once. */
  render = batched(() => this.#render());

  /**
   * @param {import('../chatsphere.js').ChatSphere} chat
   * @param {import('./actions.js').Actions} actions
   * @param {{testid?: string, threaded?: boolean}} options threaded: it shows a thread
   */
  constructor(chat, actions, { testid = 'message-list', threaded = false } = {}) {
    this.#chat = chat;
    this.#threaded = threaded;
    this.#rows = new MessageRows(actions, threaded);
    this.#anchor = new Anchor(this.#scroll, this.#rows.element);
    this.#ends = new Ends({ older: () => this.#up(), newer: () => this.#down(), end: () => this.toEnd() }, threaded);
    this.#scroll.dataset.testid = testid;
    this.#scroll.append(this.#ends.top, this.#rows.element, this.#ends.bottom);
    attend(this.#scroll, this.#rows.toolbar, { start: () => this.toStart(), end: () => this.toEnd({ focus: true }) });
    this.element = h('div', { class: 'log' }, this.#scroll, this.#ends.jump);
    const sizes = new ResizeObserver(() => this.#resized() || this.#settle());
    sizes.observe(this.#scroll);
    sizes.observe(this.#rows.element);
  }

  /** @param {import('./ends.js').Source} room */
  show(room) {
    this.#letGo();
    this.#room = room;
    this.#slice = new Slice();
    this.#slice.fit(this.#scroll.clientHeight);
    this.#stick = true;
    this.#unseen = 0;
    if (room.hasNewer) this.toEnd();
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
    this.#stick = true;
    this.#unseen = 0;
    this.#render();
    if (focus) this.#rows.focusLast();
  }

  /** To the first message of all. */
  async toStart() {
    const room = this.#room;
    await room?.earliest().catch(() => {});
    if (room !== this.#room) return;
    this.#stick = false;
    if (!this.#lay()) return;
    this.#slice.center(0);
    this.#draw();
    this.#scroll.scrollTop = 0;
    this.#rows.focusFirst();
    this.#look();
  }

  /** What is there now, laid out in rows; the slice is where it was. */
  #lay() {
    const room = this.#room;
    const me = this.#chat.user;
    if (!room || !me) return false;
    if (room.hasNewer) this.#stick = false;
    const rows = timeline(room.messages, room.hasNewer ? [] : room.pending, me);
    this.#slice.lay(rows, { end: this.#stick });
    return true;
  }

  #render() {
    if (!this.#lay()) return;
    // What is at an edge may change (a day, who leads a group): it must not be in sight then.
    if (!this.#stick && this.#distances().above < this.#scroll.clientHeight) this.#slice.up();
    this.#draw();
  }

  /** Draws the slice; what can be seen stays where it is. */
  #draw() {
    const room = /** @type {import('./ends.js').Source} */ (this.#room);
    const { count, isAtStart, isAtEnd } = this.#slice;
    this.#anchor.renew();
    this.#scroll.setAttribute('aria-busy', String(room.state === 'loading'));
    // Who reads further up is not told what comes and goes there.
    this.#scroll.setAttribute('aria-live', this.#stick ? 'polite' : 'off');
    this.#ends.draw(room, { count, older: !isAtStart || room.hasOlder, newer: !isAtEnd || room.hasNewer });
    this.#rows.draw(this.#slice.rows, room.messages, this.#scroll);
    this.#settle();
    this.#anchor.hold();
    this.#ends.drawJump(this.#stick, this.#unseen);
    this.#grow();
  }

  /** This user's newest message that is still there. */
  get lastOwn() {
    const mine = (/** @type {any} */ { userId, deletedAt }) => userId === this.#chat.user?.id && !deletedAt;
    return this.#room?.hasNewer ? null : this.#room?.messages.filter(mine).pop() ?? null;
  }

  /** @returns {boolean} whether it has another size than at the last look */
  #resized() {
    const { clientWidth, clientHeight } = this.#scroll;
    const size = `${clientWidth}x${clientHeight}`;
    if (size === this.#size) return false;
    this.#size = size;
    this.#slice.fit(clientHeight);
    this.#settle();
    return true;
  }

  /** Its height has changed, not the reader's place. */
  #settle() {
    if (this.#stick) this.#scroll.scrollTop = this.#scroll.scrollHeight;
    else this.#anchor.restore();
  }

  #scrolled() {
    if (this.#resized()) return;
    this.#anchor.hold();
    this.#look();
    this.#grow();
  }

  #distances() {
    const { scrollTop, scrollHeight, clientHeight } = this.#scroll;
    return { above: scrollTop, below: scrollHeight - scrollTop - clientHeight };
  }

  /** Is the end in sight? */
  #look() {
    const isEnd = this.#slice.isAtEnd && !this.#room?.hasNewer;
    this.#stick = isEnd && this.#distances().below < NEAR_PX;
    if (this.#stick) this.#unseen = 0;
    this.#ends.drawJump(this.#stick, this.#unseen);
  }

  /** Has in the page, and in memory, what the reader comes to next. */
  #grow() {
    const { clientHeight } = this.#scroll;
    const { above, below } = this.#distances();
    const isShort = clientHeight > 0 && above + below < 2 * NEAR_PX; // there is nothing to scroll
    if (this.#stick && !isShort) return;
    if (above < clientHeight) this.#up();
    else if (below < clientHeight) this.#down();
    this.#ahead();
  }

  /** Further up by a step, or by the page before when there is none. */
  #up() {
    if (this.#slice.isAtStart) return this.#ahead();
    this.#slice.up();
    return this.#moved();
  }

  #down() {
    if (this.#slice.isAtEnd) return this.#ahead();
    this.#slice.down();
    return this.#moved();
  }

  /** Pages come before they are wanted; after a failure the next scroll tries again. */
  #ahead() {
    const room = /** @type {import('./ends.js').Source} */ (this.#room);
    if (this.#slice.above < AHEAD && room.hasOlder) room.older().catch(() => {});
    if (this.#slice.below < AHEAD && room.hasNewer) room.newer().catch(() => {});
  }

  #moved() {
    this.#forget();
    this.#draw();
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
