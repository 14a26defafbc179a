/**
 * Timeline: what a room's messages and the user's pending ones look like in a row.
 *
 * Pure. Decides day separators, where what is new begins, which message leads a group of its author's, and the key that ties a
 * pending message to the one it becomes in the log, so that the same element goes on to show it.
 */

import { dayKey } from './text.js';

/** Messages of one author within this time, and in one thread, form a group under one name. */
const GROUP_MS = 5 * 60_000;

/**
 * @typedef {object} Row
 * @property {'day' | 'new' | 'message'} kind new: the line above what is new
 * @property {string} key
 * @property {string} at RFC 3339
 * @property {boolean} [lead] first of its group
 * @property {boolean} [mine]
 * @property {string} [userId]
 * @property {string} [author]
 * @property {'stored' | 'sent' | 'sending' | 'waiting' | 'failed'} [state]
 * @property {any} [message] a Message or a Pending
 */

/**
 * @param {import('../sdk/types.js').Message[]} messages
 * @param {import('../sdk/types.js').Pending[]} pending
 * @param {import('../sdk/types.js').User} me
 * @param {number | null} line behind this seq others' messages are new
 * @returns {Row[]}
 */
export function timeline(messages, pending, me, line = null) {
  /** @type {Row[]} */
  const rows = [];
  /** @type {Row | null} */
  let last = null;
  let isNewYet = line === null;
  for (const row of [...messages.map((m) => storedRow(m, me)), ...pending.map((p) => pendingRow(p, me))]) {
    // The log's times never fall; a pending message has this machine's clock, which may be behind.
    if (last && row.at < last.at) row.at = last.at;
    const newDay = !last || dayKey(last.at) !== dayKey(row.at);
    if (newDay) rows.push({ kind: 'day', key: `d${row.key}`, at: row.at });
    const isFirstNew = !isNewYet && !row.mine && row.message.seq > /** @type {number} */ (line);
    if (isFirstNew) rows.push({ kind: 'new', key: 'new', at: row.at });
    isNewYet ||= isFirstNew;
    row.lead = newDay || isFirstNew || !last || last.userId !== row.userId || last.message.parentId != row.message.parentId
      || Date.parse(row.at) - Date.parse(last.at) > GROUP_MS;
    rows.push(row);
    last = row;
  }
  return rows;
}

/** @param {any} message @param {any} me @returns {Row} */
function storedRow(message, me) {
  const mine = message.userId === me.id;
  return {
    kind: 'message', message, mine, state: 'stored', at: message.createdAt, userId: message.userId,
    key: mine && message.clientId ? `c${message.clientId}` : `m${message.id}`,
    author: message.user?.username ?? 'Deleted account',
  };
}

/** @param {any} message @param {any} me @returns {Row} */
function pendingRow(message, me) {
  return {
    kind: 'message', message, mine: true, state: message.state, at: message.createdAt, userId: me.id,
    key: `c${message.clientId}`, author: me.username,
  };
}
