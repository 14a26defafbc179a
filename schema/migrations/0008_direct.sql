-- 0008_direct: what lists over many rooms are read from. Such a list is merged: of each room, and each
-- sender in it, the newest message that counts is one probe, and only of those rooms that come first a page
-- is read. In the order of message ids (UUIDv7, so of time), which is how clients name a position in it.

-- The messages of somebody in a room, newest first. The one index here that every post pays for. Its condition
-- is said in a way in which nobody says it who does not mean this index: while the tables are empty every index
-- that fits looks as good as the right one, and plans stay. A history would be read through it and sorted, or
-- all that somebody said, to find a retry.
CREATE INDEX messages_sender ON chat.messages (room_id, sender_id, id) WHERE (deleted_at IS NULL) IS TRUE;

-- The rooms in which somebody has spoken, those that he has left too. Its columns never change, so a
-- position moves as cheaply as before.
CREATE INDEX room_reads_user_id ON chat.room_reads (user_id, room_id);

-- The pairs of a user: the key finds those where his id is the lower one.
CREATE INDEX p2p_pairs_hi ON chat.p2p_pairs (hi, lo);
