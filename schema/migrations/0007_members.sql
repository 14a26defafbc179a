-- 0007_members: who was added to a room by whom, and from where, where that is moderation.

-- Replaced by a function with another argument.
DROP FUNCTION IF EXISTS chat.add_member(uuid, uuid, boolean, uuid, text);
