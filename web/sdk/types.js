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
 * @typedef {object} Reaction
 * @property {string} emoji
 * @property {number} count how many have given it
 * @property {{id: string, username: string | null}[]} users some of them
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
 * @property {boolean} [archived] it takes no posts
 * @property {number} [slowModeSeconds] between two messages of a member; 0 for none
 * @property {string} [peerId] of a p2p room, where somebody has looked it up: the other
 * @property {string} [createdAt]
 * @property {'owner' | 'moderator' | 'member' | null} [role] the own one
 * @property {string | null} [mutedUntil] until then this user may not write in it
 * @property {number} [lastSeq]
 * @property {Message | null} [lastMessage]
 * @property {number | null} [readSeq] how far this user has read
 * @property {number} [unread]
 * @property {number} [mentions] unread ones
 * @property {Member[]} [users] with GET /api/rooms/{id} only
 */

/**
 * @typedef {object} Banned
 * @property {string} id
 * @property {string} username
 */

/**
 * @typedef {object} Report
 * @property {string} id
 * @property {string} messageId
 * @property {string} reporterId
 * @property {string | null} reason
 * @property {string} createdAt
 * @property {string | null} resolvedAt
 */

/**
 * @typedef {object} Conversation
 * @property {string} id the room
 * @property {'p2p' | 'group'} kind
 * @property {string | null} name of a group
 * @property {string} createdAt
 * @property {{id: string, username: string}[]} members
 */

/**
 * @typedef {object} Person
 * @property {string} id
 * @property {string} username
 * @property {string | null} fullName
 * @property {string} role
 * @property {string | null} lastSeen
 * @property {string} createdAt
 * @property {string | null} [bio] of one, not in lists
 */

/**
 * @typedef {object} Profile
 * @property {string} id
 * @property {string} username
 * @property {string} role
 * @property {string | null} fullName
 * @property {string | null} bio
 * @property {string | null} email
 */

/**
 * A message that was searched for. In `snippet` U+0002 stands before and U+0003 behind each word found.
 * @typedef {Message & {snippet: string}} FoundMessage
 */

/**
 * @typedef {object} Invite
 * @property {string} id
 * @property {string} prefix the first characters of its code
 * @property {string | null} expiresAt
 * @property {number | null} maxUses
 * @property {number} uses
 * @property {string} createdBy
 * @property {string} createdAt
 */

/**
 * @typedef {object} SessionInfo
 * @property {string} id
 * @property {string | null} device_info the User-Agent at login
 * @property {string | null} ip_address
 * @property {string} created_at
 * @property {string | null} last_used_at
 * @property {string} expires_at
 * @property {boolean} current the one that asks
 */

/**
 * @typedef {object} Token
 * @property {string} id
 * @property {'USER' | 'CLIENT'} type
 * @property {string} userId its owner's
 * @property {string} username its owner's
 * @property {string | null} name what it is for
 * @property {string} prefix its first characters
 * @property {Record<string, boolean>} permissions
 * @property {string} createdAt
 * @property {string | null} expiresAt
 * @property {string | null} lastUsedAt
 * @property {boolean} revoked
 * @property {boolean} current
 */

/**
 * A page of history, oldest first, and the position in the log at which it was read.
 * @typedef {object} Page
 * @property {Message[]} messages
 * @property {string | null} epoch
 * @property {number | null} seq
 * @property {boolean} hasOlder
 * @property {boolean} [hasNewer]
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

/**
 * Somebody who is writing.
 * @typedef {{userId: string, username: string}} Typist
 */

export {};
