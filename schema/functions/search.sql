-- search.sql: the index of search (migration 0009_search) and the walk through it.
--
-- Who posts the message that brings a room's seq to a multiple of 64, or changes an old one, leaves a
-- row in search_due, in his own transaction. chat.index_due takes such rows and indexes: workers call
-- it when an answer has left, gateways now and then, one of them at a time. That indexing is too dear to
-- be done while somebody waits is an estimate (a fifth of a post), not a measurement. Nothing is found
-- later for that: what is not in the index yet is read itself. A process that dies leaves the rows where
-- they were.

-- The text that words are taken from: composed, of normal width, in small letters, whatever the
-- database's own locale knows about letters. Most texts are ASCII, which needs less. Without < and >,
-- between which PostgreSQL's parser sees tags and no words (List<String>).
CREATE OR REPLACE FUNCTION chat.search_text(p_text text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT CASE WHEN octet_length(p_text) = char_length(p_text)
                THEN lower(translate(p_text, '<>', ',,') COLLATE "C") COLLATE "und-x-icu"
                ELSE lower(translate(normalize(p_text, NFKC), '<>', ',,') COLLATE "und-x-icu") END
$$;

CREATE OR REPLACE FUNCTION chat.search_config() RETURNS regconfig
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT ('pg_catalog.' || quote_ident(l.name))::regconfig FROM chat.search_language AS l
$$;

-- What a block must have for a message in it to match: no word that is excluded, no order of words.
-- Empty when nothing is left. In the text of a query words stand in quotes, and the parser takes < and
-- > for no part of a word, so these are operators.
CREATE OR REPLACE FUNCTION chat.search_words(p_query tsquery) RETURNS tsquery
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT coalesce(nullif(regexp_replace(querytree(p_query), '<(-|\d+)>', '&', 'g'), 'T'), '')::tsquery
$$;

-- --- filling ---------------------------------------------------------------------------------------

-- Writes the block of a stretch anew. One of very long messages is divided: the words of a row are
-- less than 1 MiB (PostgreSQL manual, 12.11), which 64 KiB of text cannot exceed: composing makes at
-- most eleven times as much of it, and of a compound its parts are words too. One message alone, of
-- 8,000 code points, never does. The caller is the only one who indexes.
CREATE OR REPLACE FUNCTION chat.index_range(p_room uuid, p_first bigint, p_last bigint) RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    v_config regconfig := chat.search_config();
    v_middle bigint := (p_first + p_last) / 2;
    v_bytes  bigint;
BEGIN
    SELECT sum(octet_length(m.content)) INTO v_bytes
      FROM chat.messages AS m
     WHERE m.room_id = p_room AND m.seq BETWEEN p_first AND p_last;
    IF v_bytes > 64 * 1024 AND p_first < p_last THEN
        PERFORM chat.index_range(p_room, p_first, v_middle);
        PERFORM chat.index_range(p_room, v_middle + 1, p_last);
        RETURN;
    END IF;
    INSERT INTO chat.search_blocks AS b (room_id, first_seq, last_seq, first_at, last_at, words)
    SELECT p_room, p_first, p_last, coalesce(min(m.created_at), 'infinity'),
           coalesce(max(m.created_at), '-infinity'),
           array_to_tsvector(coalesce(array_agg(w.word) FILTER (WHERE w.word <> ''), '{}'))
      FROM chat.messages AS m
      LEFT JOIN LATERAL unnest(tsvector_to_array(to_tsvector(
                                   v_config, chat.search_text(m.content)))) AS w (word) ON true
     WHERE m.room_id = p_room AND m.seq BETWEEN p_first AND p_last AND m.deleted_at IS NULL
    ON CONFLICT (room_id, first_seq) DO UPDATE
       SET last_seq = excluded.last_seq, first_at = excluded.first_at, last_at = excluded.last_at,
           words = excluded.words;
END
$$;

-- The block that a message is in, if it is in one.
CREATE OR REPLACE FUNCTION chat.index_again(p_room uuid, p_seq bigint) RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    v_block record;
BEGIN
    SELECT b.first_seq, b.last_seq INTO v_block
      FROM chat.search_blocks AS b
     WHERE b.room_id = p_room AND b.first_seq <= p_seq
     ORDER BY b.first_seq DESC LIMIT 1;
    IF v_block.last_seq >= p_seq THEN
        PERFORM chat.index_range(p_room, v_block.first_seq, v_block.last_seq);
    END IF;
END
$$;

-- What stands behind a room's last block, at most p_blocks of 64; returns whether that was all. Less
-- than half a block waits for the next time.
CREATE OR REPLACE FUNCTION chat.index_room(p_room uuid, p_blocks int) RETURNS boolean
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    v_next bigint;
    v_last bigint;
BEGIN
    SELECT greatest(s.first_seq, b.last_seq + 1), s.last_seq INTO v_next, v_last
      FROM chat.room_seq AS s
      LEFT JOIN LATERAL (
           SELECT k.last_seq FROM chat.search_blocks AS k
            WHERE k.room_id = s.room_id ORDER BY k.first_seq DESC LIMIT 1) AS b ON true
     WHERE s.room_id = p_room;
    FOR i IN 1 .. p_blocks LOOP
        EXIT WHEN v_last - v_next < 31;
        PERFORM chat.index_range(p_room, v_next, least(v_next + 63, v_last));
        v_next := v_next + 64;
    END LOOP;
    RETURN coalesce(v_last - v_next < 31, true);
END
$$;

-- Indexes some of what is due; returns how many rows it took, 0 when another process is at it. Only one
-- is at a time: what it reads of a stretch is then never older than what is in the index, and who
-- changes a message meanwhile has left a row for later.
CREATE OR REPLACE FUNCTION chat.index_due(p_rows int) RETURNS int
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    v_due  record;
    v_done int := 0;
BEGIN
    IF NOT pg_try_advisory_xact_lock(7163384744692147049) THEN   -- any number that nobody else uses
        RETURN 0;
    END IF;
    FOR v_due IN
        DELETE FROM chat.search_due AS d
         WHERE d.id = ANY (ARRAY(SELECT o.id FROM chat.search_due AS o ORDER BY o.id LIMIT p_rows))
        RETURNING d.room_id, d.seq
    LOOP
        PERFORM chat.index_again(v_due.room_id, v_due.seq);
        IF NOT chat.index_room(v_due.room_id, 4) THEN
            INSERT INTO chat.search_due (room_id, seq) VALUES (v_due.room_id, 0);
        END IF;
        v_done := v_done + 1;
    END LOOP;
    RETURN v_done;
END
$$;

-- After a batch: the rooms in it that have passed a multiple of 64. The caller holds their locks.
CREATE OR REPLACE FUNCTION chat.mark_batch(p_rooms uuid[]) RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
BEGIN
    INSERT INTO chat.search_due (room_id, seq)
    SELECT s.room_id, s.last_seq
      FROM (SELECT q.room_id, count(*) AS n FROM unnest(p_rooms) AS q (room_id) GROUP BY 1) AS p
      JOIN chat.room_seq AS s ON s.room_id = p.room_id
     WHERE s.last_seq % 64 < p.n;
END
$$;

-- An edit or a deletion, whichever function makes it. Posting does not fire it.
CREATE OR REPLACE FUNCTION chat.mark_changed() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    INSERT INTO chat.search_due (room_id, seq) VALUES (NEW.room_id, NEW.seq);
    RETURN NULL;
END
$$;

CREATE OR REPLACE TRIGGER messages_mark_changed
    AFTER UPDATE OF content ON chat.messages
    FOR EACH ROW WHEN (OLD.content IS DISTINCT FROM NEW.content)
    EXECUTE FUNCTION chat.mark_changed();

-- Another language: the index is made anew, as fast as chat.index_due is called. For the operator.
CREATE OR REPLACE FUNCTION chat.set_search_language(p_name text) RETURNS boolean
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    v_changed boolean;
BEGIN
    UPDATE chat.search_language SET name = p_name WHERE name <> p_name;
    v_changed := FOUND;
    IF v_changed THEN
        PERFORM chat.search_config();   -- refuses what is none
        TRUNCATE chat.search_blocks;
        INSERT INTO chat.search_due (room_id, seq) SELECT s.room_id, 0 FROM chat.room_seq AS s;
    END IF;
    RETURN v_changed;
END
$$;

-- --- finding ---------------------------------------------------------------------------------------

-- The messages that match, newest first as far as p_limit goes: at least the p_limit newest, and what
-- was met on the way. Who asks says in which rooms, and up to which seq each one's past is hidden.
--
-- Stretches that have all the words, and each room's tail that has no block yet, are opened from the
-- one with the newest message on, until no other can hold anything newer than the p_limit found. At
-- most 2,000 are opened (some 100,000 messages): two words that are everywhere but never together
-- must not cost seconds. Of a tail only the newest 1,024 are read, which only an import exceeds.
CREATE OR REPLACE FUNCTION chat.search(
    p_rooms uuid[], p_hidden bigint[], p_query tsquery, p_from uuid, p_before_at timestamptz,
    p_before uuid, p_limit int, p_rank boolean
)
RETURNS TABLE (room_id uuid, seq bigint, id uuid, created_at timestamptz, rank real)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET enable_mergejoin = off
SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
    v_config regconfig := chat.search_config();
    v_words  tsquery := chat.search_words(p_query);
    v_times  timestamptz[] := '{}';   -- of the p_limit newest found, newest first
    v_block  record;
BEGIN
    FOR v_block IN
        WITH mine AS MATERIALIZED (
            SELECT r.room_id, r.hidden_upto FROM unnest(p_rooms, p_hidden) AS r (room_id, hidden_upto)
        ), marked AS MATERIALIZED (
            SELECT b.room_id, b.first_seq, b.last_seq, least(b.last_at, p_before_at) AS last_at
              FROM chat.search_blocks AS b
             WHERE b.words @@ v_words AND b.first_at <= p_before_at
        )
        SELECT c.room_id, greatest(c.first_seq, r.hidden_upto + 1) AS first_seq, c.last_seq, c.last_at
          FROM marked AS c
          JOIN mine AS r ON r.room_id = c.room_id AND r.hidden_upto < c.last_seq
        UNION ALL
        SELECT s.room_id,
               greatest(r.hidden_upto + 1, s.last_seq - 1023, b.last_seq + 1), s.last_seq,
               least(s.last_at, p_before_at)
          FROM mine AS r
          JOIN chat.room_seq AS s ON s.room_id = r.room_id
          LEFT JOIN LATERAL (
               SELECT k.last_seq FROM chat.search_blocks AS k
                WHERE k.room_id = r.room_id ORDER BY k.first_seq DESC LIMIT 1) AS b ON true
         WHERE s.last_seq > coalesce(b.last_seq, 0)
         ORDER BY last_at DESC
         LIMIT 2000
    LOOP
        EXIT WHEN v_block.last_at < v_times[p_limit];
        FOR room_id, seq, id, created_at, rank IN
            SELECT m.room_id, m.seq, m.id, m.created_at,
                   CASE WHEN p_rank THEN
                        ts_rank(to_tsvector(v_config, chat.search_text(m.content)), p_query) END
              FROM chat.messages AS m
             WHERE m.room_id = v_block.room_id
               AND m.seq BETWEEN v_block.first_seq AND v_block.last_seq
               AND m.deleted_at IS NULL
               AND (p_from IS NULL OR m.sender_id = p_from)
               AND (m.created_at, m.id) < (p_before_at, p_before)
               AND m.created_at >= coalesce(v_times[p_limit], '-infinity')
               AND to_tsvector(v_config, chat.search_text(m.content)) @@ p_query
             ORDER BY m.created_at DESC, m.id DESC
             LIMIT p_limit
        LOOP
            RETURN NEXT;
            v_times := v_times || created_at;
        END LOOP;
        v_times := ARRAY(SELECT t FROM unnest(v_times) AS u (t) ORDER BY t DESC LIMIT p_limit);
    END LOOP;
END
$$;
