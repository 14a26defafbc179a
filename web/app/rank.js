/**
 * Rank: how far somebody may go in a room. The server decides; what it would refuse is not offered.
 */

import { LOBBY_ID } from '../chatsphere.js';

/** Their order: each may do what the ones before may, and only to those before. */
export const RANK = { none: 0, member: 1, moderator: 2, owner: 3 };

const STAFF = new Set(['admin', 'moderator']);

/** @param {string | null} [role] in a room */
export function rankOf(role) {
  return RANK[/** @type {keyof typeof RANK} */ (role ?? 'none')] ?? RANK.none;
}

/**
 * The own one; whoever keeps order on this server does so in all public rooms.
 * @param {import('../sdk/types.js').RoomInfo} info
 * @param {import('../sdk/types.js').User | null} user
 */
export function ownRank({ kind, isPrivate, role }, user) {
  const isStaff = kind === 'channel' && !isPrivate && STAFF.has(user?.role?.toLowerCase() ?? '');
  return Math.max(rankOf(role), isStaff ? RANK.moderator : RANK.none);
}

/**
 * Is there anything for this user to do about the room itself?
 * @param {import('../sdk/types.js').RoomInfo | undefined} info
 * @param {import('../sdk/types.js').User | null} user
 */
export function hasSettings(info, user) {
  if (!info || info.kind === 'p2p') return false;
  return info.id !== LOBBY_ID || ownRank(info, user) >= RANK.moderator;
}
