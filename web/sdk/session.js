/**
 * Session: who is signed in, and a token that works.
 *
 * Owns the keys `access_token` and `refresh_token` of the storage and beside them the user and the
 * token's expiry. A refresh token works once, so refreshing is exclusive: within this object by one
 * shared promise, between tabs by a Web Lock. Whoever gets the lock looks first whether another has
 * refreshed meanwhile. Where there are no locks, the server answers a second use of the same token
 * with the same successor for a few seconds.
 *
 * Storage is shared by all tabs: when one signs out or another person signs in, this session ends.
 * Emits `signedin` (user) and `signedout` (reason, see `end`).
 */

import { Emitter } from './emitter.js';
import { ChatError } from './error.js';

const ACCESS = 'access_token';
const REFRESH = 'refresh_token';
const EXPIRY = 'chatsphere.expires_at';
const USER = 'chatsphere.user';

/** What an end removes. After `elsewhere` the storage is the other tab's. */
const ENDING = {
  logout: [ACCESS, REFRESH, EXPIRY, USER],
  expired: [ACCESS, REFRESH, EXPIRY, USER],
  elsewhere: [],
  mismatch: [USER],
};

/** Renew this long before expiry, so that a request on its way does not meet it. */
const EARLY_MS = 20_000;

export class Session extends Emitter {
  #storage;
  #locks;
  #call;
  /** @type {import('./types.js').User | null} */
  #user = null;
  /** @type {Promise<string> | null} */
  #renewing = null;
  #life = new AbortController();

  /**
   * @param {{storage: import('./storage.js').Store, locks?: LockManager,
   *          call: import('./rest.js').Call}} parts
   */
  constructor({ storage, locks, call }) {
    super();
    this.#storage = storage;
    this.#locks = locks;
    this.#call = call;
    globalThis.addEventListener?.('storage', () => this.#compare());
  }

  get user() {
    return this.#user;
  }

  /** Aborted when this session ends: nobody waits for its answers then, which may be refusals by now. */
  get signal() {
    return this.#life.signal;
  }

  /** @param {string} username @param {string} password @param {object} [profile] */
  async register(username, password, profile = {}) {
    const body = { ...profile, username, password };
    return (await this.#call('POST', '/auth/register', { body })).body;
  }

  /** @param {string} username @param {string} password */
  async login(username, password) {
    const { body } = await this.#call('POST', '/auth/login', { body: { username, password } });
    this.#storage.setItem(USER, JSON.stringify(body.user));
    this.#keep(body);
    return this.#begin(body.user);
  }

  /** Takes up the session that the storage holds.
   *  @returns {Promise<import('./types.js').User | null>} null when there is none that still works */
  async resume() {
    if (!this.#storage.getItem(ACCESS)) return null;
    const known = this.#storedUser();
    if (known) return this.#begin(known);
    try {
      const user = await this.#whoAmI();
      this.#storage.setItem(USER, JSON.stringify(user));
      return this.#begin(user);
    } catch (error) {
      if (error.passing) throw error;
      return null;
    }
  }

  /** The user has another name now.
   *  @param {string} username */
  rename(username) {
    if (!this.#user) return;
    this.#user = { ...this.#user, username };
    this.#storage.setItem(USER, JSON.stringify(this.#user));
  }

  /** Ends the session here and, as far as it can be reached, at the server. */
  async logout() {
    const token = this.#storage.getItem(ACCESS);
    this.end('logout');
    if (token) await this.#call('POST', '/auth/logout', { body: {}, token }).catch(() => {});
  }

  /** @returns {Promise<string>} a token that is not about to expire */
  async token() {
    const token = this.#storage.getItem(ACCESS);
    if (!token) throw ChatError.signedOut();
    const expiry = Number(this.#storage.getItem(EXPIRY));
    return expiry && Date.now() > expiry - EARLY_MS ? this.renew(token) : token;
  }

  /**
   * A token other than `stale`, which the server no longer takes. Callers at the same time share one
   * refresh. When the server refuses it the session ends.
   * @param {string} stale
   * @returns {Promise<string>}
   */
  renew(stale) {
    this.#renewing ??= this.#exclusively(() => this.#refresh(stale))
      .finally(() => { this.#renewing = null; });
    return this.#renewing;
  }

  /**
   * `elsewhere`: another tab has changed the storage. `mismatch`: the tokens work, but they are
   * somebody else's than the stored user.
   * @param {keyof typeof ENDING} reason
   */
  end(reason) {
    for (const key of ENDING[reason]) this.#storage.removeItem(key);
    if (!this.#user) return;
    this.#user = null;
    this.#life.abort();
    this.emit('signedout', reason);
  }

  /** @param {() => Promise<string>} task @returns {Promise<string>} */
  async #exclusively(task) {
    return this.#locks ? this.#locks.request('chatsphere.refresh', task) : task();
  }

  /** @param {string} stale @returns {Promise<string>} */
  async #refresh(stale) {
    const current = this.#storage.getItem(ACCESS);
    if (current && current !== stale) return current;
    const spent = this.#storage.getItem(REFRESH);
    try {
      if (!spent) throw ChatError.signedOut();
      const { body } = await this.#call('POST', '/auth/refresh', { body: { refresh_token: spent } });
      if (this.#storage.getItem(REFRESH) === spent) this.#keep(body);
    } catch (error) {
      if (error.passing) throw error;
      // Refused. Unless another tab has put in a newer pair meanwhile, this was the last one.
      if (this.#storage.getItem(REFRESH) === spent) this.end('expired');
    }
    const renewed = this.#storage.getItem(ACCESS);
    if (!renewed || renewed === stale) throw ChatError.signedOut('Your session has ended');
    return renewed;
  }

  /** Before the user is known, a refused token must not end more than this attempt. */
  async #whoAmI() {
    const token = await this.token();
    try {
      return (await this.#call('GET', '/auth/me', { token })).body;
    } catch (error) {
      if (error.status !== 401) throw error;
      return (await this.#call('GET', '/auth/me', { token: await this.renew(token) })).body;
    }
  }

  /** @param {{access_token: string, refresh_token: string, expires_in?: number}} pair */
  #keep({ access_token: access, refresh_token: refresh, expires_in: seconds }) {
    this.#storage.setItem(REFRESH, refresh);
    this.#storage.setItem(EXPIRY, seconds ? String(Date.now() + seconds * 1000) : '');
    this.#storage.setItem(ACCESS, access);
  }

  /** @param {import('./types.js').User} user */
  #begin(user) {
    this.#user = user;
    this.#life = new AbortController();
    this.emit('signedin', user);
    return user;
  }

  /** @returns {import('./types.js').User | null} */
  #storedUser() {
    try {
      return JSON.parse(this.#storage.getItem(USER) ?? 'null');
    } catch {
      return null;
    }
  }

  /** Another tab has changed the storage: is it still this user's? */
  #compare() {
    if (!this.#user) return;
    const same = this.#storage.getItem(ACCESS) && this.#storedUser()?.id === this.#user.id;
    if (!same) this.end('elsewhere');
  }
}
