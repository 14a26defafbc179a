/**
 * PeopleField: a field in which people are named, one or several. While a name is typed, those that
 * begin so are offered; Enter or the choice of one puts him below the field, where several may be.
 */

import { h, icon, reconcile, refill } from './dom.js';

const PAUSE_MS = 200;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** @typedef {{id: string, username: string}} Named */

let made = 0;

export class PeopleField {
  #chat;
  #many;
  #changed;
  /** @type {Map<string, Named>} */
  #chosen = new Map();
  /** Offered last.
   *  @type {Named[]} */
  #offered = [];
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #options = h('datalist', { id: `people-${++made}` });
  #chips = h('ul', { class: 'chips' });
  #input = h('input', {
    list: this.#options.id, autocomplete: 'off', autocapitalize: 'none', spellcheck: 'false', maxlength: '100',
    oninput: (/** @type {Event} */ event) => this.#typed(event),
    onkeydown: (/** @type {KeyboardEvent} */ event) => this.#key(event),
  });

  /**
   * @param {import('../chatsphere.js').ChatSphere} chat
   * @param {{label: string, testid: string, many?: boolean, changed?: (count: number) => void}} options
   *   changed: others are chosen, or something else stands in the field of one
   */
  constructor(chat, { label, testid, many = false, changed = () => {} }) {
    this.#chat = chat;
    this.#many = many;
    this.#changed = changed;
    this.#input.dataset.testid = testid;
    this.#input.autofocus = many; // else it is not what one comes for
    this.element = h('div', { class: 'people' }, h('label', {}, label, this.#input), this.#options, this.#chips);
  }

  /** Who is chosen, with him whose name stands in the field; throws when nobody is called so.
   *  @returns {Promise<Named[]>} */
  async people() {
    const wanted = this.#input.value.trim();
    const last = wanted ? [await this.#find(wanted)] : [];
    return [...new Map([...this.#chosen, ...last.map((one) => /** @type {const} */ ([one.id, one]))]).values()];
  }

  /** @param {string} wanted a name, or an id */
  async #find(wanted) {
    if (UUID.test(wanted)) return { id: wanted.toLowerCase(), username: wanted };
    const isHim = (/** @type {Named} */ { username }) => username.toLowerCase() === wanted.toLowerCase();
    const found = this.#offered.find(isHim) ?? (await this.#chat.findUsers(wanted)).find(isHim);
    if (!found) throw new Error(`Nobody here is called “${wanted}”`);
    return found;
  }

  /** @param {Event} event */
  #typed(event) {
    this.#input.setCustomValidity('');
    const isPicked = !(event instanceof InputEvent) || event.inputType === 'insertReplacementText';
    const isOffered = this.#offered.some(({ username }) => username === this.#input.value);
    if (this.#many && isPicked && isOffered) this.#choose();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#offer(this.#input.value.trim()), PAUSE_MS);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (!this.#many || event.key !== 'Enter' || event.isComposing || !this.#input.value.trim()) return;
    event.preventDefault(); // it is for the form only when the field is empty
    this.#choose();
  }

  async #choose() {
    const wanted = this.#input.value.trim();
    try {
      const person = await this.#find(wanted);
      if (person.id !== this.#chat.user?.id) this.#chosen.set(person.id, person);
      if (this.#input.value.trim() === wanted) this.#input.value = '';
      this.#draw();
    } catch (error) {
      this.#input.setCustomValidity(error.message);
      this.#input.reportValidity();
    }
  }

  /** @param {string} text */
  async #offer(text) {
    const found = text ? await this.#chat.findUsers(text, { limit: 10 }).catch(() => []) : [];
    if (text !== this.#input.value.trim()) return;
    this.#offered = found.filter(({ id }) => id !== this.#chat.user?.id);
    refill(this.#options, ...this.#offered.map(({ username }) => h('option', { value: username })));
    if (!this.#many) this.#changed(0);
  }

  #draw() {
    reconcile(this.#chips, [...this.#chosen.values()].map(({ id, username }) => ({
      key: id, sign: username, fill: (li) => refill(li, username, this.#drop(id, username)),
    })));
    this.#changed(this.#chosen.size);
  }

  /** @param {string} id @param {string} username */
  #drop(id, username) {
    return h('button', {
      class: 'round', type: 'button', 'aria-label': `Not ${username}`, data: { testid: 'person-drop' },
      onclick: () => {
        this.#chosen.delete(id);
        this.#draw();
        this.#input.focus();
      },
    }, icon('close'));
  }
}
