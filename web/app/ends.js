/**
 * Ends: what stands at the ends of a list of messages: at the top and the bottom the way on, for whoever does not
 * scroll, or that there is nothing more; and over the list the button that leads down.
 */

import { h, icon, refill } from './dom.js';

/**
 * What a list shows: a Room, or a Thread.
 * @typedef {object} Source
 * @property {import('../sdk/types.js').Message[]} messages
 * @property {import('../sdk/types.js').Pending[]} pending
 * @property {string} state
 * @property {boolean} hasOlder
 * @property {boolean} hasNewer
 * @property {() => Promise<void>} older
 * @property {() => Promise<void>} newer
 * @property {() => Promise<void>} latest
 * @property {() => Promise<void>} earliest
 * @property {(first: number, last?: number) => void} keep
 */

export class Ends {
  #go;
  #threaded;
  top = h('div', { class: 'top' });
  bottom = h('div', { class: 'top', hidden: true });
  jump = h('button', { class: 'jump', type: 'button', hidden: true, data: { testid: 'jump' }, onclick: () => this.#go.end() });

  /**
   * @param {{older: () => void, newer: () => void, end: () => void}} go
   * @param {boolean} threaded they are of a thread
   */
  constructor(go, threaded) {
    this.#go = go;
    this.#threaded = threaded;
  }

  /**
   * @param {Source} room
   * @param {{count: number, older: boolean, newer: boolean}} rows how many there are, and whether there are more
   */
  draw(room, { count, older, newer }) {
    this.#fill(this.top, this.#threaded ? threadText(room) : topText(room, count, older), older && this.#go.older);
    this.#fill(this.bottom, newer ? 'Load newer messages' : '', newer && this.#go.newer);
  }

  /** @param {boolean} hidden @param {number} unseen new ones further down */
  drawJump(hidden, unseen) {
    this.jump.hidden = hidden;
    const text = unseen > 0 ? `${unseen} new ${unseen === 1 ? 'message' : 'messages'}` : 'Latest';
    if (this.jump.textContent === text) return;
    refill(this.jump, icon('down'), text);
    this.jump.setAttribute('aria-label', unseen > 0 ? `${text} below` : 'To the latest message');
  }

  /** @param {HTMLElement} end @param {string} text @param {false | (() => void)} go */
  #fill(end, text, go) {
    if (end.dataset.text === text) return;
    end.dataset.text = text;
    end.hidden = text === '';
    refill(end, go ? h('button', { class: 'quiet', type: 'button', onclick: go }, text) : h('p', {}, text));
  }
}

/** @param {Source} thread */
function threadText({ state }) {
  if (state === 'loading') return 'Loading…';
  return state === 'gone' ? 'The replies could not be loaded' : '';
}

/** @param {Source} room @param {number} count of rows @param {boolean} older */
function topText(room, count, older) {
  if (room.state === 'gone') return 'You cannot read this room any more';
  if (older) return 'Load older messages';
  if (count > 0) return 'This is where the conversation begins';
  return room.state === 'loading' ? 'Loading…' : 'Nothing here yet. Say hello!';
}
