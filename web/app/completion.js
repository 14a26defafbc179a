/**
 * Completion: the list above a text field that offers what may be meant (suggest.js). The field keeps the
 * focus: up and down go through the list, Enter or Tab take, Escape closes it until something else is begun.
 * Nothing is done while an input method composes but to look; Enter is the message's where what is written
 * is complete already. Fetched when there is first something to complete.
 */

import { h, refill } from './dom.js';
import { keyOf, triesAt } from './mentions.js';
import { styled } from './styles.js';
import { placeIn } from './suggest.js';

/** So long is a pause in typing in which the server is asked. */
const PAUSE_MS = 150;
const CARET_KEYS = new Set(['ArrowLeft', 'ArrowRight', 'Home', 'End']);

/** @typedef {import('./suggest.js').Place} Place */
/** @typedef {import('./suggest.js').Option} Option */

let made = 0;

export class Completion {
  #field;
  #around;
  #commanding;
  #id = `completion-${++made}`;
  /** @type {Place | null} */
  #place = null;
  /** What was closed, or taken, and stays so while it is only written on.
   *  @type {Place | null} */
  #done = null;
  /** @type {Option[]} */
  #options = [];
  #active = -1;
  #turn = 0;
  #list = h('ul', { class: 'options', role: 'listbox', id: this.#id, data: { testid: 'completions' } });
  #count = h('p', { class: 'sr-only', role: 'status' });
  /** The mouse does not take the focus; a finger's scrolling stays one. */
  #box = h('div', { class: 'completion', hidden: true, onmousedown: (/** @type {Event} */ event) => event.preventDefault() }, this.#list);

  /**
   * @param {HTMLTextAreaElement} field
   * @param {import('./actions.js').Around} around
   * @param {() => boolean} commanding whether a slash begins a command
   */
  constructor(field, around, commanding) {
    this.#field = field;
    this.#around = around;
    this.#commanding = commanding;
    field.before(this.#box, this.#count);
    field.addEventListener('blur', () => this.close());
    field.addEventListener('click', () => this.look());
    field.addEventListener('keyup', ({ key }) => { if (CARET_KEYS.has(key)) this.look(); });
  }

  /** The text or the caret is another now. */
  async look() {
    const turn = ++this.#turn;
    const place = this.#look();
    if (!place || !isSame(place, this.#done)) this.#done = null;
    if (!place || this.#done) return this.close();
    if (place.remote) await new Promise((done) => { setTimeout(done, PAUSE_MS); });
    const options = turn === this.#turn ? await Promise.resolve(place.options(this.#around)).catch(() => []) : [];
    await styled('completion');
    if (turn === this.#turn) this.#offer(place, options);
  }

  /** @returns {Place | null} */
  #look() {
    const { selectionStart, selectionEnd, value } = this.#field;
    if (selectionStart !== selectionEnd) return null;
    return placeIn(value.slice(0, selectionStart), this.#around, this.#commanding());
  }

  close() {
    this.#turn++;
    this.#place = null;
    this.#box.hidden = true;
    this.#count.textContent = '';
    for (const name of ['role', 'aria-expanded', 'aria-haspopup', 'aria-controls', 'aria-autocomplete', 'aria-activedescendant']) this.#field.removeAttribute(name);
  }

  /** @param {KeyboardEvent} event not of an input method @returns {boolean} whether it was for the list */
  key({ key, shiftKey, ctrlKey, altKey, metaKey }) {
    if (!this.#place || shiftKey || ctrlKey || altKey || metaKey) return false;
    const count = this.#options.length;
    if (key === 'ArrowDown') this.#activate((this.#active + 1) % count);
    else if (key === 'ArrowUp') this.#activate(this.#active <= 0 ? count - 1 : this.#active - 1);
    else if (key === 'Escape') this.#finish();
    else if (key === 'Tab' && this.#fits(Math.max(this.#active, 0))) this.#take(Math.max(this.#active, 0));
    else if (key === 'Enter' && this.#active >= 0 && this.#fits(this.#active)) this.#take(this.#active);
    else return false;
    return true;
  }

  /** Since it was offered more may have been written, and what that asks for is still to come.
   *  @param {number} at */
  #fits(at) {
    const now = this.#look();
    if (!now || !this.#place || now.from !== this.#place.from) return false;
    const [name, query] = [keyOf(this.#options[at].name), keyOf(now.query)];
    return now.query === this.#place.query || (name !== query && name.startsWith(query));
  }

  /** @param {Place} place @param {Option[]} options */
  #offer(place, options) {
    const exact = options.some(({ name }) => keyOf(name) === keyOf(place.query));
    if (options.length === 0 || (exact && options.length === 1)) return this.close();
    this.#place = place;
    this.#options = options;
    this.#list.setAttribute('aria-label', place.label);
    refill(this.#list, ...options.map((option, at) => this.#item(option, at)));
    this.#box.hidden = false;
    this.#count.textContent = options.length === 1 ? '1 suggestion' : `${options.length} suggestions`;
    const state = { role: 'combobox', 'aria-expanded': 'true', 'aria-haspopup': 'listbox', 'aria-controls': this.#id, 'aria-autocomplete': 'list' };
    for (const [name, value] of Object.entries(state)) this.#field.setAttribute(name, value);
    this.#activate(exact || place.query.endsWith(' ') ? -1 : 0); // then Enter is the message's
  }

  /** @param {Option} option @param {number} at */
  #item({ draw, name }, at) {
    return h('li', {
      role: 'option', id: `${this.#id}-${at}`, 'aria-selected': 'false', data: { testid: 'completion', name },
      onclick: () => this.#take(at), onmousemove: () => this.#active === at || this.#activate(at),
    }, ...draw());
  }

  /** @param {number} at */
  #activate(at) {
    this.#active = at;
    [...this.#list.children].forEach((item, i) => item.setAttribute('aria-selected', String(i === at)));
    const item = this.#list.children[at];
    if (!item) return this.#field.removeAttribute('aria-activedescendant');
    this.#field.setAttribute('aria-activedescendant', item.id);
    item.scrollIntoView({ block: 'nearest' });
  }

  /** @param {number} at */
  #take(at) {
    const { from } = /** @type {Place} */ (this.#place);
    const { text } = this.#options[at];
    const caret = this.#field.selectionStart;
    this.#finish();
    write(this.#field, from, caret, apart(text, this.#field.value.slice(caret)));
    const place = this.#look();
    if (place?.from !== from) return; // what a command takes
    this.close();
    this.#done = place;
  }

  #finish() {
    this.#done = this.#place;
    this.close();
  }
}

/** Still the one that is done with, only written on?
 *  @param {Place} place @param {Place | null} done */
function isSame(place, done) {
  return done?.kind === place.kind && done.from === place.from && place.query.startsWith(done.query);
}

/**
 * A name that is followed by something else needs a space, where it would not be known to end.
 * @param {string} text @param {string} after
 */
function apart(text, after) {
  const word = text.trimEnd();
  const ends = /^[^\s\p{L}\p{N}]/u.test(after) && triesAt(word + after, 0).includes(word.slice(1));
  return ends || after.startsWith(' ') ? word : `${word} `;
}

/** As if it were typed, so that it can be undone.
 *  @param {HTMLTextAreaElement} field @param {number} from @param {number} to @param {string} text */
function write(field, from, to, text) {
  field.focus();
  field.setSelectionRange(from, to);
  if (document.execCommand('insertText', false, text)) return;
  field.setRangeText(text, from, to, 'end');
  field.dispatchEvent(new Event('input', { bubbles: true }));
}
