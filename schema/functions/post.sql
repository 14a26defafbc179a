-- post.sql: posting messages. The only way in.
--
-- In this order (architecture, "Writing"), under READ COMMITTED:
--   1. lock the rooms' counters, in the order of room ids;
--   2. in a statement of its own, so with a snapshot from behind the lock, look for messages with
--      the same (room, sender, client id) and return those whatever has become of credential,
--      membership, mute, slow mode or block since: a retry of a committed message must not fail;
--   3. check what is new;
--   4. number and write what was accepted. A refused message takes no seq: the log has no hole.
-- ON CONFLICT after the numbering would leave one, and NOT EXISTS in the locking statement would
-- not see a neighbour's commit.
--
-- The door is here. post_one.sql is the direct path of a single message, post_many.sql the
-- set-based one of a batch, post_facts.sql what both ask before they accept. A property test drives
-- both paths with the same batches and compares every row.

-- Posts a batch: one result a message, in the order given. NULL arrays mean all NULL; p_mentions[i] is
-- whom the message names, as mentions.sql says. `mentioned`: the users among them, NULL for none; their
-- own logs have something new.
--
-- An application calls it last in its own transaction and commits at once: the rooms stay locked
-- until then. It runs with the owner's rights: the callers' roles cannot write these tables.
--
-- The settings pin the plans for callers who do not bring their own: a batch is small, the tables
-- are large, so nested loops over keys are always right. What the planner likes best on the empty
-- tables of the first minute is not, and a session keeps it while the tables grow.
CREATE OR REPLACE FUNCTION chat.post_messages(
    p_rooms uuid[], p_senders uuid[], p_cred_kinds text[], p_cred_ids uuid[],
    p_client_ids text[], p_ids uuid[], p_contents text[], p_parent_ids uuid[], p_kinds text[],
    p_metas jsonb[], p_mentions jsonb[]
)
RETURNS TABLE (ord int, status text, id uuid, seq bigint, created_at timestamptz,
               sender_name text, retry_after_ms int, mentioned uuid[])
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
AS $$
DECLARE
    v_n   int := coalesce(cardinality(p_rooms), 0);
    v_one record;
BEGIN
    IF v_n > 1 THEN
        PERFORM chat.lock_rooms(p_rooms);
    END IF;
    -- most messages name nobody, and pay nothing for those that do
    IF coalesce(cardinality(array_remove(p_mentions, NULL)), 0) > 0 THEN
        RETURN QUERY
        SELECT p.ord, p.status, p.id, p.seq, p.created_at, p.sender_name, p.retry_after_ms, p.mentioned
          FROM chat.post_naming(p_rooms, p_senders, p_cred_kinds, p_cred_ids, p_client_ids, p_ids,
                                p_contents, p_parent_ids, p_kinds, p_metas, p_mentions) AS p;
        RETURN;
    END IF;
    -- a reply to a message of the same batch needs that one written first: one by one, then
    IF v_n > 1 AND NOT coalesce(p_parent_ids && p_ids, false) THEN
        RETURN QUERY
        SELECT p.ord, p.status, p.id, p.seq, p.created_at, p.sender_name, p.retry_after_ms, NULL::uuid[]
          FROM chat.post_many(p_rooms, p_senders, p_cred_kinds, p_cred_ids, p_client_ids, p_ids,
                              p_contents, p_parent_ids, p_kinds, p_metas) AS p;
        PERFORM chat.mark_batch(p_rooms);
        RETURN;
    END IF;
    FOR i IN 1 .. v_n LOOP
        v_one := chat.post_one(p_rooms[i], p_senders[i], p_cred_kinds[i], p_cred_ids[i],
                               p_client_ids[i], p_ids[i], p_contents[i], p_parent_ids[i],
                               p_kinds[i], p_metas[i]);
        ord := i;
        status := v_one.status;
        id := v_one.id;
        seq := v_one.seq;
        created_at := v_one.created_at;
        sender_name := v_one.sender_name;
        retry_after_ms := v_one.retry_after_ms;
        RETURN NEXT;
    END LOOP;
END
$$;

-- The same for a batch in which somebody is named: posts it, then notes the mentions of what is new, then
-- tells whom they name. Behind both paths, so it cannot differ between them.
CREATE OR REPLACE FUNCTION chat.post_naming(
    p_rooms uuid[], p_senders uuid[], p_cred_kinds text[], p_cred_ids uuid[],
    p_client_ids text[], p_ids uuid[], p_contents text[], p_parent_ids uuid[], p_kinds text[],
    p_metas jsonb[], p_mentions jsonb[]
)
RETURNS TABLE (ord int, status text, id uuid, seq bigint, created_at timestamptz,
               sender_name text, retry_after_ms int, mentioned uuid[])
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    v_rooms uuid[];
    v_seqs  bigint[];
    v_ids   uuid[];
BEGIN
    FOR ord, status, id, seq, created_at, sender_name, retry_after_ms IN
        SELECT p.ord, p.status, p.id, p.seq, p.created_at, p.sender_name, p.retry_after_ms
          FROM chat.post_messages(p_rooms, p_senders, p_cred_kinds, p_cred_ids, p_client_ids, p_ids,
                                  p_contents, p_parent_ids, p_kinds, p_metas, NULL) AS p
    LOOP
        mentioned := NULL;
        IF status = 'ok' AND p_mentions[ord] IS NOT NULL THEN
            mentioned := chat.note_mentions(p_rooms[ord], seq, p_senders[ord], p_mentions[ord]);
            v_rooms := v_rooms || p_rooms[ord];
            v_seqs := v_seqs || seq;
            v_ids := v_ids || id;
        END IF;
        RETURN NEXT;
    END LOOP;
    PERFORM chat.tell_mentioned(v_rooms, v_seqs, v_ids);
END
$$;
