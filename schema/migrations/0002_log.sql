-- 0002_log: rooms, their members, and the log that everything durable goes into.
--
-- The log of a room is two tables with one key, (room_id, seq): messages and room_events. seq runs
-- from room_seq.first_seq to room_seq.last_seq without a hole over both together. All of it is
-- written by the functions only, under the lock of the room's row in room_seq.
--
-- Keys begin with room_id, so that the log can be hash-partitioned by room. What hangs on
-- (room_id, seq) has no foreign keys: it is written under the room's lock beside the row that it
-- names, and a check would take one more row lock at every message. For the same reason messages
-- refer to users and rooms without a constraint: a foreign key would lock the sender's and the
-- room's row at each insert, and neither is ever deleted (users are anonymised, rooms marked).

CREATE TABLE chat.rooms (
    id                 uuid        PRIMARY KEY,
    kind               text        NOT NULL CHECK (kind IN ('p2p', 'group', 'channel')),
    name               text        CHECK (char_length(name) BETWEEN 1 AND 255),
    description        text        CHECK (char_length(description) <= 4000),
    is_private         boolean     NOT NULL DEFAULT false,
    is_lobby           boolean     NOT NULL DEFAULT false,
    history_visibility text        NOT NULL DEFAULT 'all'
                                   CHECK (history_visibility IN ('all', 'since_join')),
    slow_mode_s        int         NOT NULL DEFAULT 0 CHECK (slow_mode_s BETWEEN 0 AND 86400),
    created_by         uuid        REFERENCES chat.users,  -- no cascade: it would erase others' words
    created_at         timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at         timestamptz NOT NULL DEFAULT clock_timestamp(),
    archived_at        timestamptz,
    deleted_at         timestamptz,
    CHECK (kind = 'p2p' OR name IS NOT NULL),
    CHECK (kind <> 'p2p' OR is_private)
);
CREATE UNIQUE INDEX rooms_one_lobby ON chat.rooms (is_lobby) WHERE is_lobby;
CREATE INDEX rooms_public ON chat.rooms (id) WHERE NOT is_private AND deleted_at IS NULL;

-- The counter of a room, and its lock. Narrow, half-filled pages and no other index: every message
-- updates it, and the update must stay HOT.
CREATE TABLE chat.room_seq (
    room_id   uuid        PRIMARY KEY REFERENCES chat.rooms,
    last_seq  bigint      NOT NULL DEFAULT 0,
    msg_count bigint      NOT NULL DEFAULT 0,   -- the last msg_no
    first_seq bigint      NOT NULL DEFAULT 1,   -- retention raises it
    member_count bigint   NOT NULL DEFAULT 0,   -- so that nobody counts rows
    last_at   timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (fillfactor = 50);

-- Rows stay after leaving. since_seq is the seq of the last joining, left_seq that of the leaving.
CREATE TABLE chat.room_members (
    room_id      uuid        NOT NULL REFERENCES chat.rooms,
    user_id      uuid        NOT NULL REFERENCES chat.users ON DELETE CASCADE,
    state        text        NOT NULL DEFAULT 'member'
                             CHECK (state IN ('member', 'left', 'banned')),
    role         text        NOT NULL DEFAULT 'member'
                             CHECK (role IN ('owner', 'moderator', 'member')),
    since_seq    bigint      NOT NULL,
    left_seq     bigint,
    muted_until  timestamptz,
    notify_level text        NOT NULL DEFAULT 'all'
                             CHECK (notify_level IN ('all', 'mentions', 'none')),
    is_hidden    boolean     NOT NULL DEFAULT false,   -- nobody leaves a p2p room: it is hidden
    joined_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (room_id, user_id)
);
CREATE INDEX room_members_user_id ON chat.room_members (user_id, room_id) WHERE state = 'member';

-- Apart from the members, because it moves with every message. Who has no row has nothing unread.
CREATE TABLE chat.room_reads (
    room_id      uuid        NOT NULL,
    user_id      uuid        NOT NULL,
    read_seq     bigint      NOT NULL,              -- read up to here
    read_no      bigint      NOT NULL,              -- msg_no of the last message up to read_seq
    own_after    bigint      NOT NULL DEFAULT 0,    -- own messages after read_seq
    last_post_at timestamptz,                       -- for slow mode; survives leaving
    PRIMARY KEY (room_id, user_id)
) WITH (fillfactor = 50);

-- The one room of two people (lo < hi, or lo = hi for notes to oneself).
CREATE TABLE chat.p2p_pairs (
    lo      uuid NOT NULL REFERENCES chat.users ON DELETE CASCADE,
    hi      uuid NOT NULL REFERENCES chat.users ON DELETE CASCADE,
    room_id uuid NOT NULL,
    PRIMARY KEY (lo, hi),
    CHECK (lo <= hi)
);

CREATE TABLE chat.messages (
    room_id     uuid        NOT NULL,
    seq         bigint      NOT NULL,
    msg_no      bigint      NOT NULL,     -- dense per room, over messages alone
    rev         bigint      NOT NULL,     -- seq of the last change: edit, deletion, reaction, reply …
    id          uuid        NOT NULL,
    sender_id   uuid        NOT NULL,
    created_at  timestamptz NOT NULL,     -- never falls along seq
    edited_at   timestamptz,
    deleted_at  timestamptz,              -- a tombstone: content, meta and old versions are blank
    parent_id   uuid,                     -- the root of the thread, never a reply
    parent_seq  bigint,
    reply_count int         NOT NULL DEFAULT 0,
    client_id   text        NOT NULL CHECK (char_length(client_id) BETWEEN 1 AND 64),
    kind        text        NOT NULL DEFAULT 'text' CHECK (char_length(kind) BETWEEN 1 AND 32),
    content     text        NOT NULL CHECK (char_length(content) <= 8000),
    meta        jsonb,
    reactions   jsonb       NOT NULL DEFAULT '{}',  -- {"emoji": count}, kept beside chat.reactions
    CONSTRAINT messages_pkey PRIMARY KEY (room_id, seq),
    CONSTRAINT messages_client_key UNIQUE (room_id, sender_id, client_id),
    CHECK ((parent_id IS NULL) = (parent_seq IS NULL))
);
-- Each index costs a quarter of the posting rate. Not unique: uniqueness without room_id would
-- forbid partitioning, and UUIDv7 needs no help.
CREATE INDEX messages_id ON chat.messages (id);
CREATE INDEX messages_thread ON chat.messages (room_id, parent_seq, seq)
    WHERE parent_seq IS NOT NULL;

CREATE TABLE chat.room_events (
    room_id    uuid        NOT NULL,
    seq        bigint      NOT NULL,
    kind       text        NOT NULL CHECK (kind IN (
               'member_joined', 'member_left', 'member_updated', 'room_updated', 'room_deleted',
               'message_edited', 'message_deleted', 'reaction_added', 'reaction_removed',
               'pinned', 'unpinned')),
    actor_id   uuid,       -- NULL: an application
    target_seq bigint,     -- the message concerned
    subject_id uuid,       -- the member concerned
    data       jsonb       NOT NULL DEFAULT '{}',   -- never content
    created_at timestamptz NOT NULL,
    PRIMARY KEY (room_id, seq)
);

-- What a message said before the change with this rev.
CREATE TABLE chat.message_edits (
    room_id   uuid        NOT NULL,
    seq       bigint      NOT NULL,
    rev       bigint      NOT NULL,
    editor_id uuid        NOT NULL,
    content   text        NOT NULL,
    edited_at timestamptz NOT NULL,
    PRIMARY KEY (room_id, seq, rev)
);

CREATE TABLE chat.reactions (
    room_id    uuid        NOT NULL,
    seq        bigint      NOT NULL,
    emoji      text        NOT NULL CHECK (octet_length(emoji) BETWEEN 1 AND 64),
    user_id    uuid        NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (room_id, seq, emoji, user_id)
);

CREATE TABLE chat.pins (
    room_id   uuid        NOT NULL,
    seq       bigint      NOT NULL,
    pinned_by uuid        NOT NULL,
    pinned_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (room_id, seq)
);

-- user_id NULL is @room: one row, however many members.
CREATE TABLE chat.mentions (
    room_id uuid   NOT NULL,
    user_id uuid,
    seq     bigint NOT NULL,
    CONSTRAINT mentions_key UNIQUE NULLS NOT DISTINCT (room_id, user_id, seq)
);

CREATE TABLE chat.room_invites (
    code       text        PRIMARY KEY CHECK (char_length(code) BETWEEN 8 AND 64),
    room_id    uuid        NOT NULL REFERENCES chat.rooms,
    created_by uuid        NOT NULL REFERENCES chat.users ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz,
    max_uses   int         CHECK (max_uses > 0),
    uses       int         NOT NULL DEFAULT 0,
    revoked_at timestamptz
);
CREATE INDEX room_invites_room_id ON chat.room_invites (room_id);
