/**
 * Composer: where a message is written, or one that was sent is changed. Enter sends, Shift+Enter
 * breaks the line, ArrowUp in the empty field takes up the last own message, Escape lets go of it; each
 * place keeps its own draft (drafts.js). It is there while offline, too: what is sent then waits in the outbox.
 * Completion and commands are fetched when an @ or a slash is first typed.
 */

import { h, icon, refill } from './dom.js';
import { fit } from './fit.js';

/** The server's limit, in code points; a warning shows shortly before. */
const CONTENT_MAX = 8000;
const WARN_AT = 7500;
/** A slash and a word, and nothing but a space behind it: paths are no commands. */
const COMMAND = /^\/[a-z]+(?!\S)/i;
/** The same with more slashes is a message, with one less of them. */
const ESCAPED = /^\/(?=\/+[a-z]+(?!\S))/i;
/** Where completion may have something to offer. */
const HINTED = /@|^\//;

/**
 * @typedef {object} Parts
 * @property {(content: string) => void} send
 * @property {import('./actions.js').Around} around
 * @property {() => any} last the own message that ArrowUp takes up
 * @property {string} [testid]
 * @property {string} [sendTestid]
 */

export class Composer {
  #parts;
  /** @type {import('./completion.js').Completion | null} */
  #completion = null;
  /** What this user may do here just now (gate.js). */
  #gate = '';
  /** A command is being run. */
  #busy = false;
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
  /** What there is to say about what was written. */
  #note = h('div', { class: 'banner', hidden: true, data: { testid: 'composer-note' } });
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
    }, this.#note, this.#banner, this.#text, this.#count, this.#send);
  }

  /** @param {string} place the room or thread to write in */
  show(place) {
    this.#release();
    this.#say('');
    this.#place = place;
    this.#fill(this.#parts.around.page.drafts.get(place));
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

  /** @param {'' | 'wait' | 'shut' | string} kind wait: nothing is sent; shut: nothing is written either */
  gate(kind) {
    this.#gate = kind;
    this.#text.disabled = kind === 'shut';
    if (kind === 'shut') this.#release();
    this.#changed();
  }

  focus() {
    this.#text.focus();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.isComposing || event.keyCode === 229) return; // an input method's; Safari says so in the second way
    const { value } = this.#text;
    const run = this.#completion?.key(event) ? () => {} : {
      Enter: !event.shiftKey && (() => this.#submit()),
      Escape: this.#edited && (() => this.#release()),
      ArrowUp: value === '' && !this.#edited && (() => this.#takeUp()),
    }[event.key];
    if (!run) return;
    event.preventDefault();
    run();
  }

  #takeUp() {
    const message = this.#parts.last();
    if (message) this.edit(message);
  }

  #typed() {
    const { value } = this.#text;
    this.#changed();
    this.#say('');
    this.#complete();
    if (value.trim() && !this.#edited && !value.startsWith('/')) this.#parts.around.room().typing();
  }

  /** A failure to fetch it leaves the field as it is. */
  async #complete() {
    if (!this.#completion && HINTED.test(this.#text.value)) {
      const { Completion } = await import('./completion.js').catch(() => ({ Completion: null }));
      if (Completion) this.#completion ??= new Completion(this.#text, this.#parts.around, () => !this.#edited);
    }
    this.#completion?.look();
  }

  async #submit() {
    const { value } = this.#text;
    const content = value.trim();
    if (!content || [...content].length > CONTENT_MAX || this.#busy || this.#isHeld) return;
    if (this.#edited) return this.#save(content);
    if (COMMAND.test(value)) return this.#command(content);
    this.#post(content.replace(ESCAPED, ''));
  }

  /** What was sent already can be changed while the next message has to wait. */
  get #isHeld() {
    return this.#gate === 'shut' || (this.#gate === 'wait' && !this.#edited);
  }

  /** @param {string} content */
  #post(content) {
    this.#fill('');
    this.#say('');
    this.#parts.send(content);
  }

  /**
   * What it does is done once; what was written is gone only when it has succeeded.
   * @param {string} text
   */
  async #command(text) {
    const place = this.#place;
    const { around, send } = this.#parts;
    const info = around.info() ?? { id: around.room().id, name: '' };
    const here = () => place === this.#place;
    this.#busy = true;
    try {
      const { runCommand } = await import('./commands.js').catch(() => { throw new Error('Commands need a connection.'); });
      if (!here()) return; // it was left meanwhile: it is a draft now
      const said = await runCommand(text, { around, info, send: (content) => here() && send(content) });
      this.#ran(place, text, said ?? '');
    } catch (error) {
      if (here()) this.#say(error.message, error.unknown && text);
    } finally {
      this.#busy = false;
    }
  }

  /** @param {string} place where it was written @param {string} text @param {string} said */
  #ran(place, text, said) {
    const { drafts } = this.#parts.around.page;
    if (place !== this.#place) return drafts.get(place).trim() === text && drafts.put(place, '');
    if (this.#text.value.trim() === text) this.#fill('');
    this.#say(said);
  }

  /** @param {string} text @param {string} [refused] a command that there is not: perhaps it is none */
  #say(text, refused) {
    this.#note.hidden = !text;
    refill(this.#note, text && h('span', { role: 'alert' }, text), refused && h('button', {
      class: 'quiet', type: 'button', data: { testid: 'send-as-text' }, onclick: () => this.#post(refused),
    }, 'Send it as a message'));
  }

  /**
   * Refused, it stays, and the reason stands above it.
   * @param {string} content
   */
  async #save(content) {
    const message = this.#edited;
    try {
      if (content !== message.content) await this.#parts.around.room().edit(message.id, content);
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
    if (this.element.contains(document.activeElement)) this.focus(); // the pressed button may be gone
    this.#text.value = text;
    this.#completion?.close();
    this.#changed();
  }

  #changed() {
    const { value } = this.#text;
    if (!this.#edited) this.#parts.around.page.drafts.put(this.#place, value);
    const length = [...value].length;
    this.#count.textContent = length > WARN_AT ? String(CONTENT_MAX - length) : '';
    this.#count.classList.toggle('over', length > CONTENT_MAX);
    this.#send.disabled = value.trim() === '' || length > CONTENT_MAX || this.#isHeld;
    fit(this.element, this.#text);
  }
}
