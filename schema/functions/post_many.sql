-- post_many.sql: the set-based path, one statement for a batch. See post.sql.
--
-- It says at once what the direct path would say message after message. With what is known before
-- the batch (post_facts) a message is open when it is neither a retry nor refused. Of the open ones
--   * the first of its (room, sender, client id) is accepted, and what has the same key after it is
--     a duplicate of it, open or not: the same key twice is one message;
--   * under slow mode only the first of its (room, sender) is accepted, and none while the sender
--     has to wait; what is no duplicate then has to wait.
-- Parents that are in the batch themselves would need the earlier rows: the caller keeps those out.

-- The caller holds the rooms' locks.
CREATE OR REPLACE FUNCTION chat.post_many(
    p_rooms uuid[], p_senders uuid[], p_cred_kinds text[], p_cred_ids uuid[],
    p_client_ids text[], p_ids uuid[], p_contents text[], p_parent_ids uuid[], p_kinds text[],
    p_metas jsonb[]
)
RETURNS TABLE (ord int, status text, id uuid, seq bigint, created_at timestamptz,
               sender_name text, retry_after_ms int)
LANGUAGE plpgsql VOLATILE
AS $$
#variable_conflict use_column
DECLARE
    v_now timestamptz := clock_timestamp();
BEGIN
    RETURN QUERY
    WITH item AS MATERIALIZED (
        SELECT i.ord::int AS ord, i.room_id, i.sender_id, i.client_id,
               coalesce(i.id, chat.uuid7()) AS id, i.content, coalesce(i.kind, 'text') AS kind,
               i.meta, f.*, f.old_id IS NULL AND f.refusal IS NULL AS open
          FROM unnest(p_rooms, p_senders, p_cred_kinds, p_cred_ids, p_client_ids, p_ids, p_contents,
                      p_parent_ids, p_kinds, p_metas) WITH ORDINALITY
               AS i (room_id, sender_id, cred_kind, cred_id, client_id, id, content,
                     parent_id, kind, meta, ord)
         CROSS JOIN LATERAL chat.post_facts(i.room_id, i.sender_id, i.cred_kind, i.cred_id,
                                            i.client_id, i.parent_id, v_now) AS f
    ), ranked AS (
        SELECT t.*, row_number() OVER one_key AS of_key, row_number() OVER one_sender AS of_sender
          FROM item AS t
        WINDOW one_key AS (PARTITION BY room_id, sender_id, open, client_id ORDER BY ord),
               one_sender AS (PARTITION BY room_id, sender_id, open ORDER BY ord)
    ), judged AS (
        SELECT t.*, j.accepted,
               count(*) FILTER (WHERE j.accepted) OVER (PARTITION BY t.room_id ORDER BY t.ord) AS n
          FROM ranked AS t
         CROSS JOIN LATERAL (
               SELECT open AND of_key = 1
                      AND (slow_s = 0 OR (of_sender = 1 AND wait_ms IS NULL)) AS accepted) AS j
    ), placed AS MATERIALIZED (   -- the accepted message of the same key, if there is one
        SELECT t.*, t.last_seq + t.n AS new_seq,
               first_value(CASE WHEN accepted THEN ord END) OVER same AS first_ord,
               first_value(t.id) OVER same AS first_id,
               first_value(t.last_seq + t.n) OVER same AS first_seq
          FROM judged AS t
        WINDOW same AS (PARTITION BY room_id, sender_id, client_id ORDER BY accepted DESC, ord)
    ), fresh AS (
        SELECT t.* FROM placed AS t WHERE t.accepted
    ), bumped AS (
        UPDATE chat.room_seq AS s
           SET last_seq = s.last_seq + c.n, msg_count = s.msg_count + c.n, last_at = c.at
          FROM (SELECT room_id, count(*) AS n, min(posted_at) AS at
                  FROM fresh GROUP BY room_id) AS c
         WHERE s.room_id = c.room_id
    ), written AS (
        INSERT INTO chat.messages (room_id, seq, msg_no, rev, id, sender_id, created_at, parent_id,
                                   parent_seq, client_id, kind, content, meta)
        SELECT room_id, new_seq, msg_count + n, new_seq, id, sender_id, posted_at, root_id,
               root_seq, client_id, kind, content, meta FROM fresh
    ), counted AS (
        INSERT INTO chat.room_reads AS d
               (room_id, user_id, read_seq, read_no, own_after, last_post_at)
        SELECT room_id, sender_id, min(new_seq) - 1, min(msg_count + n) - 1, count(*),
               min(posted_at)
          FROM fresh GROUP BY room_id, sender_id
         ORDER BY room_id, sender_id   -- as chat.read_pairs locks them, who holds no room
        ON CONFLICT (room_id, user_id) DO UPDATE
           SET own_after = d.own_after + excluded.own_after, last_post_at = excluded.last_post_at
    ), threaded AS (
        UPDATE chat.messages AS g
           SET reply_count = g.reply_count + c.n, rev = c.seq
          FROM (SELECT room_id, root_id, root_seq, count(*)::int AS n, max(new_seq) AS seq
                  FROM fresh WHERE root_seq IS NOT NULL GROUP BY room_id, root_id, root_seq) AS c
         WHERE g.id = c.root_id AND g.room_id = c.room_id AND g.seq = c.root_seq
    )
    SELECT t.ord, o.status,
           CASE WHEN o.posted THEN coalesce(t.old_id, t.first_id) END,
           CASE WHEN o.posted THEN coalesce(t.old_seq, t.first_seq) END,
           CASE WHEN o.posted THEN coalesce(t.old_at, t.posted_at) END,
           CASE WHEN o.posted THEN t.sender_name END,
           CASE o.status WHEN 'slow_mode' THEN coalesce(t.wait_ms, t.slow_s * 1000) END
      FROM placed AS t
     CROSS JOIN LATERAL (
           SELECT t.old_seq IS NOT NULL OR t.first_ord <= t.ord AS posted,
                  CASE WHEN t.accepted THEN 'ok'
                       WHEN t.old_seq IS NOT NULL OR t.first_ord < t.ord THEN 'duplicate'
                       ELSE coalesce(t.refusal, 'slow_mode') END AS status) AS o
     ORDER BY t.ord;
END
$$;
