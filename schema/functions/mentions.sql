-- mentions.sql: whom a message names. Rows of the room, and an event in the log of each who is named.
--
-- The mentions of a message come as a JSON array, whose elements are
--
--     a user's id         as an application has it
--     null                @room, everybody: one row without a user and nobody's event, however many
--     an array of texts   what stood behind an @ and may be a name, the longest first: a name may hold
--                         spaces, so it is not known where it ends. The first that is a member's counts,
--                         and `room` is everybody. (The programs make these: src/common/mentions.h.)
--
-- Who is not in the room is not named by anything, nor is the sender himself.

-- Whom they mean, each once; NULL is everybody.
CREATE OR REPLACE FUNCTION chat.resolve_mentions(p_room uuid, p_sender uuid, p_mentions jsonb)
RETURNS TABLE (user_id uuid)
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH item AS MATERIALIZED (
        SELECT e.ord, e.value, jsonb_typeof(e.value) AS type
          FROM jsonb_array_elements(p_mentions) WITH ORDINALITY AS e (value, ord)
    ), wanted AS (   -- one try a row
        SELECT i.ord, 0::bigint AS try, NULL::text AS name, (i.value #>> '{}')::uuid AS id
          FROM item AS i WHERE i.type <> 'array'
        UNION ALL
        SELECT i.ord, n.try, chat.name_key(n.name), NULL
          FROM item AS i
         CROSS JOIN LATERAL jsonb_array_elements_text(
               CASE i.type WHEN 'array' THEN i.value ELSE '[]' END) WITH ORDINALITY AS n (name, try)
    ), found AS (
        SELECT DISTINCT ON (w.ord) hit.user_id
          FROM wanted AS w
         CROSS JOIN LATERAL (
               SELECT NULL::uuid AS user_id WHERE w.name = 'room' OR coalesce(w.name, w.id::text) IS NULL
               UNION ALL
               (SELECT u.id FROM chat.users AS u
                 WHERE u.name_key = w.name AND w.name <> 'room'
                   AND u.is_active AND u.deleted_at IS NULL LIMIT 1)
               UNION ALL
               (SELECT u.id FROM chat.users AS u
                 WHERE u.id = w.id AND u.is_active AND u.deleted_at IS NULL LIMIT 1)) AS hit
          LEFT JOIN LATERAL (   -- not EXISTS, which may be answered by reading all members
               SELECT m.state FROM chat.room_members AS m
                WHERE m.room_id = p_room AND m.user_id = hit.user_id LIMIT 1) AS place ON true
         WHERE hit.user_id IS NULL OR place.state = 'member' OR chat.is_lobby(p_room)
         ORDER BY w.ord, w.try
    )
    SELECT DISTINCT f.user_id FROM found AS f WHERE f.user_id IS DISTINCT FROM p_sender;
END
$$;

-- Writes the mentions of a message; returns the users among them, in order.
CREATE OR REPLACE FUNCTION chat.note_mentions(p_room uuid, p_seq bigint, p_sender uuid, p_mentions jsonb)
RETURNS uuid[]
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    v_users uuid[];
BEGIN
    WITH noted AS (
        INSERT INTO chat.mentions AS n (room_id, user_id, seq)
        SELECT p_room, r.user_id, p_seq FROM chat.resolve_mentions(p_room, p_sender, p_mentions) AS r
        RETURNING n.user_id
    )
    SELECT array_agg(o.user_id ORDER BY o.user_id) INTO v_users
      FROM noted AS o WHERE o.user_id IS NOT NULL;
    RETURN v_users;
END
$$;

-- Tells those whom messages name, after their mentions have been noted. In the order of users: each one's
-- counter is locked until the commit, and two batches must not wait for each other.
CREATE OR REPLACE FUNCTION chat.tell_mentioned(p_rooms uuid[], p_seqs bigint[], p_ids uuid[])
RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    v record;
BEGIN
    FOR v IN
        SELECT n.user_id,
               jsonb_build_object('roomId', i.room_id, 'seq', i.seq, 'messageId', i.id) AS data
          FROM unnest(p_rooms, p_seqs, p_ids) WITH ORDINALITY AS i (room_id, seq, id, ord)
          JOIN chat.mentions AS n ON n.room_id = i.room_id AND n.seq = i.seq
         WHERE n.user_id IS NOT NULL
         ORDER BY n.user_id, i.ord
    LOOP
        PERFORM chat.log_user(v.user_id, 'mention', v.data);
    END LOOP;
END
$$;

-- What an edit says instead: NULL names nobody, as a deletion does. Who was named already is not told
-- again, nor who came later to a room whose past is hidden from him: he does not see the message. Returns
-- the users who are named now and were not before. The caller holds the room's lock.
CREATE OR REPLACE FUNCTION chat.change_mentions(
    p_room uuid, p_seq bigint, p_id uuid, p_sender uuid, p_mentions jsonb
) RETURNS uuid[]
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    v_before uuid[];
    v_added  uuid[];
    v_user   uuid;
BEGIN
    WITH gone AS (
        DELETE FROM chat.mentions AS n WHERE n.room_id = p_room AND n.seq = p_seq RETURNING n.user_id
    )
    SELECT coalesce(array_agg(g.user_id), '{}') INTO v_before FROM gone AS g;
    IF p_mentions IS NULL THEN
        RETURN NULL;
    END IF;
    SELECT array_agg(w.user_id ORDER BY w.user_id) INTO v_added
      FROM unnest(chat.note_mentions(p_room, p_seq, p_sender, p_mentions)) AS w (user_id)
     WHERE w.user_id <> ALL (array_remove(v_before, NULL))
       AND NOT EXISTS (SELECT FROM chat.rooms AS r
                         JOIN chat.room_members AS m ON m.room_id = r.id AND m.user_id = w.user_id
                        WHERE r.id = p_room AND r.history_visibility = 'since_join' AND m.since_seq > p_seq);
    FOREACH v_user IN ARRAY coalesce(v_added, '{}') LOOP
        PERFORM chat.log_user(v_user, 'mention', jsonb_build_object(
            'roomId', p_room, 'seq', p_seq, 'messageId', p_id));
    END LOOP;
    RETURN v_added;
END
$$;
