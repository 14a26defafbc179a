/**
 * RoomRoutes: the contract's routes about rooms, each as a method of ChatSphere: rooms themselves, who is in
 * them, how order is kept there, invitations. Nothing is kept here. Whoever extends this can `request`.
 */

import { ask, at, get, query } from './ask.js';
import { Emitter } from './emitter.js';

/** @typedef {import('./types.js').RoomInfo} RoomInfo */

export class RoomRoutes extends Emitter {
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

  /** @returns {Promise<RoomInfo[]>} own rooms, the lobby among them */
  async rooms() {
    return get(this, '/api/rooms');
  }

  /** @returns {Promise<RoomInfo[]>} rooms that anyone may join */
  async publicRooms() {
    return get(this, '/api/rooms?public=true');
  }

  /** A room's data with its members.
   *  @param {string} roomId @returns {Promise<RoomInfo>} */
  async getRoom(roomId) {
    return get(this, roomPath(roomId));
  }

  /**
   * @param {{name: string, description?: string, isPrivate?: boolean}} fields
   * @returns {Promise<RoomInfo>}
   */
  async createRoom(fields) {
    return ask(this, 'POST', '/api/rooms', fields);
  }

  /**
   * @param {string} roomId
   * @param {object} fields those to change, e.g. `name`, `description`, `archived`
   * @returns {Promise<RoomInfo>}
   */
  async updateRoom(roomId, fields) {
    return ask(this, 'PATCH', roomPath(roomId), fields);
  }

  /** @param {string} roomId */
  async deleteRoom(roomId) {
    await ask(this, 'DELETE', roomPath(roomId));
  }

  /** Becomes a member of a public room.
   *  @param {string} roomId */
  async joinRoom(roomId) {
    return ask(this, 'POST', `${roomPath(roomId)}/join`, {});
  }

  /** @param {string} roomId */
  async leaveRoom(roomId) {
    return ask(this, 'POST', `${roomPath(roomId)}/leave`, {});
  }

  /** @param {string} roomId @param {string} userId @param {string} [role] */
  async addMember(roomId, userId, role) {
    return ask(this, 'POST', `${roomPath(roomId)}/users`, { userId, role });
  }

  /** @param {string} roomId @param {string} userId @param {{ban?: boolean}} options ban: he cannot come back by himself */
  async removeMember(roomId, userId, { ban = false } = {}) {
    const member = at(`${roomPath(roomId)}/users`, userId);
    await ask(this, 'DELETE', ban ? `${member}?ban=true` : member);
  }

  /**
   * @param {string} roomId
   * @param {string} userId
   * @param {{role?: string, mutedUntil?: string | null}} fields
   */
  async updateMember(roomId, userId, fields) {
    return ask(this, 'PATCH', at(`${roomPath(roomId)}/users`, userId), fields);
  }

  // ---- order

  /** @param {string} roomId @returns {Promise<import('./types.js').Banned[]>} by their ids */
  async bans(roomId) {
    return get(this, `${roomPath(roomId)}/bans?limit=1000`);
  }

  /** He is no member by that, and may come again.
   *  @param {string} roomId @param {string} userId */
  async liftBan(roomId, userId) {
    await ask(this, 'DELETE', at(`${roomPath(roomId)}/bans`, userId));
  }

  /** Tells those who keep order about a message; once is enough.
   *  @param {string} roomId @param {string} messageId @param {string} [reason]
   *  @returns {Promise<import('./types.js').Report>} */
  async report(roomId, messageId, reason) {
    return ask(this, 'POST', `${at(`${roomPath(roomId)}/messages`, messageId)}/report`, reason ? { reason } : {});
  }

  /**
   * @param {string} roomId
   * @param {{limit?: number, after?: string}} options after: the last report of the page before
   * @returns {Promise<import('./types.js').Report[]>} those that are open, oldest first
   */
  async reports(roomId, options = {}) {
    return get(this, `${roomPath(roomId)}/reports?${query(options)}`);
  }

  /** Nothing more has to be done about it.
   *  @param {string} reportId */
  async resolveReport(reportId) {
    await ask(this, 'PUT', `${at('/api/reports', reportId)}/resolve`);
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
    return ask(this, 'POST', `${roomPath(roomId)}/invites`, { maxUses: uses, ...end });
  }

  /** @param {string} roomId @returns {Promise<import('./types.js').Invite[]>} those that are good, newest first */
  async invitations(roomId) {
    return get(this, `${roomPath(roomId)}/invites`);
  }

  /** @param {string} roomId @param {string} inviteId */
  async revokeInvite(roomId, inviteId) {
    await ask(this, 'DELETE', at(`${roomPath(roomId)}/invites`, inviteId));
  }

  /** @param {string} code @returns {Promise<RoomInfo>} the room that this user is in now */
  async acceptInvite(code) {
    return ask(this, 'POST', at('/api/invites', code), {});
  }

  /** One message as it is now.
   *  @param {string} roomId @param {string} messageId @returns {Promise<import('./types.js').Message>} */
  async getMessage(roomId, messageId) {
    return get(this, at(`${roomPath(roomId)}/messages`, messageId));
  }
}

/** @param {string} roomId */
const roomPath = (roomId) => at('/api/rooms', roomId);
