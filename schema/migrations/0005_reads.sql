-- 0005_reads: what counting the unread and taking mentions back needs.

-- Others' tombstones behind a position are not unread. In the index are tombstones alone, so a post pays
-- nothing for it, and the index alone answers: it has the sender too.
CREATE INDEX messages_tombstones ON chat.messages (room_id, seq) INCLUDE (sender_id)
    WHERE deleted_at IS NOT NULL;

-- The mentions of one message: an edit replaces them, a deletion takes them back. (The unique key has the
-- user between room and seq, because it counts.) Only messages that name somebody pay for it.
CREATE INDEX mentions_message ON chat.mentions (room_id, seq);

-- Replaced by functions with other arguments or results: mentions are noted behind both paths of posting.
DROP FUNCTION IF EXISTS chat.post_messages(uuid[], uuid[], text[], uuid[], text[], uuid[], text[], uuid[],
                                           text[], jsonb[], jsonb[]);
DROP FUNCTION IF EXISTS chat.post_many(uuid[], uuid[], text[], uuid[], text[], uuid[], text[], uuid[],
                                       text[], jsonb[], jsonb[]);
DROP FUNCTION IF EXISTS chat.post_one(uuid, uuid, text, uuid, text, uuid, text, uuid, text, jsonb, jsonb);
DROP FUNCTION IF EXISTS chat.note_mentions(uuid, bigint, jsonb);
