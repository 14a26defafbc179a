-- 0006_rooms: what members report, and invitations that are counted.

-- What a member told those who keep order in the room: one message once. No foreign key to the message,
-- as everywhere. Written and closed by functions/reports.sql; rows stay.
CREATE TABLE chat.reports (
    id          uuid        PRIMARY KEY,
    room_id     uuid        NOT NULL REFERENCES chat.rooms,
    message_id  uuid        NOT NULL,
    reporter_id uuid        NOT NULL REFERENCES chat.users ON DELETE CASCADE,
    reason      text        CHECK (char_length(reason) BETWEEN 1 AND 1000),
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    resolved_at timestamptz,
    resolved_by uuid,
    CONSTRAINT reports_once UNIQUE (message_id, reporter_id)
);
CREATE INDEX reports_open ON chat.reports (room_id, id) WHERE resolved_at IS NULL;

-- The code of an invitation is a credential, so only its hash is kept (S4); the invitation itself is
-- named by an id. Nothing has made one before this version: were there one, its missing id would say so.
-- It is used under the room's lock, which is what keeps the count; the CHECK says so to whoever else may
-- write.
ALTER TABLE chat.room_invites
    DROP COLUMN code,
    ADD COLUMN id uuid PRIMARY KEY,
    ADD COLUMN code_hash bytea NOT NULL CONSTRAINT room_invites_code_hash_key UNIQUE
               CHECK (octet_length(code_hash) = 32),
    ADD COLUMN prefix text NOT NULL,
    ADD CONSTRAINT room_invites_uses_check CHECK (uses BETWEEN 0 AND coalesce(max_uses, uses));

-- Replaced by functions with other arguments.
DROP FUNCTION IF EXISTS chat.set_room(uuid, uuid, boolean, text, text, int);
DROP FUNCTION IF EXISTS chat.remove_member(uuid, uuid, boolean, uuid, boolean);
DROP FUNCTION IF EXISTS chat.set_member(uuid, uuid, boolean, uuid, text, timestamptz, boolean);
