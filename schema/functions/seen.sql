-- seen.sql: when people were there last, as their sockets tell it.

-- Whom a gateway has seen come or go in the last second; who was noted within the last minute stays
-- as he is. Nobody waits for it: a user whose row is being changed just now is left out, and the commit
-- does not wait for the disk, for what a crash loses here is a minute.
CREATE OR REPLACE FUNCTION chat.seen(p_users uuid[]) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM set_config('synchronous_commit', 'off', true);
    UPDATE chat.users AS u SET last_seen = clock_timestamp()
     WHERE u.id IN (SELECT o.id
                      FROM chat.users AS o
                     WHERE o.id = ANY (p_users) AND o.deleted_at IS NULL
                       AND coalesce(o.last_seen < clock_timestamp() - interval '1 minute', true)
                       FOR NO KEY UPDATE SKIP LOCKED);
END
$$;
