-- reads.sql: read positions, and what is unread behind them (R9).
--
-- Unread are the messages after the position, without one's own and without tombstones:
--
--     msg_count - read_no - own_after - others' tombstones after read_seq
--
-- read_no is the number of the last message up to read_seq, own_after how many of one's own stand after
-- it; posting adds to it (post_one.sql, post_many.sql), moving the position counts it again. Only the
-- tombstones are counted when asked for, from an index that holds nothing else.
--
-- Who has no row has nothing unread: in the lobby, until he first reads or posts. A position is not in
-- the room's log, so it takes no lock of the room.

-- How somebody gets his position: whoever makes him a member calls this behind it, under the room's lock.
-- What was said before he came is not unread, when he comes back neither.
CREATE OR REPLACE FUNCTION chat.begin_reading(p_room uuid, p_user uuid) RETURNS void
LANGUAGE sql VOLATILE
AS $$
    INSERT INTO chat.room_reads AS d (room_id, user_id, read_seq, read_no)
    SELECT p_room, p_user, s.last_seq, s.msg_count FROM chat.room_seq AS s WHERE s.room_id = p_room
    ON CONFLICT (room_id, user_id) DO UPDATE
       SET read_seq = excluded.read_seq, read_no = excluded.read_no, own_after = 0
$$;

-- What somebody has not read in a room, no row where he has no position. Whether he is in the room is
-- the caller's to know: the position of who left stays. Inlined into the caller's statement (plain SQL,
-- STABLE), so a list of rooms costs a probe a room and not a call a room.
--
-- mentions: messages after the position, of others, that name him or everybody; those of tombstones
-- are taken back by the deletion. One that does both counts once. (Who wrote it is asked by the log's key:
-- as a join, the planner would go through all that he himself has ever written in the room.)
CREATE OR REPLACE FUNCTION chat.unread_of(p_room uuid, p_user uuid)
RETURNS TABLE (read_seq bigint, unread bigint, mentions bigint)
LANGUAGE sql STABLE
AS $$
    SELECT d.read_seq,
           s.msg_count - d.read_no - d.own_after
           - (SELECT count(*) FROM chat.messages AS t
               WHERE t.room_id = d.room_id AND t.seq > d.read_seq AND t.deleted_at IS NOT NULL
                 AND t.sender_id <> d.user_id),
           (SELECT count(*)
              FROM (SELECT n.seq FROM chat.mentions AS n
                     WHERE n.room_id = d.room_id AND n.user_id = d.user_id AND n.seq > d.read_seq
                    UNION
                    SELECT n.seq FROM chat.mentions AS n
                     WHERE n.room_id = d.room_id AND n.user_id IS NULL AND n.seq > d.read_seq
                       AND (SELECT g.sender_id FROM chat.messages AS g
                             WHERE g.room_id = n.room_id AND g.seq = n.seq) <> d.user_id) AS named)
      FROM chat.room_reads AS d
      JOIN chat.room_seq AS s ON s.room_id = d.room_id
     WHERE d.room_id = p_room AND d.user_id = p_user
$$;

-- Where a position at p_from with p_own own messages behind it comes to when it moves to p_to, which is
-- clamped to the room's last. One statement, so one snapshot: the row of the position must be locked, or
-- a post of the same user would be counted twice or not at all.
--
-- One's own are counted over what is passed or over what is left, whichever is shorter, by the log's key
-- alone. So a position that moves from page to page reads each page once, the jump to the end reads
-- nothing, and all moves of one user in one room together read the room's length at most. (IS NOT DISTINCT
-- FROM keeps the planner from the key by sender, which would read all of his messages in the room.)
CREATE OR REPLACE FUNCTION chat.moved_position(
    p_room uuid, p_user uuid, p_from bigint, p_from_no bigint, p_own bigint, p_to bigint,
    OUT new_seq bigint, OUT new_no bigint, OUT new_own bigint
)
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    SELECT q.seq,
           coalesce((SELECT g.msg_no FROM chat.messages AS g
                      WHERE g.room_id = p_room AND g.seq <= q.seq
                      ORDER BY g.seq DESC LIMIT 1), p_from_no),
           CASE WHEN p_own = 0 THEN 0
                WHEN q.seq - p_from <= q.last_seq - q.seq THEN
                    p_own - (SELECT count(*) FROM chat.messages AS g
                              WHERE g.room_id = p_room AND g.seq > p_from AND g.seq <= q.seq
                                AND g.sender_id IS NOT DISTINCT FROM p_user)
                ELSE (SELECT count(*) FROM chat.messages AS g
                       WHERE g.room_id = p_room AND g.seq > q.seq
                         AND g.sender_id IS NOT DISTINCT FROM p_user) END
      INTO new_seq, new_no, new_own
      FROM (SELECT s.last_seq, least(p_to, s.last_seq) AS seq
              FROM chat.room_seq AS s WHERE s.room_id = p_room) AS q;
END
$$;

-- Why somebody has no position in a room; NULL when he may have one. What is hidden is not found.
CREATE OR REPLACE FUNCTION chat.read_refusal(p_room uuid, p_user uuid) RETURNS text
LANGUAGE sql STABLE
AS $$
    SELECT CASE WHEN r.id IS NULL THEN 'not_found'
                WHEN r.is_lobby OR m.state = 'member' THEN NULL
                WHEN r.is_private THEN 'not_found'
                WHEN m.state = 'banned' THEN 'banned'
                ELSE 'not_member' END
      FROM (VALUES (p_room)) AS q (room_id)
      LEFT JOIN chat.rooms AS r ON r.id = q.room_id AND r.deleted_at IS NULL
      LEFT JOIN chat.room_members AS m ON m.room_id = r.id AND m.user_id = p_user
$$;

-- Moves a member's position forward, never back: `ok`, or `unchanged`, or why not. His other devices hear
-- of a move.
--
-- The position's row is locked first and what is counted is counted in the next statement, whose snapshot
-- has all posts that changed the row before. A post that is under way waits for the row and adds itself
-- to it afterwards; it is behind the room's last that is visible here, so behind the position.
CREATE OR REPLACE FUNCTION chat.move_read(
    p_room uuid, p_user uuid, p_seq bigint, OUT status text, OUT read_seq bigint
)
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
DECLARE
    v_old record;
    v_new record;
BEGIN
    status := chat.read_refusal(p_room, p_user);
    IF status IS NOT NULL THEN
        RETURN;
    END IF;
    LOOP
        SELECT d.read_seq, d.read_no, d.own_after INTO v_old
          FROM chat.room_reads AS d
         WHERE d.room_id = p_room AND d.user_id = p_user
           FOR NO KEY UPDATE;
        EXIT WHEN FOUND;
        INSERT INTO chat.room_reads (room_id, user_id, read_seq, read_no)
        VALUES (p_room, p_user, 0, 0)
        ON CONFLICT DO NOTHING;
    END LOOP;
    v_new := chat.moved_position(p_room, p_user, v_old.read_seq, v_old.read_no, v_old.own_after, p_seq);
    status := CASE WHEN v_new.new_seq > v_old.read_seq THEN 'ok' ELSE 'unchanged' END;
    read_seq := greatest(v_new.new_seq, v_old.read_seq);
    IF status = 'ok' THEN
        UPDATE chat.room_reads AS d
           SET read_seq = v_new.new_seq, read_no = v_new.new_no, own_after = v_new.new_own
         WHERE d.room_id = p_room AND d.user_id = p_user;
        PERFORM chat.log_user(p_user, 'read_moved',
                              jsonb_build_object('roomId', p_room, 'readSeq', v_new.new_seq));
    END IF;
END
$$;

-- Likewise, for a request: with what is unread behind the position.
CREATE OR REPLACE FUNCTION chat.set_read(p_room uuid, p_user uuid, p_seq bigint)
RETURNS TABLE (status text, read_seq bigint, unread bigint, mentions bigint)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    SELECT m.status INTO status FROM chat.move_read(p_room, p_user, p_seq) AS m;
    IF status IN ('ok', 'unchanged') THEN
        RETURN QUERY
        SELECT set_read.status, u.read_seq, u.unread, u.mentions FROM chat.unread_of(p_room, p_user) AS u;
    ELSE
        RETURN NEXT;
    END IF;
END
$$;

-- Likewise for many, as a gateway tells them once a second: each by the credential of a socket, which
-- must still be good and write. The same pair may come twice. One result for each, numbered by `ord`.
--
-- The rows of all positions are locked first, in the order in which posts lock them; then they are moved
-- in the order of users, for each one's own log is locked by its first move. So two of these, or one and a
-- post that names somebody, do not wait for each other in a circle.
CREATE OR REPLACE FUNCTION chat.set_reads(
    p_rooms uuid[], p_users uuid[], p_seqs bigint[], p_cred_kinds text[], p_cred_ids uuid[]
)
RETURNS TABLE (ord int, status text, read_seq bigint)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    v record;
BEGIN
    PERFORM 1
       FROM chat.room_reads AS d
       JOIN unnest(p_rooms, p_users) AS w (room_id, user_id) USING (room_id, user_id)
      ORDER BY d.room_id, d.user_id
        FOR NO KEY UPDATE OF d;
    FOR v IN
        SELECT w.*
          FROM unnest(p_rooms, p_users, p_seqs, p_cred_kinds, p_cred_ids) WITH ORDINALITY
            AS w (room_id, user_id, seq, cred_kind, cred_id, ord)
         ORDER BY w.user_id, w.room_id, w.ord
    LOOP
        ord := v.ord;
        read_seq := NULL;
        SELECT CASE WHEN NOT h.is_client AND h.rights & 2 <> 0 THEN NULL ELSE 'not_allowed' END
          INTO status
          FROM chat.held_rights(v.cred_kind, v.cred_id, v.user_id) AS h;
        IF NOT FOUND THEN
            status := 'unauthorized';
        ELSIF status IS NULL THEN
            SELECT m.status, m.read_seq INTO status, read_seq
              FROM chat.move_read(v.room_id, v.user_id, v.seq) AS m;
        END IF;
        RETURN NEXT;
    END LOOP;
END
$$;
