-- 0012_spoken: what somebody has said in a room is found by messages_sender only. The planner takes room and
-- sender for independent and expects one row by any index that begins with both, so now and then it went by
-- the index of retries and read all that he had ever said there. The sender is never NULL; the expression says
-- the same in words that fit this index alone.
DROP INDEX chat.messages_sender;
CREATE INDEX messages_sender ON chat.messages (room_id, (coalesce(sender_id, room_id)), id)
 WHERE (deleted_at IS NULL) IS TRUE;
