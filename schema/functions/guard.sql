-- guard.sql: the guard of writing requests. It leaves in one flush with the statement it guards, in one
-- transaction, so it RAISES: what follows it is then not executed.
--
--   CS401  the credential is unknown, revoked or expired, or its user disabled
--   CS403  the credential is good but may not do this
--   CS429  the write bucket is empty; HINT: milliseconds to wait
--
-- p_kind: 1 access token (p_id its session, p_user its user), 2 session token, 3 API token (p_hash).
-- p_user_needs, p_client_needs: the rights (rights.sql) that a user and an application must have, all of
-- them; 0: may not at all. p_per_min: the size of the write bucket, 0 for none. Applications have none:
-- they act for many, whose messages would wait for one row.

CREATE OR REPLACE FUNCTION chat.take_tokens(
    p_user uuid, p_name text, p_cost int, p_size int, p_over_s int,
    OUT tokens_left int, OUT reset_ms int
)
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    v_rate   double precision := p_size::double precision / p_over_s;   -- a second
    v_tokens double precision;
BEGIN
    INSERT INTO chat.rate_buckets AS b (user_id, name, tokens, updated_at)
    VALUES (p_user, p_name, p_size - p_cost, clock_timestamp())
    ON CONFLICT (user_id, name) DO UPDATE
       SET tokens = least(p_size, b.tokens + v_rate
                          * extract(epoch FROM clock_timestamp() - b.updated_at)) - p_cost,
           updated_at = clock_timestamp()
    RETURNING b.tokens INTO v_tokens;
    IF v_tokens < 0 THEN   -- raising takes it back: a refused request costs nothing
        RAISE EXCEPTION USING ERRCODE = 'CS429', MESSAGE = 'too many requests',
                              HINT = ceil(-v_tokens / v_rate * 1000)::text;
    END IF;
    tokens_left := floor(v_tokens);
    reset_ms := ceil((p_size - v_tokens) / v_rate * 1000);
END
$$;

CREATE OR REPLACE FUNCTION chat.guard(
    p_kind int, p_id uuid, p_user uuid, p_hash bytea, p_user_needs int, p_client_needs int,
    p_cost int, p_per_min int
)
RETURNS TABLE (user_id uuid, username text, role text, cred_kind text, cred_id uuid,
               token_type text, rights int, tokens_left int, reset_ms int)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    v_now   timestamptz := clock_timestamp();
    v_needs int;
    v_stale boolean;
BEGIN
    IF p_kind = 3 THEN
        SELECT u.id, u.username, u.role, 'api_token', t.id, t.type,
               chat.rights(u.role, u.granted, t.type, t.permissions),
               coalesce(t.last_used_at < v_now - interval '1 minute', true)
          INTO user_id, username, role, cred_kind, cred_id, token_type, rights, v_stale
          FROM chat.api_tokens AS t
          JOIN chat.users AS u ON u.id = t.user_id AND u.is_active AND u.deleted_at IS NULL
         WHERE t.token_hash = p_hash AND t.revoked_at IS NULL
           AND (t.expires_at IS NULL OR t.expires_at > v_now);
    ELSE
        SELECT u.id, u.username, u.role, 'session', s.id,
               chat.rights(u.role, u.granted, NULL, NULL),
               coalesce(s.last_used_at < v_now - interval '1 minute', true)
          INTO user_id, username, role, cred_kind, cred_id, rights, v_stale
          FROM chat.sessions AS s
          JOIN chat.users AS u ON u.id = s.user_id AND u.is_active AND u.deleted_at IS NULL
         WHERE s.id = CASE p_kind
                      WHEN 2 THEN (SELECT o.id FROM chat.sessions AS o WHERE o.token_hash = p_hash)
                      ELSE p_id END
           AND (p_kind = 2 OR s.user_id = p_user AND s.kind = 'jwt')
           AND s.revoked_at IS NULL AND s.expires_at > v_now;
    END IF;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'CS401', MESSAGE = 'invalid or expired credential';
    END IF;
    v_needs := CASE token_type WHEN 'CLIENT' THEN p_client_needs ELSE p_user_needs END;
    IF v_needs = 0 OR rights & v_needs <> v_needs THEN
        RAISE EXCEPTION USING ERRCODE = 'CS403', MESSAGE = 'not allowed';
    END IF;
    PERFORM set_config('chat.rights', rights::text, true);
    IF p_cost > 0 AND p_per_min > 0 AND token_type IS DISTINCT FROM 'CLIENT' THEN
        SELECT b.tokens_left, b.reset_ms INTO tokens_left, reset_ms
          FROM chat.take_tokens(user_id, 'write', p_cost, p_per_min, 60) AS b;
    END IF;
    IF v_stale THEN
        PERFORM chat.touch(cred_kind, cred_id, user_id, token_type);
    END IF;
    RETURN NEXT;
END
$$;

-- last_used_at, and last_seen of the person behind it, at most once a minute; an application is not a
-- person being seen.
CREATE OR REPLACE FUNCTION chat.touch(
    p_cred_kind text, p_cred_id uuid, p_user uuid, p_token_type text
) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_stale timestamptz := clock_timestamp() - interval '1 minute';
BEGIN
    IF p_cred_kind = 'session' THEN
        UPDATE chat.sessions AS s SET last_used_at = clock_timestamp()
         WHERE s.id = p_cred_id AND coalesce(s.last_used_at < v_stale, true);
    ELSE
        UPDATE chat.api_tokens AS t SET last_used_at = clock_timestamp()
         WHERE t.id = p_cred_id AND coalesce(t.last_used_at < v_stale, true);
    END IF;
    IF FOUND AND p_token_type IS DISTINCT FROM 'CLIENT' THEN
        UPDATE chat.users AS u SET last_seen = clock_timestamp() WHERE u.id = p_user;
    END IF;
END
$$;

-- What the holder of a credential may do now, and whether it is an application's; no row when it is no
-- longer good. By its id: a socket has shown the credential itself before.
CREATE OR REPLACE FUNCTION chat.held_rights(p_cred_kind text, p_cred_id uuid, p_user uuid)
RETURNS TABLE (rights int, is_client boolean)
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    IF p_cred_kind = 'session' THEN
        RETURN QUERY
        SELECT chat.rights(u.role, u.granted, NULL, NULL), false
          FROM chat.sessions AS s
          JOIN chat.users AS u ON u.id = s.user_id AND u.is_active AND u.deleted_at IS NULL
         WHERE s.id = p_cred_id AND s.user_id = p_user
           AND s.revoked_at IS NULL AND s.expires_at > clock_timestamp();
    ELSIF p_cred_kind = 'api_token' THEN
        RETURN QUERY
        SELECT chat.rights(u.role, u.granted, t.type, t.permissions), t.type = 'CLIENT'
          FROM chat.api_tokens AS t
          JOIN chat.users AS u ON u.id = t.user_id AND u.is_active AND u.deleted_at IS NULL
         WHERE t.id = p_cred_id AND t.user_id = p_user AND t.revoked_at IS NULL
           AND (t.expires_at IS NULL OR t.expires_at > clock_timestamp());
    END IF;
END
$$;
