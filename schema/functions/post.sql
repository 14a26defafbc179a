-- post.sql: posting messages. The only way in.
--
-- In this order (architecture, "Writing"): lock the rooms; then, in a statement of its own, look for
-- messages with the same (room, sender, client id) and return those whatever has become of membership,
-- mute, slow mode or block since, for a retry of a committed message must not fail; then check what is
-- new; then bump and insert. A refused message takes no seq, so the log has no hole. ON CONFLICT after
-- the bump would leave one, and NOT EXISTS in the same statement would not see a neighbour's commit.
--
-- One message goes the direct way: simple statements, a quarter of the cost of the set-based ones.
-- A property test drives both with the same batches and compares every row.

-- Why this sender may not post this new message here: NULL when he may. The caller holds the lock.
CREATE OR REPLACE FUNCTION chat.post_refusal(
    p_room uuid, p_sender uuid, p_cred_kind text, p_cred_id uuid, p_parent uuid,
    OUT status text, OUT retry_after_ms int, OUT sender_name text,
    OUT parent_id uuid, OUT parent_seq bigint
)
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    v_now       timestamptz := clock_timestamp();
    v_client    boolean := false;   -- an application speaks for the sender
    v_room      record;
    v_member    record;
    v_last_post timestamptz;
BEGIN
    -- the credential, and the user behind it
    IF p_cred_kind = 'session' THEN
        SELECT u.username INTO sender_name
          FROM chat.sessions AS s
          JOIN chat.users AS u ON u.id = s.user_id
         WHERE s.id = p_cred_id AND s.user_id = p_sender
           AND s.revoked_at IS NULL AND s.expires_at > v_now
           AND u.is_active AND u.deleted_at IS NULL;
    ELSE
        SELECT u.username, t.type = 'CLIENT' INTO sender_name, v_client
          FROM chat.api_tokens AS t
          JOIN chat.users AS o ON o.id = t.user_id AND o.is_active AND o.deleted_at IS NULL
          JOIN chat.users AS u ON u.id = p_sender AND u.is_active AND u.deleted_at IS NULL
         WHERE t.id = p_cred_id AND (t.user_id = p_sender OR t.type = 'CLIENT')
           AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > v_now)
           AND (t.permissions -> 'write') IS DISTINCT FROM 'false'::jsonb;
    END IF;
    IF NOT FOUND THEN
        status := 'unauthorized';
        RETURN;
    END IF;

    -- the room, and the sender in it
    SELECT r.kind, r.is_private, r.is_lobby, r.slow_mode_s, r.archived_at INTO v_room
      FROM chat.rooms AS r
     WHERE r.id = p_room AND r.deleted_at IS NULL;
    IF NOT FOUND THEN
        status := 'not_found';
        RETURN;
    END IF;
    SELECT m.state, m.role, m.muted_until INTO v_member
      FROM chat.room_members AS m
     WHERE m.room_id = p_room AND m.user_id = p_sender;
    IF v_member.state = 'banned' THEN
        status := CASE WHEN v_room.is_private THEN 'not_found' ELSE 'banned' END;
    ELSIF v_member.state IS DISTINCT FROM 'member' AND NOT v_room.is_lobby THEN
        status := CASE WHEN v_room.is_private AND v_member.state IS NULL
                       THEN 'not_found' ELSE 'not_member' END;
    ELSIF v_room.archived_at IS NOT NULL THEN
        status := 'archived';
    ELSIF v_member.muted_until > v_now THEN
        status := 'muted';
    ELSIF v_room.kind = 'p2p' AND EXISTS (
              SELECT FROM chat.room_members AS o
                JOIN chat.user_blocks AS b ON b.user_id = o.user_id AND b.blocked_id = p_sender
               WHERE o.room_id = p_room AND o.user_id <> p_sender) THEN
        status := 'blocked';
    END IF;
    IF status IS NOT NULL THEN
        RETURN;
    END IF;

    -- slow mode binds members, not those who keep order
    IF v_room.slow_mode_s > 0 AND coalesce(v_member.role, 'member') = 'member' AND NOT v_client THEN
        SELECT d.last_post_at INTO v_last_post
          FROM chat.room_reads AS d
         WHERE d.room_id = p_room AND d.user_id = p_sender;
        IF v_last_post + make_interval(secs => v_room.slow_mode_s) > v_now THEN
            status := 'slow_mode';
            retry_after_ms := ceil(1000 * extract(epoch FROM
                v_last_post + make_interval(secs => v_room.slow_mode_s) - v_now));
            RETURN;
        END IF;
    END IF;

    -- the thread: a reply to a reply belongs to the root
    IF p_parent IS NOT NULL THEN
        SELECT coalesce(g.parent_id, g.id), coalesce(g.parent_seq, g.seq) INTO parent_id, parent_seq
          FROM chat.messages AS g
         WHERE g.id = p_parent AND g.room_id = p_room;
        IF NOT FOUND THEN
            status := 'parent_not_found';
        END IF;
    END IF;
END
$$;

-- What a new message of a sender changes beside the log: his own-after count and the time of his post.
CREATE OR REPLACE FUNCTION chat.note_post(
    p_room uuid, p_sender uuid, p_seq bigint, p_msg_no bigint, p_n int, p_at timestamptz
) RETURNS void
LANGUAGE sql VOLATILE
AS $$
    INSERT INTO chat.room_reads AS d (room_id, user_id, read_seq, read_no, own_after, last_post_at)
    VALUES (p_room, p_sender, p_seq - 1, p_msg_no - 1, p_n, p_at)
    ON CONFLICT (room_id, user_id) DO UPDATE
       SET own_after = d.own_after + p_n, last_post_at = p_at
$$;

-- A reply counts at its root, and the root's state has changed with it.
CREATE OR REPLACE FUNCTION chat.note_reply(p_room uuid, p_parent_seq bigint, p_n int, p_rev bigint)
RETURNS void
LANGUAGE sql VOLATILE
AS $$
    UPDATE chat.messages AS g
       SET reply_count = g.reply_count + p_n, rev = p_rev
     WHERE g.room_id = p_room AND g.seq = p_parent_seq
$$;

-- Mentions of a message: a JSON array of user ids, null in it for @room.
CREATE OR REPLACE FUNCTION chat.note_mentions(p_room uuid, p_seq bigint, p_mentions jsonb)
RETURNS void
LANGUAGE sql VOLATILE
AS $$
    INSERT INTO chat.mentions (room_id, user_id, seq)
    SELECT DISTINCT p_room, e.value::uuid, p_seq
      FROM jsonb_array_elements_text(p_mentions) AS e (value)
$$;

-- The direct path.
CREATE OR REPLACE FUNCTION chat.post_one(
    p_room uuid, p_sender uuid, p_cred_kind text, p_cred_id uuid, p_client_id text, p_id uuid,
    p_content text, p_parent_id uuid, p_kind text, p_meta jsonb, p_mentions jsonb,
    OUT status text, OUT id uuid, OUT seq bigint, OUT created_at timestamptz,
    OUT sender_name text, OUT retry_after_ms int
)
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
DECLARE
    v_parent_id  uuid;
    v_parent_seq bigint;
    v_msg_no     bigint;
BEGIN
    PERFORM 1 FROM chat.room_seq AS s WHERE s.room_id = p_room FOR NO KEY UPDATE;

    SELECT 'duplicate', g.id, g.seq, g.created_at, u.username
      INTO status, id, seq, created_at, sender_name
      FROM chat.messages AS g
      LEFT JOIN chat.users AS u ON u.id = g.sender_id
     WHERE g.room_id = p_room AND g.sender_id = p_sender AND g.client_id = p_client_id;
    IF FOUND THEN
        RETURN;
    END IF;

    SELECT f.status, f.retry_after_ms, f.sender_name, f.parent_id, f.parent_seq
      INTO status, retry_after_ms, sender_name, v_parent_id, v_parent_seq
      FROM chat.post_refusal(p_room, p_sender, p_cred_kind, p_cred_id, p_parent_id) AS f;
    IF status IS NOT NULL THEN
        RETURN;
    END IF;

    UPDATE chat.room_seq AS s
       SET last_seq = s.last_seq + 1, msg_count = s.msg_count + 1,
           last_at = greatest(clock_timestamp(), s.last_at)
     WHERE s.room_id = p_room
    RETURNING s.last_seq, s.msg_count, s.last_at INTO STRICT seq, v_msg_no, created_at;

    id := coalesce(p_id, chat.uuid7());
    status := 'ok';
    INSERT INTO chat.messages (room_id, seq, msg_no, rev, id, sender_id, created_at, parent_id,
                               parent_seq, client_id, kind, content, meta)
    VALUES (p_room, seq, v_msg_no, seq, id, p_sender, created_at, v_parent_id,
            v_parent_seq, p_client_id, coalesce(p_kind, 'text'), p_content, p_meta);
    PERFORM chat.note_post(p_room, p_sender, seq, v_msg_no, 1, created_at);
    IF v_parent_seq IS NOT NULL THEN
        PERFORM chat.note_reply(p_room, v_parent_seq, 1, seq);
    END IF;
    IF p_mentions IS NOT NULL THEN
        PERFORM chat.note_mentions(p_room, seq, p_mentions);
    END IF;
END
$$;

-- Posts a batch: one result a message, in the order given. Rooms are locked first and all at once, so
-- that two batches cannot deadlock; then each message goes the direct way, in order, and sees what
-- the ones before it have done (a repeated client id, slow mode, a reply to a message of this batch).
--
-- An application calls it last in its own transaction and commits at once: the rooms stay locked
-- until then. It runs with the owner's rights: the callers' roles cannot write these tables.
CREATE OR REPLACE FUNCTION chat.post_messages(
    p_rooms uuid[], p_senders uuid[], p_cred_kinds text[], p_cred_ids uuid[],
    p_client_ids text[], p_ids uuid[], p_contents text[], p_parent_ids uuid[], p_kinds text[],
    p_metas jsonb[], p_mentions jsonb[]
)
RETURNS TABLE (ord int, status text, id uuid, seq bigint, created_at timestamptz,
               sender_name text, retry_after_ms int)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog
AS $$
BEGIN
    IF array_length(p_rooms, 1) > 1 THEN
        PERFORM chat.lock_rooms(p_rooms);
    END IF;
    FOR i IN 1 .. coalesce(array_length(p_rooms, 1), 0) LOOP
        ord := i;
        SELECT p.status, p.id, p.seq, p.created_at, p.sender_name, p.retry_after_ms
          INTO status, id, seq, created_at, sender_name, retry_after_ms
          FROM chat.post_one(p_rooms[i], p_senders[i], p_cred_kinds[i], p_cred_ids[i],
                             p_client_ids[i], p_ids[i], p_contents[i], p_parent_ids[i],
                             p_kinds[i], p_metas[i], p_mentions[i]) AS p;
        RETURN NEXT;
    END LOOP;
END
$$;
