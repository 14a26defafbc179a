-- reactions.sql: reacting to messages, and pinning them. messages.sql has what is common to all changes.

-- By a member. p_emoji is any short text, checked by the programs. At most 20 different ones a message:
-- they are counted in its row (messages.reactions), which every reader loads. What he has given, or has
-- not, is given or taken back already. p_as_client: an application gives it for him, between two people
-- with permission admin only, as it posts there (post_facts.sql).
CREATE OR REPLACE FUNCTION chat.set_reaction(
    p_room uuid, p_message uuid, p_actor uuid, p_emoji text, p_given boolean, p_as_client boolean
)
RETURNS TABLE (status text, seq bigint)
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
DECLARE
    v record;
BEGIN
    PERFORM chat.lock_rooms(ARRAY[p_room]);
    SELECT f.*, chat.has_reacted(p_room, f.seq, p_actor, p_emoji) AS has_reacted
      INTO v
      FROM chat.message_facts(p_room, p_message, p_actor, false) AS f;
    status := CASE
        WHEN v.refusal IS NOT NULL THEN v.refusal
        WHEN p_as_client AND v.is_pair AND NOT chat.leaves_right(16) THEN 'room_not_found'
        WHEN NOT v.is_member THEN 'not_member'
        WHEN v.is_deleted THEN 'message_not_found'
        WHEN v.silenced = 'archived' OR p_given AND v.silenced IS NOT NULL THEN v.silenced
        WHEN v.has_reacted = p_given THEN 'unchanged'
        WHEN p_given AND NOT v.reactions ? p_emoji
             AND (SELECT count(*) FROM jsonb_object_keys(v.reactions)) >= 20 THEN 'full_of_reactions'
        ELSE 'ok' END;
    IF status = 'ok' THEN
        seq := chat.log_event(p_room, CASE WHEN p_given THEN 'reaction_added' ELSE 'reaction_removed' END,
                              p_actor, NULL, v.seq, jsonb_build_object('emoji', p_emoji));
        IF p_given THEN
            INSERT INTO chat.reactions (room_id, seq, emoji, user_id)
            VALUES (p_room, v.seq, p_emoji, p_actor);
        ELSE
            DELETE FROM chat.reactions AS e
             WHERE e.room_id = p_room AND e.seq = v.seq AND e.emoji = p_emoji AND e.user_id = p_actor;
        END IF;
        PERFORM chat.count_reaction(p_room, p_message, v.seq, set_reaction.seq, p_emoji,
                                    CASE WHEN p_given THEN 1 ELSE -1 END);
    END IF;
    RETURN NEXT;
END
$$;

CREATE OR REPLACE FUNCTION chat.react(
    p_room uuid, p_message uuid, p_actor uuid, p_emoji text, p_as_client boolean DEFAULT false
)
RETURNS TABLE (status text, seq bigint)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT s.status, s.seq
      FROM chat.set_reaction(p_room, p_message, p_actor, p_emoji, true, p_as_client) AS s
$$;

CREATE OR REPLACE FUNCTION chat.unreact(
    p_room uuid, p_message uuid, p_actor uuid, p_emoji text, p_as_client boolean DEFAULT false
)
RETURNS TABLE (status text, seq bigint)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT s.status, s.seq
      FROM chat.set_reaction(p_room, p_message, p_actor, p_emoji, false, p_as_client) AS s
$$;

CREATE OR REPLACE FUNCTION chat.has_reacted(p_room uuid, p_seq bigint, p_user uuid, p_emoji text)
RETURNS boolean
LANGUAGE sql STABLE
AS $$
    SELECT EXISTS (SELECT FROM chat.reactions AS e
                    WHERE e.room_id = p_room AND e.seq = p_seq AND e.emoji = p_emoji AND e.user_id = p_user)
$$;

-- The count in the message's row; at 0 the emoji goes. The caller holds the lock.
CREATE OR REPLACE FUNCTION chat.count_reaction(
    p_room uuid, p_message uuid, p_seq bigint, p_rev bigint, p_emoji text, p_by int
) RETURNS void
LANGUAGE sql VOLATILE
AS $$
    UPDATE chat.messages AS g
       SET rev = p_rev,
           reactions = CASE WHEN n.n > 0 THEN g.reactions || jsonb_build_object(p_emoji, n.n)
                            ELSE g.reactions - p_emoji END
      FROM (SELECT coalesce((o.reactions ->> p_emoji)::int, 0) + p_by AS n
              FROM chat.messages AS o
             WHERE o.id = p_message AND o.room_id = p_room AND o.seq = p_seq) AS n
     WHERE g.id = p_message AND g.room_id = p_room AND g.seq = p_seq
$$;

-- Sets or takes away a message's pin: whoever keeps order and reads the room, which the audit log has; of
-- a conversation of two, both. At most 50 pins a room.
CREATE OR REPLACE FUNCTION chat.set_pin(
    p_room uuid, p_message uuid, p_actor uuid, p_as_client boolean, p_pinned boolean, p_ip text
)
RETURNS TABLE (status text, seq bigint)
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
DECLARE
    v        record;
    v_pinned boolean;
BEGIN
    PERFORM chat.lock_rooms(ARRAY[p_room]);
    SELECT f.* INTO v FROM chat.message_facts(p_room, p_message, p_actor, p_as_client) AS f;
    v_pinned := EXISTS (SELECT FROM chat.pins AS n WHERE n.room_id = p_room AND n.seq = v.seq);
    status := CASE
        WHEN v.refusal IS NOT NULL THEN v.refusal
        WHEN NOT v.reads THEN 'not_member'
        WHEN v.rank < 2 AND NOT v.is_pair THEN 'forbidden'
        WHEN v.is_deleted THEN 'message_not_found'
        WHEN v.silenced IN ('archived', 'blocked') THEN v.silenced
        WHEN v_pinned = p_pinned THEN 'unchanged'
        WHEN p_pinned AND (SELECT count(*) FROM chat.pins AS n WHERE n.room_id = p_room) >= 50
            THEN 'full_of_pins'
        ELSE 'ok' END;
    IF status = 'ok' THEN
        seq := chat.log_event(p_room, CASE WHEN p_pinned THEN 'pinned' ELSE 'unpinned' END, p_actor, NULL,
                              v.seq, NULL);
        IF p_pinned THEN
            INSERT INTO chat.pins (room_id, seq, pinned_by) VALUES (p_room, v.seq, p_actor);
        ELSE
            DELETE FROM chat.pins AS n WHERE n.room_id = p_room AND n.seq = v.seq;
        END IF;
        UPDATE chat.messages AS g SET rev = set_pin.seq
         WHERE g.id = p_message AND g.room_id = p_room AND g.seq = v.seq;
        IF NOT v.is_pair THEN
            PERFORM chat.audit(p_actor, CASE WHEN p_pinned THEN 'message_pinned' ELSE 'message_unpinned' END,
                               v.author, p_room, jsonb_build_object('messageId', p_message), p_ip);
        END IF;
    END IF;
    RETURN NEXT;
END
$$;

CREATE OR REPLACE FUNCTION chat.pin(
    p_room uuid, p_message uuid, p_actor uuid, p_as_client boolean, p_ip text
)
RETURNS TABLE (status text, seq bigint)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT s.status, s.seq FROM chat.set_pin(p_room, p_message, p_actor, p_as_client, true, p_ip) AS s
$$;

CREATE OR REPLACE FUNCTION chat.unpin(
    p_room uuid, p_message uuid, p_actor uuid, p_as_client boolean, p_ip text
)
RETURNS TABLE (status text, seq bigint)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT s.status, s.seq FROM chat.set_pin(p_room, p_message, p_actor, p_as_client, false, p_ip) AS s
$$;
