/**
 * The shapes that travel, as JSDoc types. Nothing here exists at run time and no module imports this
 * file but in a type position; the fields are those of the contract, further ones may come and are
 * passed through untouched.
 */

/**
 * @typedef {object} User
 * @property {string} id
 * @property {string} username
 * @property {string} [role]
 */

/**
 * @typedef {object} Message
 * @property {string} id
 * @property {number} seq place in the room's log
 * @property {number} [rev] seq of its last change
 * @property {string} roomId
 * @property {string} userId
 * @property {string} content
 * @property {string} createdAt RFC 3339
 * @property {string | null} [editedAt]
 * @property {string | null} [deletedAt]
 * @property {string | null} [parentId] the message at the root of its thread
 * @property {number} [replyCount]
 * @property {Record<string, number>} [reactions] how many by emoji
 * @property {string | null} [clientId]
 * @property {User} [user]
 */

/**
 * @typedef {object} Member
 * @property {string} id
 * @property {string} username
 * @property {'owner' | 'moderator' | 'member'} role
 * @property {string} joinedAt
 * @property {string | null} mutedUntil null for who may speak
 */

/**
 * @typedef {object} RoomInfo
 * @property {string} id
 * @property {string} name
 * @property {string | null} [description]
 * @property {string} [kind] p2p, group or channel
 * @property {boolean} [isPrivate]
 * @property {string} [createdAt]
 * @property {number} [lastSeq]
 * @property {Message | null} [lastMessage]
 * @property {number} [unread]
 * @property {User[]} [users] with GET /api/rooms/{id} only
 */

/**
 * A page of history, oldest first, and the position in the log at which it was read.
 * @typedef {object} Page
 * @property {Message[]} messages
 * @property {string | null} epoch
 * @property {number | null} seq
 * @property {boolean} hasOlder
 */

/**
 * An event of the native dialect. Durable ones have roomId and seq.
 * @typedef {{type: string, roomId?: string, seq?: number, useq?: number, ref?: string | number,
 *            message?: Message, messageId?: string, [field: string]: any}} ChatEvent
 */

/**
 * An own message that the log does not show yet.
 * @typedef {object} Pending
 * @property {string} clientId
 * @property {string} roomId
 * @property {string} content
 * @property {string} [parentId] the message that it answers
 * @property {string} createdAt
 * @property {'waiting' | 'sending' | 'sent' | 'failed'} state waiting: for the connection, its turn or
 *   the server's retry time; sent: acknowledged, its event is still to come
 * @property {number} [seq] once sent
 * @property {{code: string, detail: string}} [error] once failed
 */

/** Somebody who is writing. @typedef {{userId: string, username: string}} Typist */

export {};
