-- messages.sql: what becomes of a message after it was posted: edited, deleted, reacted to, pinned.
--
-- Every one of these locks the room, decides in a later statement (message_facts), and takes the room's
-- next seq exactly when something has changed. That seq becomes the message's rev, so rev is the seq of
-- the last event about it (or of the last reply, at a thread's root). Statuses:
--
--   ok, unchanged        seq is the change's, NULL when there was nothing to change
--   room_not_found, not_member, banned, message_not_found     what the actor does not see
--   forbidden, not_author, archived, muted, blocked           what he sees, and may not
--   bad_content, full_of_reactions, full_of_pins              what is too little, or too much
--
-- p_as_client: an application, for which p_actor (its token's owner) is only who is written down.
--
-- Who is muted, blocked, or in a room that is archived, says nothing new: he neither edits nor reacts.
-- Taking back is another thing: his own messages he may always delete, and reactions too, unless the
-- room is archived.

-- One row, always. refusal: why the actor sees no such message, NULL when he does. silenced: why he may
-- not say anything new. reads: he reads the room, as src/api/access.c has it; a moderator of all public
-- channels keeps order without reading. Messages are known by their id: OFFSET 0 keeps that look-up from
-- being planned over the room's messages.
CREATE OR REPLACE FUNCTION chat.message_facts(
    p_room uuid, p_message uuid, p_actor uuid, p_as_client boolean
)
RETURNS TABLE (refusal text, silenced text, rank int, is_pair boolean, is_member boolean, reads boolean,
               seq bigint, author uuid, is_deleted boolean, content text, reactions jsonb,
               parent_id uuid, parent_seq bigint)
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT CASE
               WHEN w.rank IS NULL THEN 'room_not_found'
               WHEN NOT may.reads AND w.rank < 2 THEN
                   CASE w.state WHEN 'banned' THEN 'banned' ELSE 'not_member' END
               WHEN g.id IS NULL OR w.is_since_join AND w.is_member AND g.seq < w.since_seq
                   THEN 'message_not_found'
           END,
           CASE
               WHEN w.archived_at IS NOT NULL THEN 'archived'
               WHEN w.muted_until > statement_timestamp() THEN 'muted'
               WHEN w.kind = 'p2p' AND NOT p_as_client AND chat.post_blocked(p_room, p_actor) THEN 'blocked'
           END,
           w.rank, w.kind = 'p2p', w.is_member, may.reads,
           g.seq, g.sender_id, g.deleted_at IS NOT NULL, g.content, g.reactions, g.parent_id, g.parent_seq
      FROM (VALUES (p_room)) AS q (room_id)
      LEFT JOIN LATERAL (
           SELECT r.kind, r.archived_at, r.history_visibility = 'since_join' AS is_since_join,
                  m.state, m.since_seq, m.muted_until,
                  u.id IS NOT NULL AND (r.is_lobby OR coalesce(m.state = 'member', false)) AS is_member,
                  -- a conversation of two is open to applications only with permission admin
                  CASE WHEN p_as_client AND r.kind = 'p2p'
                       THEN CASE WHEN chat.leaves_right(16) THEN 3 END
                       ELSE chat.room_rank(r.id, p_actor, p_as_client) END AS rank
             FROM chat.rooms AS r
             LEFT JOIN chat.users AS u
                    ON u.id = p_actor AND u.is_active AND u.deleted_at IS NULL AND NOT p_as_client
             LEFT JOIN chat.room_members AS m ON m.room_id = r.id AND m.user_id = u.id
            WHERE r.id = q.room_id AND r.deleted_at IS NULL) AS w ON true
     CROSS JOIN LATERAL (SELECT coalesce(w.is_member OR w.rank = 3, false) AS reads) AS may
      LEFT JOIN (SELECT o.* FROM chat.messages AS o WHERE o.id = p_message OFFSET 0) AS g
             ON g.room_id = q.room_id
     LIMIT 1;
END
$$;

-- By its author, as long as he is in the room, or by an application. What it said before is kept. mentioned:
-- the users whom it names now and did not before; their own logs have something new.
CREATE OR REPLACE FUNCTION chat.edit_message(
    p_room uuid, p_message uuid, p_actor uuid, p_as_client boolean, p_content text, p_mentions jsonb
)
RETURNS TABLE (status text, seq bigint, mentioned uuid[])
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    v    record;
    v_at timestamptz;
BEGIN
    PERFORM chat.lock_rooms(ARRAY[p_room]);
    SELECT f.* INTO v FROM chat.message_facts(p_room, p_message, p_actor, p_as_client) AS f;
    status := CASE
        WHEN v.refusal IS NOT NULL THEN v.refusal
        WHEN v.is_deleted THEN 'message_not_found'
        WHEN NOT p_as_client AND v.author <> p_actor THEN 'not_author'
        WHEN NOT p_as_client AND NOT v.is_member THEN 'not_member'
        WHEN v.silenced IS NOT NULL THEN v.silenced
        WHEN coalesce(p_content, '') = '' THEN 'bad_content'
        WHEN p_content = v.content THEN 'unchanged'
        ELSE 'ok' END;
    IF status = 'ok' THEN
        seq := chat.log_event(p_room, 'message_edited', p_actor, NULL, v.seq, NULL);
        SELECT s.last_at INTO STRICT v_at FROM chat.room_seq AS s WHERE s.room_id = p_room;
        INSERT INTO chat.message_edits (room_id, seq, rev, editor_id, content, edited_at)
        VALUES (p_room, v.seq, edit_message.seq, p_actor, v.content, v_at);
        UPDATE chat.messages AS g
           SET content = p_content, edited_at = v_at, rev = edit_message.seq
         WHERE g.id = p_message AND g.room_id = p_room AND g.seq = v.seq;
        mentioned := chat.change_mentions(p_room, v.seq, p_message, v.author, p_mentions);
    END IF;
    RETURN NEXT;
END
$$;

-- By its author, or by whoever keeps order, which the audit log has. A tombstone remains: nothing of what
-- was said, who reacted, was mentioned, or what it said before. A reply is no longer counted at its root.
CREATE OR REPLACE FUNCTION chat.delete_message(
    p_room uuid, p_message uuid, p_actor uuid, p_as_client boolean, p_ip text
)
RETURNS TABLE (status text, seq bigint)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    v record;
BEGIN
    PERFORM chat.lock_rooms(ARRAY[p_room]);
    SELECT f.* INTO v FROM chat.message_facts(p_room, p_message, p_actor, p_as_client) AS f;
    status := CASE
        WHEN v.refusal IS NOT NULL THEN v.refusal
        WHEN v.rank < 2 AND NOT (v.is_member AND v.author = p_actor) THEN 'not_author'
        WHEN v.is_deleted THEN 'unchanged'
        ELSE 'ok' END;
    IF status = 'ok' THEN
        seq := chat.log_event(p_room, 'message_deleted', p_actor, NULL, v.seq, NULL);
        PERFORM chat.bury_message(p_room, p_message, v.seq, delete_message.seq);
        UPDATE chat.messages AS g
           SET reply_count = g.reply_count - 1, rev = delete_message.seq
         WHERE g.id = v.parent_id AND g.room_id = p_room AND g.seq = v.parent_seq;
        IF p_as_client OR v.author <> p_actor THEN
            PERFORM chat.audit(p_actor, 'message_deleted', v.author, p_room,
                               jsonb_build_object('messageId', p_message), p_ip);
        END IF;
    END IF;
    RETURN NEXT;
END
$$;

-- Makes it a tombstone; the caller holds the lock and has logged it as p_rev.
CREATE OR REPLACE FUNCTION chat.bury_message(p_room uuid, p_message uuid, p_seq bigint, p_rev bigint)
RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
BEGIN
    UPDATE chat.messages AS g
       SET content = '', meta = NULL, reactions = '{}', rev = p_rev,
           deleted_at = (SELECT s.last_at FROM chat.room_seq AS s WHERE s.room_id = p_room)
     WHERE g.id = p_message AND g.room_id = p_room AND g.seq = p_seq;
    DELETE FROM chat.message_edits AS e WHERE e.room_id = p_room AND e.seq = p_seq;
    DELETE FROM chat.reactions AS e WHERE e.room_id = p_room AND e.seq = p_seq;
    DELETE FROM chat.pins AS e WHERE e.room_id = p_room AND e.seq = p_seq;
    DELETE FROM chat.mentions AS e WHERE e.room_id = p_room AND e.seq = p_seq;
END
$$;
