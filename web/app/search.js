/**
 * SearchDialog: messages by their words, over all rooms or in one, by everybody or by one. What is typed is
 * searched for after a short pause; arrow keys go through what was found, Enter goes there.
 */

import { openDialog } from './dialogs.js';
import { h, refill } from './dom.js';
import { PeopleField } from './people.js';
import { pieces } from './snippet.js';
import { avatar, briefly } from './text.js';

const PAUSE_MS = 250;
const PAGE = 25;
const QUERY_MAX = '200';

/** @typedef {import('../sdk/types.js').FoundMessage} FoundMessage */

export class SearchDialog {
  #chat;
  #nameOf;
  #go;
  #roomId;
  /** @type {FoundMessage[]} */
  #found = [];
  /** Counts searches: only the answer to the last one is shown. */
  #turn = 0;
  /** What the list answers. */
  #asked = '';
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #close = () => {};
  #input = h('input', {
    type: 'search', maxlength: QUERY_MAX, autocomplete: 'off', autofocus: true, 'aria-label': 'Search for',
    placeholder: 'Words, "a phrase"', data: { testid: 'search-input' }, oninput: () => this.#typed(),
  });
  #here = h('input', { type: 'checkbox', data: { testid: 'search-here' }, onchange: () => this.#search() });
  #sender;
  #status = h('p', { class: 'note', role: 'status', data: { testid: 'search-status' } });
  #list = h('ul', { class: 'found', data: { testid: 'search-results' } });
  #more = h('button', {
    class: 'quiet', type: 'button', hidden: true, data: { testid: 'search-more' }, onclick: () => this.#search(true),
  }, 'Older ones');

  /**
   * @param {import('../chatsphere.js').ChatSphere} chat
   * @param {{roomId: string, nameOf: (roomId: string) => string, go: (roomId: string, messageId: string) => void}} place
   *   roomId: the room that is shown
   */
  constructor(chat, { roomId, nameOf, go }) {
    this.#chat = chat;
    this.#roomId = roomId;
    this.#nameOf = nameOf;
    this.#go = go;
    this.#sender = new PeopleField(chat, { label: 'Only from', testid: 'search-from', changed: () => this.#search() });
  }

  /** @param {string} [words] to look for at once */
  show(words = '') {
    this.#input.value = words;
    const here = h('label', { class: 'check' }, this.#here, `Only in ${this.#nameOf(this.#roomId)}`);
    const content = h('div', { class: 'search', onkeydown: (/** @type {KeyboardEvent} */ event) => this.#key(event) },
      this.#input, h('div', { class: 'filters' }, here, this.#sender.element), this.#status, this.#list, this.#more);
    const dialog = openDialog('Search', [content], null);
    dialog.classList.add('wide');
    this.#close = () => dialog.close();
    dialog.addEventListener('close', () => clearTimeout(this.#timer));
    if (words) this.#search();
  }

  #typed() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#search(), PAUSE_MS);
  }

  /** @param {boolean} [further] the page behind what is shown */
  async #search(further = false) {
    clearTimeout(this.#timer);
    const turn = ++this.#turn;
    this.#asked = '';
    const q = this.#input.value.trim();
    const before = further ? this.#found.at(-1)?.id : undefined;
    const roomId = this.#here.checked ? this.#roomId : undefined;
    try {
      const [sender] = await this.#sender.people();
      const page = q ? await this.#chat.search(q, { roomId, from: sender?.id, before, limit: PAGE }) : [];
      if (turn !== this.#turn) return;
      this.#asked = q;
      this.#found = further ? [...this.#found, ...page] : page;
      this.#more.hidden = page.length < PAGE;
      this.#draw(q && summary(this.#found.length, !this.#more.hidden));
    } catch (error) {
      if (turn === this.#turn) this.#fail(error);
    }
  }

  /** @param {Error} error */
  #fail(error) {
    this.#found = [];
    this.#more.hidden = true;
    this.#draw(error.message);
  }

  /** @param {string} text */
  #draw(text) {
    this.#status.textContent = text;
    refill(this.#list, ...this.#found.map((message) => h('li', {}, this.#result(message))));
  }

  /** @param {FoundMessage} message */
  #result(message) {
    const { id, roomId, createdAt, user } = message;
    const author = user?.username ?? 'Deleted account';
    return h('button', {
      class: 'hit', type: 'button', data: { testid: 'search-result', roomId, messageId: id },
      onclick: () => {
        this.#close();
        this.#go(roomId, id);
      },
    }, avatar(author),
    h('span', { class: 'head' }, h('b', {}, author), ` in ${this.#nameOf(roomId)}`),
    h('span', { class: 'when' }, briefly(createdAt)),
    h('span', { class: 'snippet', dir: 'auto' }, ...pieces(message).map(({ text, hit }) => (hit ? h('mark', {}, text) : text))));
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.isComposing || this.#sender.element.contains(/** @type {Node} */ (event.target))) return;
    const all = [...this.#list.querySelectorAll('button')];
    const at = all.indexOf(document.activeElement);
    if (event.key === 'ArrowDown') (all[at + 1] ?? all[at])?.focus();
    else if (event.key === 'ArrowUp') (all[at - 1] ?? this.#input).focus();
    else if (event.key === 'Enter' && event.target === this.#input) this.#enter();
    else return;
    event.preventDefault();
  }

  /** To the first one, as soon as it is found. */
  async #enter() {
    if (this.#asked !== this.#input.value.trim()) await this.#search();
    this.#list.querySelector('button')?.click();
  }
}

/** @param {number} count @param {boolean} more */
function summary(count, more) {
  if (count === 0) return 'Nothing found';
  return count === 1 ? '1 message' : `${count}${more ? ' or more' : ''} messages`;
}
