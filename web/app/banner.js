/**
 * Banner: what the connection is doing, said only when there is trouble that lasts, and once more when it
 * is over. A listener hears each sentence once; what changes from second to second stands beside it.
 */

import { h } from './dom.js';
import { setBusy } from './focus.js';

/** A connection that is back sooner was never missed. */
const PATIENCE_MS = 1_000;
/** So long is it said that all is well again. */
const RELIEF_MS = 2_500;

export class Banner {
  #chat;
  #leave;
  #state = 'offline';
  /** When the next attempt is due. */
  #dueAt = 0;
  /** There was a connection once: now it is lost, not on its way. */
  #known = false;
  /** @type {'' | 'trouble' | 'relief'} */
  #shown = '';
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #patience;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #tick;
  #said = h('span', { role: 'status' });
  #detail = h('span', { class: 'detail' });
  #now = h('button', {
    class: 'quiet', type: 'button', hidden: true, data: { testid: 'connection-retry' }, onclick: () => this.#hurry(),
  }, 'Try now');
  element = h('div', { class: 'connection', data: { testid: 'connection-state', state: 'offline', shown: '' } },
    this.#said, this.#detail, this.#now);
  #network = () => this.#draw();

  /**
   * @param {import('../chatsphere.js').ChatSphere} chat
   * @param {() => void} leave takes the focus to where it is good for something
   */
  constructor(chat, leave) {
    this.#chat = chat;
    this.#leave = leave;
    addEventListener('online', this.#network);
    addEventListener('offline', this.#network);
  }

  dispose() {
    removeEventListener('online', this.#network);
    removeEventListener('offline', this.#network);
    clearTimeout(this.#patience);
    clearTimeout(this.#tick);
  }

  /** @param {{state: string, retryInMs?: number}} event */
  take({ state, retryInMs = 0 }) {
    this.#state = state;
    this.#dueAt = Date.now() + retryInMs;
    if (state === 'online') this.#over();
    else this.#begin();
    this.#draw();
  }

  #begin() {
    if (this.#shown === 'relief') this.#shown = '';
    this.#patience ??= setTimeout(() => this.#show('trouble'), PATIENCE_MS);
  }

  #over() {
    clearTimeout(this.#patience);
    this.#patience = undefined;
    this.#known = true;
    if (this.#shown !== 'trouble') return;
    this.#show('relief');
    setTimeout(() => { if (this.#shown === 'relief') this.#show(''); }, RELIEF_MS);
  }

  /** @param {'' | 'trouble' | 'relief'} shown */
  #show(shown) {
    this.#shown = shown;
    this.#draw();
  }

  #hurry() {
    if (this.#state === 'waiting') this.#chat.connect();
  }

  #draw() {
    const { dataset } = this.element;
    dataset.state = this.#state;
    dataset.shown = this.#shown;
    say(this.#said, this.#sentence());
    this.#count();
    setBusy(this.#state !== 'waiting', this.#now);
    if (this.#shown !== 'trouble' && document.activeElement === this.#now) this.#leave();
    this.#now.hidden = this.#shown !== 'trouble';
  }

  #sentence() {
    if (this.#shown !== 'trouble') return this.#shown && 'Back online';
    if (!navigator.onLine) return 'You are offline';
    return this.#known ? 'Connection lost' : 'Connecting…';
  }

  /** Draws the seconds, until they are over. */
  #count() {
    clearTimeout(this.#tick);
    const leftMs = this.#dueAt - Date.now();
    const waits = this.#shown === 'trouble' && this.#state === 'waiting';
    if (waits && leftMs > 0) this.#tick = setTimeout(() => this.#count(), leftMs % 1_000 || 1_000);
    const tries = this.#shown === 'trouble' && this.#known ? 'Connecting…' : '';
    say(this.#detail, waits ? `Next try in ${Math.max(1, Math.ceil(leftMs / 1_000))} s` : tries);
  }
}

/** What is there already is not said again.
 *  @param {HTMLElement} place @param {string} text */
function say(place, text) {
  if (place.textContent !== text) place.textContent = text;
}
