-- direct.sql: conversations. Those of two, which there are once for each pair of people (with oneself
-- too: notes), groups, and what is posted in those of two by whom it goes to.
--
-- A conversation is a room like any other: same log, same events, same rights. Nobody leaves one of two;
-- who does not want to see it hides it (room_members.is_hidden). That is no event and costs nothing when
-- somebody posts: the lists show a hidden one again as soon as something in it is unread, and opening it
-- takes the flag away.

-- Of these people those who are there, and they stay it until this transaction has ended: deleting
-- somebody waits for it (a name is a key), and finds him in the rooms that it made.
CREATE OR REPLACE FUNCTION chat.present(p_users uuid[]) RETURNS uuid[]
LANGUAGE plpgsql VOLATILE
AS $$
BEGIN
    RETURN ARRAY(SELECT u.id
                   FROM chat.users AS u
                  WHERE u.id = ANY (p_users) AND u.is_active AND u.deleted_at IS NULL
                  ORDER BY u.id
                    FOR KEY SHARE);
END
$$;

-- Makes people the members of a room that was just made. In the order of their ids: who makes rooms with
-- the same people at the same time takes the locks of their logs in the same order.
CREATE OR REPLACE FUNCTION chat.admit_all(p_room uuid, p_actor uuid, p_users uuid[], p_owner uuid)
RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
BEGIN
    INSERT INTO chat.room_seq (room_id) VALUES (p_room);
    PERFORM chat.admit(p_room, p_actor, w.id, CASE w.id WHEN p_owner THEN 'owner' ELSE 'member' END)
       FROM (SELECT DISTINCT e.id FROM unnest(p_users) AS e (id) ORDER BY e.id) AS w;
END
$$;

-- Whether somebody does not take messages from another one.
CREATE OR REPLACE FUNCTION chat.has_blocked(p_user uuid, p_other uuid) RETURNS boolean
LANGUAGE sql STABLE
AS $$
    SELECT EXISTS (SELECT FROM chat.user_blocks AS b WHERE b.user_id = p_user AND b.blocked_id = p_other)
$$;

-- The conversation of two people: ok when this made it (as p_id), already, user_not_found, or blocked:
-- nobody hears from whom he has blocked, so no new one either. (One that is there may be looked at.)
CREATE OR REPLACE FUNCTION chat.open_pair(p_id uuid, p_actor uuid, p_other uuid)
RETURNS TABLE (status text, room_id uuid)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    v_lo uuid := least(p_actor, p_other);
    v_hi uuid := greatest(p_actor, p_other);
BEGIN
    IF NOT chat.present(ARRAY[p_actor, p_other]) @> ARRAY[p_actor, p_other] THEN
        status := 'user_not_found';
        RETURN NEXT;
        RETURN;
    END IF;
    IF NOT chat.has_blocked(p_other, p_actor) THEN
        -- of two at once the later one waits here, and sees the other's row in the next statement only
        INSERT INTO chat.p2p_pairs (lo, hi, room_id) VALUES (v_lo, v_hi, p_id) ON CONFLICT DO NOTHING;
        IF FOUND THEN
            INSERT INTO chat.rooms (id, kind, is_private, created_by) VALUES (p_id, 'p2p', true, p_actor);
            PERFORM chat.admit_all(p_id, p_actor, ARRAY[v_lo, v_hi], NULL);
        END IF;
    END IF;
    SELECT p.room_id INTO room_id FROM chat.p2p_pairs AS p WHERE p.lo = v_lo AND p.hi = v_hi;
    -- its own id again: the same request, whose first attempt was stored
    status := CASE room_id WHEN p_id THEN 'ok' ELSE 'already' END;
    IF room_id IS NULL THEN
        status := 'blocked';
    END IF;
    UPDATE chat.room_members AS m SET is_hidden = false
     WHERE m.room_id = open_pair.room_id AND m.user_id = p_actor AND m.is_hidden;
    RETURN NEXT;
END
$$;

-- What a group is called that was given no name: who is in it, the maker first, cut.
CREATE OR REPLACE FUNCTION chat.group_name(p_actor uuid, p_users uuid[]) RETURNS text
LANGUAGE sql STABLE
AS $$
    SELECT CASE WHEN char_length(n.name) > 100 THEN left(n.name, 99) || '…' ELSE n.name END
      FROM (SELECT string_agg(u.username, ', ' ORDER BY u.id <> p_actor, array_position(p_users, u.id))
              FROM chat.users AS u
             WHERE u.id = p_actor OR u.id = ANY (p_users)) AS n (name)
$$;

-- A private group of the actor, who owns it, and of others: all of them are there, or nothing is made
-- (user_not_found). Naming somebody twice, or oneself, is no harm.
CREATE OR REPLACE FUNCTION chat.create_group(p_id uuid, p_actor uuid, p_users uuid[], p_name text)
RETURNS TABLE (status text, room_id uuid)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_all uuid[] := p_users || p_actor;
BEGIN
    room_id := p_id;
    IF EXISTS (SELECT FROM chat.rooms AS r WHERE r.id = p_id AND r.created_by = p_actor) THEN
        status := 'ok';       -- the same request, whose first attempt was stored
    ELSIF NOT chat.present(v_all) @> v_all THEN
        status := 'user_not_found';
    ELSE
        status := 'ok';
        INSERT INTO chat.rooms (id, kind, name, is_private, created_by)
        VALUES (p_id, 'group', coalesce(p_name, chat.group_name(p_actor, p_users)), true, p_actor);
        PERFORM chat.admit_all(p_id, p_actor, v_all, p_actor);
    END IF;
    RETURN NEXT;
END
$$;

-- --- messages of two ------------------------------------------------------------------------------------

-- Who the other one is in a conversation of two: the user himself where it is his notes. NULL: it is no
-- such conversation, or not his.
CREATE OR REPLACE FUNCTION chat.pair_other(p_room uuid, p_user uuid) RETURNS uuid
LANGUAGE sql STABLE
AS $$
    SELECT coalesce((SELECT o.user_id
                       FROM chat.room_members AS o
                      WHERE o.room_id = p_room AND o.user_id <> p_user
                      LIMIT 1), p_user)
      FROM chat.rooms AS r
      JOIN chat.room_members AS m ON m.room_id = r.id AND m.user_id = p_user AND m.state = 'member'
     WHERE r.id = p_room AND r.kind = 'p2p' AND r.deleted_at IS NULL
$$;

-- The room of a message in one of the user's conversations of two; NULL: no such message for him.
-- Messages are known by their id: OFFSET 0 keeps that look-up from being planned over a room's messages.
CREATE OR REPLACE FUNCTION chat.direct_room(p_user uuid, p_message uuid) RETURNS uuid
LANGUAGE sql STABLE
AS $$
    SELECT g.room_id
      FROM (SELECT o.room_id FROM chat.messages AS o WHERE o.id = p_message OFFSET 0) AS g
     WHERE chat.pair_other(g.room_id, p_user) IS NOT NULL
     LIMIT 1
$$;

-- The conversation that a post goes to: p_room, or that with p_recipient, which is opened (ok) when there
-- is none yet and nothing else stands in the way. Its row is locked then. Who is gone gets no new messages,
-- but a repeated post of one that he got is answered.
CREATE OR REPLACE FUNCTION chat.pair_for_post(
    p_room uuid, p_sender uuid, p_recipient uuid, p_client_id text, p_parent uuid,
    OUT status text, OUT room_id uuid
)
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
DECLARE
    v_other   uuid := coalesce(p_recipient, chat.pair_other(p_room, p_sender));
    v_present boolean;
BEGIN
    IF v_other IS NULL THEN   -- neither is named: the nil id is nobody's
        status := CASE WHEN p_room IS NULL THEN 'user_not_found' ELSE 'not_found' END;
        RETURN;
    END IF;
    SELECT p.room_id INTO room_id
      FROM chat.p2p_pairs AS p
     WHERE p.lo = least(p_sender, v_other) AND p.hi = greatest(p_sender, v_other);
    IF NOT FOUND THEN
        IF p_parent IS NULL THEN
            SELECT o.status, o.room_id INTO status, room_id
              FROM chat.open_pair(chat.uuid7(), p_sender, v_other) AS o;
        ELSE
            status := CASE cardinality(chat.present(ARRAY[v_other]))
                      WHEN 0 THEN 'user_not_found' ELSE 'parent_not_found' END;
        END IF;
        RETURN;
    END IF;
    v_present := chat.hold_user(v_other);
    PERFORM chat.lock_rooms(ARRAY[room_id]);
    status := CASE
        WHEN EXISTS (SELECT FROM chat.messages AS g
                      WHERE g.room_id = pair_for_post.room_id AND g.sender_id = p_sender
                        AND g.client_id = p_client_id) THEN 'already'
        WHEN NOT v_present THEN 'user_not_found'
        ELSE 'already' END;
END
$$;

-- Posts to somebody (p_recipient), or into a conversation of two (p_room). Statuses are those of
-- chat.post_messages, and user_not_found. `opened`: the conversation is new.
CREATE OR REPLACE FUNCTION chat.post_direct(
    p_room uuid, p_recipient uuid, p_sender uuid, p_cred_kind text, p_cred_id uuid, p_client_id text,
    p_id uuid, p_content text, p_parent uuid, p_mentions jsonb
)
RETURNS TABLE (status text, opened boolean, retry_after_ms int, room_id uuid)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    SELECT p.status, p.room_id INTO status, room_id
      FROM chat.pair_for_post(p_room, p_sender, p_recipient, p_client_id, p_parent) AS p;
    opened := status = 'ok';
    IF status IN ('ok', 'already') THEN
        SELECT p.status, p.retry_after_ms INTO status, retry_after_ms
          FROM chat.post_messages(ARRAY[room_id], ARRAY[p_sender], ARRAY[p_cred_kind], ARRAY[p_cred_id],
                                  ARRAY[p_client_id], ARRAY[p_id], ARRAY[p_content], ARRAY[p_parent],
                                  NULL, NULL, ARRAY[p_mentions]) AS p;
    END IF;
    RETURN NEXT;
END
$$;

-- chat.edit_message and chat.delete_message, for who knows the message alone: message_not_found where it
-- is in none of his conversations of two. room_id is to be rung.
CREATE OR REPLACE FUNCTION chat.edit_direct(
    p_user uuid, p_message uuid, p_content text, p_mentions jsonb
)
RETURNS TABLE (status text, room_id uuid)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    room_id := chat.direct_room(p_user, p_message);
    status := coalesce((SELECT e.status
                          FROM chat.edit_message(room_id, p_message, p_user, false, p_content, p_mentions) AS e
                         WHERE room_id IS NOT NULL), 'message_not_found');
    RETURN NEXT;
END
$$;

CREATE OR REPLACE FUNCTION chat.delete_direct(p_user uuid, p_message uuid, p_ip text)
RETURNS TABLE (status text, room_id uuid)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    room_id := chat.direct_room(p_user, p_message);
    status := coalesce((SELECT d.status
                          FROM chat.delete_message(room_id, p_message, p_user, false, p_ip) AS d
                         WHERE room_id IS NOT NULL), 'message_not_found');
    RETURN NEXT;
END
$$;

-- A message is read by whom it was written to (not_recipient), and with it what stands before it.
CREATE OR REPLACE FUNCTION chat.read_direct(p_user uuid, p_message uuid)
RETURNS TABLE (status text, room_id uuid)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v record;
BEGIN
    room_id := chat.direct_room(p_user, p_message);
    SELECT g.seq, g.sender_id = p_user AND chat.pair_other(g.room_id, p_user) <> p_user AS is_own INTO v
      FROM (SELECT o.* FROM chat.messages AS o WHERE o.id = p_message OFFSET 0) AS g
     WHERE g.room_id = read_direct.room_id AND g.deleted_at IS NULL;
    IF NOT FOUND THEN
        status := 'message_not_found';
    ELSIF v.is_own THEN
        status := 'not_recipient';
    ELSE
        SELECT d.status INTO status FROM chat.set_read(room_id, p_user, v.seq) AS d;
    END IF;
    RETURN NEXT;
END
$$;

-- Reads what there is: in one conversation of two, or (p_room NULL) in all of the user's. The rows of the
-- positions are locked first, in the order of their rooms, for moving one takes a lock of his own log too.
CREATE OR REPLACE FUNCTION chat.read_pairs(p_user uuid, p_room uuid) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_rooms uuid[] := ARRAY(
        SELECT d.room_id
          FROM chat.room_members AS m
          JOIN chat.rooms AS r ON r.id = m.room_id AND r.kind = 'p2p' AND r.deleted_at IS NULL
          JOIN chat.room_seq AS s ON s.room_id = r.id
          JOIN chat.room_reads AS d ON d.room_id = r.id AND d.user_id = p_user AND d.read_seq < s.last_seq
         WHERE m.user_id = p_user AND m.state = 'member' AND (p_room IS NULL OR m.room_id = p_room)
         ORDER BY d.room_id
           FOR NO KEY UPDATE OF d);
BEGIN
    IF p_room IS NOT NULL AND chat.pair_other(p_room, p_user) IS NULL THEN
        RETURN 'not_found';
    END IF;
    PERFORM chat.set_read(w.id, p_user, s.last_seq)
       FROM unnest(v_rooms) AS w (id)
       JOIN chat.room_seq AS s ON s.room_id = w.id;
    RETURN CASE cardinality(v_rooms) WHEN 0 THEN 'unchanged' ELSE 'ok' END;
END
$$;
