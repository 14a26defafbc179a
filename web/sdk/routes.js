/**
 * Routes: the contract's routes beside a room's stream, each as a method of ChatSphere: people and the own
 * account here, rooms in roomroutes.js.
 *
 * Nothing is kept here; what comes from the server is passed on as it is, but for conversations, whose
 * routes are older than the others and speak another dialect.
 */

import { ask, at, get, query } from './ask.js';
import { RoomRoutes } from './roomroutes.js';

/** @typedef {import('./types.js').Conversation} Conversation */

/** The most that a list of conversations gives at once, and how many such pages are enough. */
const PAIRS = 100;
const PAIR_PAGES = 10;

export class Routes extends RoomRoutes {
  // ---- people

  /**
   * @param {string} text how the name begins
   * @param {{limit?: number}} options
   * @returns {Promise<import('./types.js').Person[]>} by name
   */
  async findUsers(text, { limit = 20 } = {}) {
    return get(this, `/api/users?${query({ query: text || undefined, limit })}`);
  }

  /** @param {string} userId @returns {Promise<import('./types.js').Person>} */
  async getUser(userId) {
    return get(this, at('/api/users', userId));
  }

  /**
   * Opens the conversation with somebody; there is one, whoever opens it.
   * @param {string} userId
   * @returns {Promise<string>} the room
   */
  async conversation(userId) {
    return (await ask(this, 'POST', '/api/conversations', { type: 'p2p', user_id: userId })).conversation_id;
  }

  /**
   * A group: a private room without further rules. It is new each time.
   * @param {string} name '' makes one of the members' names
   * @param {string[]} userIds the others
   * @returns {Promise<string>} the room
   */
  async createGroup(name, userIds) {
    const fields = { type: 'group', name: name || undefined, member_ids: userIds };
    return (await ask(this, 'POST', '/api/conversations', fields)).conversation_id;
  }

  /** @returns {Promise<Conversation[]>} those of two, and groups; with the latest news first, at most 1,000 */
  async conversations() {
    const all = [];
    for (let page = 0, before; page < PAIR_PAGES; page++) {
      /** @type {any[]} */
      const some = await get(this, `/api/conversations?${query({ limit: PAIRS, before })}`);
      all.push(...some);
      before = some[PAIRS - 1]?.conversation_id;
      if (!before) break;
    }
    return all.map(conversationOf);
  }

  /**
   * @param {string} q words, `"a phrase"`, `-word`, `or`, `from:name`, `in:room`
   * @param {{roomId?: string, from?: string, before?: string, limit?: number, sort?: 'newest' | 'rank'}} options
   *   before: the last message's id of the page before
   * @returns {Promise<import('./types.js').FoundMessage[]>} newest first
   */
  async search(q, options = {}) {
    return get(this, `/api/search?${query({ q, ...options })}`);
  }

  // ---- the own account

  /** @returns {Promise<import('./types.js').User>} */
  async me() {
    return get(this, '/auth/me');
  }

  /**
   * @param {{username?: string, fullName?: string | null, bio?: string | null, email?: string | null}} fields
   *   those to change; null clears
   * @returns {Promise<import('./types.js').Profile>}
   */
  async updateProfile(fields) {
    return (await ask(this, 'PUT', '/api/auth/profile', fields)).user;
  }

  /** All other sessions end.
   *  @param {string} current @param {string} wanted */
  async changePassword(current, wanted) {
    await ask(this, 'PUT', '/auth/me/password', { current_password: current, new_password: wanted });
  }

  /** @returns {Promise<import('./types.js').SessionInfo[]>} where this user is signed in */
  async sessions() {
    return get(this, '/auth/sessions');
  }

  /** @param {string} id */
  async endSession(id) {
    await ask(this, 'DELETE', at('/auth/sessions', id));
  }

  /** @returns {Promise<number>} how many have ended */
  async endOtherSessions() {
    return (await ask(this, 'POST', '/auth/logout-all', { keep_current: true })).ended;
  }

  /** @returns {Promise<import('./types.js').Token[]>} own API tokens, newest first */
  async tokens() {
    return get(this, '/api/tokens?limit=100');
  }

  /**
   * @param {{name?: string, permissions?: Record<string, boolean>, expiresAt?: string}} fields name: what it is for
   * @returns {Promise<import('./types.js').Token & {token: string}>} the token is shown this once
   */
  async createToken(fields = {}) {
    return ask(this, 'POST', '/api/tokens/user', fields);
  }

  /** @param {string} id */
  async revokeToken(id) {
    await ask(this, 'DELETE', at('/api/tokens', id));
  }
}

/** @param {any} given @returns {Conversation} */
function conversationOf({ conversation_id, type, name, created_at, members }) {
  return {
    id: conversation_id, kind: type, name, createdAt: created_at,
    members: members.map((/** @type {any} */ one) => ({ id: one.user_id, username: one.username })),
  };
}
