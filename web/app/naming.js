/**
 * Naming: whom an @ means in the shown room. The members are loaded when a text that is drawn, or written,
 * first names somebody, and again when they have changed; in the lobby, which is everybody's and has no
 * list, names are looked up one after another.
 */

import { LOBBY_ID } from '../chatsphere.js';
import { EVERYBODY, keyOf, mentionsIn, triesAt } from './mentions.js';

const CHANGES = new Set(['member_joined', 'member_left', 'member_updated']);
/** Nobody can make a reader's page ask for more names than this, whatever he writes. */
const LOOKUPS_MAX = 60;
const MARKS_MAX = 200;
/** Many who come at once make one list. */
const SOON_MS = 1_000;

/** @typedef {{id: string, username: string}} Named */

/**
 * Whom one message names.
 * @typedef {object} Mentions
 * @property {string} sign changes when it would be drawn in another way
 * @property {boolean} own this user is named
 * @property {(text: string, at: number) => {length: number, own: boolean} | null} at what the @ there begins
 */

export class Naming {
  #chat;
  #changed;
  /** @type {import('../sdk/room.js').Room | null} */
  #room = null;
  /** By the keys of their names.
   *  @type {Map<string, Named>} */
  #people = new Map();
  /** Of the list of this room, once it is wanted.
   *  @type {Promise<void> | null} */
  #loading = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #soon;
  /** Names that were asked for in the lobby, and the asking, one at a time.
   *  @type {Set<string>} */
  #asked = new Set();
  #asking = Promise.resolve();

  /** @param {import('../chatsphere.js').ChatSphere} chat @param {() => void} changed texts may look different now */
  constructor(chat, changed) {
    this.#chat = chat;
    this.#changed = changed;
  }

  /** @param {import('../sdk/room.js').Room} room */
  show(room) {
    this.dispose();
    this.#room = room;
    this.#people = new Map();
    this.#asked = new Set();
    this.#loading = null;
  }

  /** @param {import('../sdk/types.js').ChatEvent} event of the shown room */
  happened({ type }) {
    if (!CHANGES.has(type) || !this.#loading) return;
    this.#soon ??= setTimeout(() => {
      this.#soon = undefined;
      this.#loading = null;
      this.load();
    }, SOON_MS);
  }

  dispose() {
    clearTimeout(this.#soon);
    this.#soon = undefined;
  }

  /** Has the list of members; a failure is tried again at the next occasion. */
  load() {
    const room = this.#room;
    if (!room) return Promise.resolve();
    this.#loading ??= room.members().then((members) => {
      if (room !== this.#room) return;
      this.#people = new Map();
      this.#learn(members);
    }, () => { if (room === this.#room) this.#loading = null; });
    return this.#loading;
  }

  /** The members as far as they are known, this user not among them; in the lobby those who have been looked for. */
  get others() {
    return [...this.#people.values()].filter(({ id }) => id !== this.#chat.user?.id);
  }

  /**
   * @param {{content: string, userId?: string}} message without a user it is this one's
   * @returns {Mentions | null} null when it names nobody
   */
  in({ content, userId }) {
    const me = this.#chat.user?.id ?? '';
    const author = userId ?? me;
    /** Whether it is the own one, by key. @type {Map<string, boolean>} */
    const named = new Map();
    for (const tries of mentionsIn(content)) {
      const [key, id] = this.#find(tries) ?? [];
      if (key && id !== author) named.set(key, id === me || (!id && author !== me));
    }
    return named.size > 0 ? this.#mentions(named) : null;
  }

  /** @param {Map<string, boolean>} named @returns {Mentions} */
  #mentions(named) {
    let left = MARKS_MAX;
    return {
      sign: [...named].join(),
      own: [...named.values()].includes(true),
      at: (text, at) => {
        if (left-- <= 0) return null;
        const [key = '', , length = 0] = this.#find(triesAt(text, at)) ?? [];
        const own = named.get(key);
        return own === undefined ? null : { length: length + 1, own };
      },
    };
  }

  /** The first that is somebody's counts.
   *  @param {string[]} tries
   *  @returns {[key: string, id: string, length: number] | null} everybody has no id */
  #find(tries) {
    for (const name of tries) {
      const key = keyOf(name);
      if (key === EVERYBODY) return [key, '', name.length];
      const id = this.#people.get(key)?.id ?? this.#own(key);
      if (id) return [key, id, name.length];
    }
    if (tries.length > 0) this.#ask(tries);
    return null;
  }

  /** This user is here, whatever is known of others.
   *  @param {string} key */
  #own(key) {
    const { id = '', username = '' } = this.#chat.user ?? {};
    return key === keyOf(username) ? id : '';
  }

  /** @param {string[]} tries nobody that is known */
  #ask(tries) {
    if (this.#room?.id === LOBBY_ID) this.#askFor(tries);
    else this.load();
  }

  /** @param {string[]} tries */
  #askFor(tries) {
    const shortest = keyOf(tries[tries.length - 1]);
    if (this.#asked.has(shortest) || this.#asked.size === LOOKUPS_MAX) return;
    this.#asked.add(shortest);
    this.#asking = this.#asking.then(() => this.#lookUp(tries)).catch(() => this.#asked.delete(shortest)).then(() => {});
  }

  /** @param {string[]} tries */
  async #lookUp(tries) {
    const room = this.#room;
    if (room?.id !== LOBBY_ID) return;
    const { peopleCalled } = await import('./lookup.js');
    const found = await peopleCalled(this.#chat, tries);
    if (room === this.#room) this.#learn(found);
  }

  /** @param {Named[]} people */
  #learn(people) {
    for (const { id, username } of people) this.#people.set(keyOf(username), { id, username });
    this.#changed();
  }
}
