-- purge.sql: what has ended long ago is forgotten, a bounded piece at a time. Nobody is granted this: the
-- command line calls it, once a day is enough (README).
--
-- What somebody may still ask about stays: a session or token says for a month that it has ended, an
-- invitation for as long why it lets nobody in. Refresh tokens go with their session. The audit log knows
-- all of them by id and is no part of this.
--
-- The rows of one call are the oldest that a scan meets; those that somebody else has in hand are left to
-- the next day. The tables are read from end to end, which an index would spare once a day and cost at
-- every login.

-- How many went of each kind; at most p_most, and then there may be more.
CREATE OR REPLACE FUNCTION chat.purge_old(
    p_most int, OUT sessions bigint, OUT tokens bigint, OUT invites bigint, OUT tickets bigint,
    OUT attempts bigint, OUT buckets bigint
)
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    v_old timestamptz := clock_timestamp() - interval '30 days';
    v_day timestamptz := clock_timestamp() - interval '1 day';
BEGIN
    DELETE FROM chat.sessions AS s
     WHERE s.id = ANY (ARRAY(SELECT o.id FROM chat.sessions AS o
                              WHERE least(o.expires_at, o.revoked_at) < v_old
                              LIMIT p_most FOR UPDATE SKIP LOCKED));
    GET DIAGNOSTICS sessions = ROW_COUNT;
    DELETE FROM chat.api_tokens AS t
     WHERE t.id = ANY (ARRAY(SELECT o.id FROM chat.api_tokens AS o
                              WHERE least(o.expires_at, o.revoked_at) < v_old
                              LIMIT p_most FOR UPDATE SKIP LOCKED));
    GET DIAGNOSTICS tokens = ROW_COUNT;
    DELETE FROM chat.room_invites AS i
     WHERE i.id = ANY (ARRAY(SELECT o.id FROM chat.room_invites AS o
                              WHERE least(o.expires_at, o.revoked_at,
                                          CASE WHEN o.uses >= o.max_uses
                                               THEN coalesce(o.last_used_at, o.created_at) END) < v_old
                              LIMIT p_most FOR UPDATE SKIP LOCKED));
    GET DIAGNOSTICS invites = ROW_COUNT;
    DELETE FROM chat.ws_tickets AS w
     WHERE w.token_hash = ANY (ARRAY(SELECT o.token_hash FROM chat.ws_tickets AS o
                                      WHERE o.expires_at < v_day
                                      LIMIT p_most FOR UPDATE SKIP LOCKED));
    GET DIAGNOSTICS tickets = ROW_COUNT;
    -- a failure a minute is forgotten, and no wait is longer than five (throttle.sql)
    DELETE FROM chat.login_attempts AS l
     WHERE l.key = ANY (ARRAY(SELECT o.key FROM chat.login_attempts AS o
                               WHERE o.last_at < v_day
                                 AND chat.login_since(o.last_at) / 60 > o.failures + 5
                               LIMIT p_most FOR UPDATE SKIP LOCKED));
    GET DIAGNOSTICS attempts = ROW_COUNT;
    -- a bucket that nobody took from for so long is full, and so is one that is not there
    DELETE FROM chat.rate_buckets AS b
     WHERE (b.user_id, b.name) IN (SELECT o.user_id, o.name FROM chat.rate_buckets AS o
                                    WHERE o.updated_at < v_day
                                    LIMIT p_most FOR UPDATE SKIP LOCKED);
    GET DIAGNOSTICS buckets = ROW_COUNT;
END
$$;
