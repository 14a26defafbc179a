-- presence.sql: who is there, as the gateways tell it (contract, `presence`).
--
-- Each gateway says in one statement every few seconds that it lives, and who came, went or has another
-- status since; a gateway that has been silent for too long is forgotten by the others, with all who were
-- at it. Nothing here is kept for long or waits for the disk.

-- What somebody is at all gateways together: the highest of 1 away, 2 online, 3 busy; NULL: not there.
-- Inlined into the caller's statement.
CREATE OR REPLACE FUNCTION chat.presence_of(p_user uuid) RETURNS smallint
LANGUAGE sql STABLE
AS $$
    SELECT (SELECT max(p.status) FROM chat.presence AS p WHERE p.user_id = p_user)
$$;

-- Takes away the gateways that were silent for p_dead_s seconds (NULL: none) and returns them. One that
-- another gateway takes away just now, or that is just speaking, is passed over. A clock that was set back
-- makes nobody live for ever.
CREATE OR REPLACE FUNCTION chat.take_dead_gateways(p_own uuid, p_dead_s int) RETURNS uuid[]
LANGUAGE sql VOLATILE
AS $$
    WITH dead AS (
        SELECT g.id
          FROM chat.gateways AS g
         WHERE g.id <> p_own
           AND abs(extract(epoch FROM clock_timestamp() - g.beat_at)) > p_dead_s
           FOR UPDATE SKIP LOCKED
    ), gone AS (
        DELETE FROM chat.gateways AS g USING dead AS d WHERE g.id = d.id RETURNING g.id
    )
    SELECT coalesce(array_agg(o.id), '{}') FROM gone AS o
$$;

-- A gateway's beat. p_statuses: of p_users, each named once; NULL: he has no socket at it any more. is_new:
-- the gateway was not known, so all who are at it have to be told anew. changed: whose status at all
-- gateways together is another one now. p_figures: how it is doing; NULL: as it said last.
--
-- The rows of all who are concerned are locked before their status is asked, in one order: of two gateways
-- that a user leaves at once, the second sees that he is gone.
CREATE OR REPLACE FUNCTION chat.presence_beat(
    p_gateway uuid, p_users uuid[], p_statuses smallint[], p_dead_s int, p_figures json DEFAULT NULL,
    OUT is_new boolean, OUT changed uuid[]
)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_dead   uuid[];
    v_users  uuid[];
    v_before smallint[];
BEGIN
    PERFORM set_config('synchronous_commit', 'off', true);
    UPDATE chat.gateways AS g SET beat_at = clock_timestamp(), figures = coalesce(p_figures, g.figures)
     WHERE g.id = p_gateway;
    is_new := NOT FOUND;
    IF is_new THEN
        INSERT INTO chat.gateways (id, beat_at, figures)
        VALUES (p_gateway, clock_timestamp(), p_figures);
    END IF;
    v_dead := chat.take_dead_gateways(p_gateway, p_dead_s);
    v_users := ARRAY(SELECT w.id FROM unnest(p_users) AS w (id)
                     UNION
                     SELECT p.user_id FROM chat.presence AS p WHERE p.gateway_id = ANY (v_dead));
    PERFORM 1
       FROM chat.presence AS p
      WHERE p.user_id = ANY (v_users)
      ORDER BY p.user_id, p.gateway_id
        FOR UPDATE;
    v_before := ARRAY(SELECT chat.presence_of(w.id)
                        FROM unnest(v_users) WITH ORDINALITY AS w (id, ord) ORDER BY w.ord);
    DELETE FROM chat.presence AS p WHERE p.gateway_id = ANY (v_dead);
    DELETE FROM chat.presence AS p
     USING unnest(p_users, p_statuses) AS w (id, status)
     WHERE p.user_id = w.id AND p.gateway_id = p_gateway AND w.status IS NULL;
    INSERT INTO chat.presence AS p (user_id, gateway_id, status)
    SELECT w.id, p_gateway, w.status FROM unnest(p_users, p_statuses) AS w (id, status)
     WHERE w.status IS NOT NULL
    ON CONFLICT (user_id, gateway_id) DO UPDATE SET status = excluded.status
     WHERE p.status <> excluded.status;
    changed := ARRAY(SELECT w.id FROM unnest(v_users, v_before) AS w (id, status)
                      WHERE chat.presence_of(w.id) IS DISTINCT FROM w.status);
END
$$;
