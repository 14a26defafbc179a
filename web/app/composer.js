/**
 * Composer: where a message is written. Enter sends, Shift+Enter breaks the line; each room keeps
 * its own draft. It is there while offline, too: what is sent then waits in the outbox.
 */

import { h, icon } from './dom.js';

/** The server's limit, in code points; a warning shows shortly before. */
const CONTENT_MAX = 8000;
const WARN_AT = 7500;

export class Composer {
  #onSend;
  #roomId = '';
  /** @type {Map<string, string>} */
  #drafts = new Map();
  #count = h('span', { class: 'count', role: 'status' });
  #send = h('button', {
    class: 'round primary', type: 'submit', 'aria-label': 'Send', title: 'Send', data: { testid: 'send' },
  }, icon('send'));
  #text = h('textarea', {
    rows: '1', 'aria-label': 'Message', placeholder: 'Message', autocomplete: 'off', dir: 'auto',
    enterkeyhint: 'send', data: { testid: 'composer' },
    oninput: () => this.#changed(), onkeydown: (/** @type {KeyboardEvent} */ event) => this.#key(event),
  });

  /** @param {(content: string) => void} onSend */
  constructor(onSend) {
    this.#onSend = onSend;
    this.element = h('form', {
      class: 'composer',
      onsubmit: (/** @type {Event} */ event) => {
        event.preventDefault();
        this.#submit();
      },
    }, this.#text, this.#count, this.#send);
  }

  /** @param {string} roomId */
  show(roomId) {
    this.#drafts.set(this.#roomId, this.#text.value);
    this.#roomId = roomId;
    this.#text.value = this.#drafts.get(roomId) ?? '';
    this.#changed();
  }

  /** @param {string} name of the room */
  name(name) {
    const label = `Message ${name}`.trim();
    this.#text.placeholder = label;
    this.#text.setAttribute('aria-label', label);
  }

  focus() {
    this.#text.focus();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.#submit();
  }

  #submit() {
    const content = this.#text.value.trim();
    if (!content || [...content].length > CONTENT_MAX) return;
    this.#text.value = '';
    this.#changed();
    this.#onSend(content);
  }

  #changed() {
    const { value } = this.#text;
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
