-- post_one.sql: the direct path, simple statements by key for one message. See post.sql.

-- Takes the room's lock itself: for one row that is cheaper than chat.lock_rooms, which a batch has
-- called before.
CREATE OR REPLACE FUNCTION chat.post_one(
    p_room uuid, p_sender uuid, p_cred_kind text, p_cred_id uuid, p_client_id text, p_id uuid,
    p_content text, p_parent_id uuid, p_kind text, p_meta jsonb,
    OUT status text, OUT id uuid, OUT seq bigint, OUT created_at timestamptz,
    OUT sender_name text, OUT retry_after_ms int
)
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
DECLARE
    v_now   timestamptz;
    v_facts record;
BEGIN
    PERFORM 1 FROM chat.room_seq AS s WHERE s.room_id = p_room FOR NO KEY UPDATE;

    -- the clock is read first, for a volatile argument would not be inlined
    v_now := clock_timestamp();
    SELECT f.* INTO v_facts
      FROM chat.post_facts(p_room, p_sender, p_cred_kind, p_cred_id, p_client_id, p_parent_id,
                           v_now) AS f;

    -- a retry gets the original
    IF v_facts.old_id IS NOT NULL THEN
        status := 'duplicate';
        id := v_facts.old_id;
        seq := v_facts.old_seq;
        created_at := v_facts.old_at;
        sender_name := v_facts.sender_name;
        RETURN;
    END IF;

    -- what is new is checked
    IF v_facts.refusal IS NOT NULL OR v_facts.wait_ms IS NOT NULL THEN
        status := coalesce(v_facts.refusal, 'slow_mode');
        retry_after_ms := CASE WHEN v_facts.refusal IS NULL THEN v_facts.wait_ms END;
        RETURN;
    END IF;

    -- what is accepted is numbered and written
    status := 'ok';
    id := coalesce(p_id, chat.uuid7());
    seq := v_facts.last_seq + 1;
    created_at := v_facts.posted_at;
    sender_name := v_facts.sender_name;
    UPDATE chat.room_seq AS s
       SET last_seq = post_one.seq, msg_count = v_facts.msg_count + 1,
           last_at = post_one.created_at
     WHERE s.room_id = p_room;
    INSERT INTO chat.messages (room_id, seq, msg_no, rev, id, sender_id, created_at, parent_id,
                               parent_seq, client_id, kind, content, meta)
    VALUES (p_room, seq, v_facts.msg_count + 1, seq, id, p_sender, created_at, v_facts.root_id,
            v_facts.root_seq, p_client_id, coalesce(p_kind, 'text'), p_content, p_meta);
    IF seq % 64 = 0 THEN
        INSERT INTO chat.search_due (room_id, seq) VALUES (p_room, seq);
    END IF;
    INSERT INTO chat.room_reads AS d (room_id, user_id, read_seq, read_no, own_after, last_post_at)
    VALUES (p_room, p_sender, v_facts.last_seq, v_facts.msg_count, 1, created_at)
    ON CONFLICT (room_id, user_id) DO UPDATE
       SET own_after = d.own_after + 1, last_post_at = excluded.last_post_at;

    -- a reply counts at its root, and is a change of it; by id as well, because while the table is
    -- empty any index that begins with room_id looks as good as the key to the planner
    IF v_facts.root_seq IS NOT NULL THEN
        UPDATE chat.messages AS g
           SET reply_count = g.reply_count + 1, rev = post_one.seq
         WHERE g.id = v_facts.root_id AND g.room_id = p_room AND g.seq = v_facts.root_seq;
    END IF;
END
$$;
