/**
 * Routes: the contract's routes beside a room's stream, each as a method of ChatSphere.
 *
 * Nothing is kept here; what comes from the server is passed on as it is, but for conversations, whose
 * routes are older than the others and speak another dialect. Whoever extends this can `request`.
 */

import { Emitter } from './emitter.js';

/** @typedef {import('./types.js').RoomInfo} RoomInfo */
/** @typedef {import('./types.js').Conversation} Conversation */

/** The most that a list of conversations gives at once, and how many such pages are enough. */
const PAIRS = 100;
const PAIR_PAGES = 10;

export class Routes extends Emitter {
  /**
   * Any route of the contract, as this user.
   * @param {string} _method
   * @param {string} _path
   * @param {object} [_body]
   * @returns {Promise<{body: any, headers: Headers}>}
   */
  request(_method, _path, _body) {
    throw new Error('A subclass says how');
  }

  /** @param {string} path @returns {Promise<any>} */
  async #get(path) {
    return (await this.request('GET', path)).body;
  }

  /** @param {string} method @param {string} path @param {object} [body] @returns {Promise<any>} */
  async #do(method, path, body) {
    return (await this.request(method, path, body)).body;
  }

  // ---- rooms

  /** @returns {Promise<RoomInfo[]>} own rooms, the lobby among them */
  async rooms() {
    return this.#get('/api/rooms');
  }

  /** @returns {Promise<RoomInfo[]>} rooms that anyone may join */
  async publicRooms() {
    return this.#get('/api/rooms?public=true');
  }

  /** A room's data with its members.
   *  @param {string} roomId @returns {Promise<RoomInfo>} */
  async getRoom(roomId) {
    return this.#get(at('/api/rooms', roomId));
  }

  /**
   * @param {{name: string, description?: string, isPrivate?: boolean}} fields
   * @returns {Promise<RoomInfo>}
   */
  async createRoom(fields) {
    return this.#do('POST', '/api/rooms', fields);
  }

  /**
   * @param {string} roomId
   * @param {object} fields those to change, e.g. `name`, `description`, `archived`
   * @returns {Promise<RoomInfo>}
   */
  async updateRoom(roomId, fields) {
    return this.#do('PATCH', at('/api/rooms', roomId), fields);
  }

  /** @param {string} roomId */
  async deleteRoom(roomId) {
    await this.#do('DELETE', at('/api/rooms', roomId));
  }

  /** Becomes a member of a public room.
   *  @param {string} roomId */
  async joinRoom(roomId) {
    return this.#do('POST', `${at('/api/rooms', roomId)}/join`, {});
  }

  /** @param {string} roomId */
  async leaveRoom(roomId) {
    return this.#do('POST', `${at('/api/rooms', roomId)}/leave`, {});
  }

  /** @param {string} roomId @param {string} userId @param {string} [role] */
  async addMember(roomId, userId, role) {
    return this.#do('POST', `${at('/api/rooms', roomId)}/users`, { userId, role });
  }

  /** @param {string} roomId @param {string} userId @param {{ban?: boolean}} options ban: he cannot come back by himself */
  async removeMember(roomId, userId, { ban = false } = {}) {
    const member = at(`${at('/api/rooms', roomId)}/users`, userId);
    await this.#do('DELETE', ban ? `${member}?ban=true` : member);
  }

  /**
   * @param {string} roomId
   * @param {string} userId
   * @param {{role?: string, mutedUntil?: string | null}} fields
   */
  async updateMember(roomId, userId, fields) {
    return this.#do('PATCH', at(`${at('/api/rooms', roomId)}/users`, userId), fields);
  }

  // ---- invitations to rooms

  /**
   * @param {string} roomId
   * @param {{uses?: number, expires?: number | string | Date}} options how often it is good; until when:
   *   seconds from now, or a time
   * @returns {Promise<import('./types.js').Invite & {code: string}>} the code is shown this once
   */
  async invite(roomId, { uses, expires } = {}) {
    const end = typeof expires === 'number' ? { expiresIn: expires }
      : { expiresAt: expires && new Date(expires).toISOString() };
    return this.#do('POST', `${at('/api/rooms', roomId)}/invites`, { maxUses: uses, ...end });
  }

  /** @param {string} roomId @returns {Promise<import('./types.js').Invite[]>} those that are good, newest first */
  async invitations(roomId) {
    return this.#get(`${at('/api/rooms', roomId)}/invites`);
  }

  /** @param {string} roomId @param {string} inviteId */
  async revokeInvite(roomId, inviteId) {
    await this.#do('DELETE', at(`${at('/api/rooms', roomId)}/invites`, inviteId));
  }

  /** @param {string} code @returns {Promise<RoomInfo>} the room that this user is in now */
  async acceptInvite(code) {
    return this.#do('POST', at('/api/invites', code), {});
  }

  // ---- people

  /**
   * @param {string} text how the name begins
   * @param {{limit?: number}} options
   * @returns {Promise<import('./types.js').Person[]>} by name
   */
  async findUsers(text, { limit = 20 } = {}) {
    return this.#get(`/api/users?${query({ query: text || undefined, limit })}`);
  }

  /** @param {string} userId @returns {Promise<import('./types.js').Person>} */
  async getUser(userId) {
    return this.#get(at('/api/users', userId));
  }

  /**
   * Opens the conversation with somebody; there is one, whoever opens it.
   * @param {string} userId
   * @returns {Promise<string>} the room
   */
  async conversation(userId) {
    return (await this.#do('POST', '/api/conversations', { type: 'p2p', user_id: userId })).conversation_id;
  }

  /**
   * A group: a private room without further rules. It is new each time.
   * @param {string} name '' makes one of the members' names
   * @param {string[]} userIds the others
   * @returns {Promise<string>} the room
   */
  async createGroup(name, userIds) {
    const fields = { type: 'group', name: name || undefined, member_ids: userIds };
    return (await this.#do('POST', '/api/conversations', fields)).conversation_id;
  }

  /** @returns {Promise<Conversation[]>} those of two, and groups; with the latest news first, at most 1,000 */
  async conversations() {
    const all = [];
    for (let page = 0, before; page < PAIR_PAGES; page++) {
      /** @type {any[]} */
      const some = await this.#get(`/api/conversations?${query({ limit: PAIRS, before })}`);
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
    return this.#get(`/api/search?${query({ q, ...options })}`);
  }

  // ---- the own account

  /** @returns {Promise<import('./types.js').User>} */
  async me() {
    return this.#get('/auth/me');
  }

  /**
   * @param {{username?: string, fullName?: string | null, bio?: string | null, email?: string | null}} fields
   *   those to change; null clears
   * @returns {Promise<import('./types.js').Profile>}
   */
  async updateProfile(fields) {
    return (await this.#do('PUT', '/api/auth/profile', fields)).user;
  }

  /** All other sessions end.
   *  @param {string} current @param {string} wanted */
  async changePassword(current, wanted) {
    await this.#do('PUT', '/auth/me/password', { current_password: current, new_password: wanted });
  }

  /** @returns {Promise<import('./types.js').SessionInfo[]>} where this user is signed in */
  async sessions() {
    return this.#get('/auth/sessions');
  }

  /** @param {string} id */
  async endSession(id) {
    await this.#do('DELETE', at('/auth/sessions', id));
  }

  /** @returns {Promise<number>} how many have ended */
  async endOtherSessions() {
    return (await this.#do('POST', '/auth/logout-all', { keep_current: true })).ended;
  }

  /** @returns {Promise<import('./types.js').Token[]>} own API tokens, newest first */
  async tokens() {
    return this.#get('/api/tokens?limit=100');
  }

  /**
   * @param {{name?: string, permissions?: Record<string, boolean>, expiresAt?: string}} fields name: what it is for
   * @returns {Promise<import('./types.js').Token & {token: string}>} the token is shown this once
   */
  async createToken(fields = {}) {
    return this.#do('POST', '/api/tokens/user', fields);
  }

  /** @param {string} id */
  async revokeToken(id) {
    await this.#do('DELETE', at('/api/tokens', id));
  }
}

/** @param {string} path @param {string} id */
const at = (path, id) => `${path}/${encodeURIComponent(id)}`;

/** @param {Record<string, any>} fields those that are undefined are left out */
function query(fields) {
  const known = Object.entries(fields).filter(([, value]) => value !== undefined);
  return new URLSearchParams(known.map(([name, value]) => [name, String(value)]));
}

/** @param {any} given @returns {Conversation} */
function conversationOf({ conversation_id, type, name, created_at, members }) {
  return {
    id: conversation_id, kind: type, name, createdAt: created_at,
    members: members.map((/** @type {any} */ one) => ({ id: one.user_id, username: one.username })),
  };
}
