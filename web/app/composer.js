/**
 * Composer: where a message is written, or one that was sent is changed. Enter sends, Shift+Enter
 * breaks the line, ArrowUp in the empty field takes up the last own message, Escape lets go of it; each
 * place keeps its own draft (drafts.js). It is there while offline, too: what is sent then waits in the outbox.
 */

import { h, icon } from './dom.js';

/** The server's limit, in code points; a warning shows shortly before. */
const CONTENT_MAX = 8000;
const WARN_AT = 7500;

/**
 * @typedef {object} Parts
 * @property {(content: string) => void} send
 * @property {(messageId: string, content: string) => Promise<any>} save what a message says now
 * @property {() => void} typing called at every change
 * @property {import('./drafts.js').Drafts} drafts
 * @property {() => any} last the own message that ArrowUp takes up
 * @property {string} [testid]
 * @property {string} [sendTestid]
 */

export class Composer {
  #parts;
  #place = '';
  /**
   * The message that is being changed.
   * @type {any}
   */
  #edited = null;
  /** What stood here before. */
  #kept = '';
  #count = h('span', { class: 'count', role: 'status' });
  #error = h('span', { class: 'error', role: 'alert' });
  #banner = h('div', { class: 'banner', hidden: true, data: { testid: 'editing' } },
    h('span', {}, 'Editing a message'), this.#error,
    h('button', {
      class: 'quiet', type: 'button', data: { testid: 'edit-cancel' }, onclick: () => this.#release(),
    }, 'Cancel'));
  #send = h('button', {
    class: 'round primary', type: 'submit', 'aria-label': 'Send', title: 'Send',
  }, icon('send'));
  #text = h('textarea', {
    rows: '1', 'aria-label': 'Message', placeholder: 'Message', autocomplete: 'off', dir: 'auto',
    enterkeyhint: 'send', oninput: () => this.#typed(), onkeydown: (/** @type {KeyboardEvent} */ event) => this.#key(event),
  });

  /** @param {Parts} parts */
  constructor(parts) {
    this.#parts = parts;
    this.#text.dataset.testid = parts.testid ?? 'composer';
    this.#send.dataset.testid = parts.sendTestid ?? 'send';
    this.element = h('form', {
      class: 'composer',
      onsubmit: (/** @type {Event} */ event) => {
        event.preventDefault();
        this.#submit();
      },
    }, this.#banner, this.#text, this.#count, this.#send);
  }

  /** @param {string} place the room or thread to write in */
  show(place) {
    this.#release();
    this.#place = place;
    this.#fill(this.#parts.drafts.get(place));
  }

  /** @param {any} message an own one, to be changed */
  edit(message) {
    if (!this.#edited) this.#kept = this.#text.value;
    this.#edited = message;
    this.#error.textContent = '';
    this.#banner.hidden = false;
    this.#fill(message.content);
    this.focus();
  }

  /** @param {string} name what it is for */
  name(name) {
    const label = name.trim();
    this.#text.placeholder = label;
    this.#text.setAttribute('aria-label', label);
  }

  focus() {
    this.#text.focus();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const { value } = this.#text;
    const run = {
      Enter: !event.shiftKey && (() => this.#submit()),
      Escape: this.#edited && (() => this.#release()),
      ArrowUp: value === '' && !this.#edited && (() => this.#takeUp()),
    }[event.key];
    if (!run || event.isComposing) return;
    event.preventDefault();
    run();
  }

  #takeUp() {
    const message = this.#parts.last();
    if (message) this.edit(message);
  }

  #typed() {
    this.#changed();
    if (this.#text.value.trim() && !this.#edited) this.#parts.typing();
  }

  async #submit() {
    const content = this.#text.value.trim();
    if (!content || [...content].length > CONTENT_MAX) return;
    if (this.#edited) return this.#save(content);
    this.#fill('');
    this.#parts.send(content);
  }

  /**
   * Refused, it stays, and the reason stands above it.
   * @param {string} content
   */
  async #save(content) {
    const message = this.#edited;
    try {
      if (content !== message.content) await this.#parts.save(message.id, content);
      if (this.#edited === message) this.#release();
    } catch (error) {
      this.#error.textContent = error.message;
    }
  }

  /** No message is being changed any more. */
  #release() {
    if (!this.#edited) return;
    this.#edited = null;
    this.#banner.hidden = true;
    this.#fill(this.#kept);
  }

  /** @param {string} text */
  #fill(text) {
    this.#text.value = text;
    this.#changed();
  }

  #changed() {
    const { value } = this.#text;
    if (!this.#edited) this.#parts.drafts.put(this.#place, value);
    const length = [...value].length;
    this.#count.textContent = length > WARN_AT ? String(CONTENT_MAX - length) : '';
    this.#count.classList.toggle('over', length > CONTENT_MAX);
    this.#send.disabled = value.trim() === '' || length > CONTENT_MAX;
    this.#fit();
  }

  /** As many rows as the text has. */
  #fit() {
    const { style } = this.#text;
    // The form keeps its height meanwhile: the log above would grow and lose its place.
    this.element.style.height = `${this.element.offsetHeight}px`;
    style.height = 'auto';
    // Not laid out yet, or hidden: one row, as the markup says.
    if (this.#text.scrollHeight > 0) style.height = `${this.#text.scrollHeight}px`;
    this.element.style.height = '';
  }
}
