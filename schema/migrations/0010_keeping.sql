-- 0010_keeping: rooms become private and public again, and invitations are forgotten when they are of no use.

ALTER TABLE chat.room_invites ADD COLUMN last_used_at timestamptz;

-- Of who leaves, those to the room are revoked, and all of whose account ends. Not partial: on an empty
-- table the planner would take it for a room's invitations that are not revoked.
CREATE INDEX room_invites_created_by ON chat.room_invites (created_by, room_id);

-- Replaced by functions with another argument.
DROP FUNCTION IF EXISTS chat.set_room(uuid, uuid, boolean, text, text, int, boolean, text, text);
DROP FUNCTION IF EXISTS chat.room_changes(uuid, text, text, int, boolean, text);
