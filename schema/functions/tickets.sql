-- tickets.sql: a ticket stands in the address of a socket, where a browser cannot put a header. It is
-- good once, for a moment, and only while the credential that asked for it is good.

-- Forgets a few that nobody used: as many calls as made them leave none behind.
CREATE OR REPLACE FUNCTION chat.make_ticket(
    p_hash bytea, p_user uuid, p_cred_kind text, p_cred_id uuid, p_cred_expires timestamptz,
    p_ttl_s int
) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_now timestamptz := clock_timestamp();
BEGIN
    DELETE FROM chat.ws_tickets AS w
     WHERE w.token_hash IN (SELECT o.token_hash
                              FROM chat.ws_tickets AS o
                             WHERE o.expires_at <= v_now
                             ORDER BY o.expires_at
                             LIMIT 4
                               FOR UPDATE SKIP LOCKED);
    INSERT INTO chat.ws_tickets (token_hash, user_id, cred_kind, cred_id, cred_expires_at, expires_at)
    VALUES (p_hash, p_user, p_cred_kind, p_cred_id, p_cred_expires,
            v_now + make_interval(secs => p_ttl_s));
END
$$;

-- Who comes with it: the columns of the reading guard (src/store/store_guard.c), and when an access
-- token that asked for it ends. No row: unknown, used, too late, or the credential is no good any more;
-- the ticket is used up in any case.
CREATE OR REPLACE FUNCTION chat.take_ticket(p_hash bytea)
RETURNS TABLE (user_id uuid, username text, role text, cred_kind text, cred_id uuid,
               token_type text, rights int, touch boolean, cred_expires_at timestamptz)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    WITH taken AS (
        DELETE FROM chat.ws_tickets AS w WHERE w.token_hash = p_hash
        RETURNING w.user_id, w.cred_kind, w.cred_id, w.cred_expires_at, w.expires_at
    )
    SELECT u.id, u.username, u.role, w.cred_kind, w.cred_id, t.type,
           chat.rights(u.role, u.granted, t.type, t.permissions),
           coalesce(coalesce(s.last_used_at, t.last_used_at)
                    < clock_timestamp() - interval '1 minute', true),
           w.cred_expires_at
      FROM taken AS w
      JOIN chat.users AS u ON u.id = w.user_id AND u.is_active AND u.deleted_at IS NULL
      LEFT JOIN chat.sessions AS s
        ON w.cred_kind = 'session' AND s.id = w.cred_id AND s.user_id = w.user_id
       AND s.revoked_at IS NULL AND s.expires_at > clock_timestamp()
      LEFT JOIN chat.api_tokens AS t
        ON w.cred_kind = 'api_token' AND t.id = w.cred_id AND t.user_id = w.user_id
       AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > clock_timestamp())
     WHERE w.expires_at > clock_timestamp()
       AND (w.cred_expires_at IS NULL OR w.cred_expires_at > clock_timestamp())
       AND coalesce(s.id, t.id) IS NOT NULL
$$;
