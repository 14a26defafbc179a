-- sessions.sql: opening, refreshing and closing sessions. Tokens come here as SHA-256 only.

CREATE OR REPLACE FUNCTION chat.open_session(
    p_id uuid, p_user uuid, p_kind text, p_token_hash bytea, p_device text, p_ip text,
    p_ttl_s int, p_refresh_hash bytea, p_refresh_idle_s int, p_refresh_max_s int
)
RETURNS TABLE (status text, expires_at timestamptz)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_now timestamptz := clock_timestamp();
BEGIN
    UPDATE chat.users AS u SET last_seen = v_now
     WHERE u.id = p_user AND u.is_active AND u.deleted_at IS NULL;
    IF NOT FOUND THEN
        status := 'not_found';
        RETURN NEXT;
        RETURN;
    END IF;
    status := 'ok';
    expires_at := v_now + make_interval(secs => p_ttl_s);
    INSERT INTO chat.sessions (id, user_id, kind, token_hash, device_info, ip_address, created_at,
                               last_used_at, expires_at)
    VALUES (p_id, p_user, p_kind, p_token_hash, p_device, p_ip, v_now, v_now, expires_at);
    IF p_refresh_hash IS NOT NULL THEN
        INSERT INTO chat.refresh_tokens (session_id, generation, user_id, token_hash, created_at,
                                         expires_at, family_ends_at)
        VALUES (p_id, 1, p_user, p_refresh_hash, v_now,
                least(v_now + make_interval(secs => p_refresh_idle_s),
                      v_now + make_interval(secs => p_refresh_max_s)),
                v_now + make_interval(secs => p_refresh_max_s));
    END IF;
    RETURN NEXT;
END
$$;

-- One use per refresh token (S3). The successor is derived from the old token by the programs, so
-- whoever repeats the last use within the grace time (a lost answer, another tab) is told ok and holds
-- the same successor; any other second use is a theft, and ends the family with its session.
CREATE OR REPLACE FUNCTION chat.rotate_refresh(
    p_old_hash bytea, p_new_hash bytea, p_idle_s int, p_grace_s int, p_ip text
)
RETURNS TABLE (status text, user_id uuid, session_id uuid, username text, role text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    v_now   timestamptz := clock_timestamp();
    v_token chat.refresh_tokens;
    v_last  int;
BEGIN
    status := 'invalid';
    -- the session's row is the lock of the family; what is decided is read behind it
    PERFORM 1
       FROM chat.sessions AS s
       JOIN chat.refresh_tokens AS t ON t.session_id = s.id
      WHERE t.token_hash = p_old_hash
        FOR UPDATE OF s;
    SELECT t.* INTO v_token FROM chat.refresh_tokens AS t WHERE t.token_hash = p_old_hash;
    IF NOT FOUND THEN
        RETURN NEXT;
        RETURN;
    END IF;
    SELECT s.id, u.id, u.username, u.role INTO session_id, user_id, username, role
      FROM chat.sessions AS s
      JOIN chat.users AS u ON u.id = s.user_id
     WHERE s.id = v_token.session_id AND s.revoked_at IS NULL AND s.expires_at > v_now
       AND u.is_active AND u.deleted_at IS NULL;
    IF NOT FOUND OR v_token.family_ends_at <= v_now THEN
        RETURN NEXT;
        RETURN;
    END IF;
    SELECT max(t.generation) INTO v_last
      FROM chat.refresh_tokens AS t WHERE t.session_id = v_token.session_id;
    IF v_token.used_at IS NULL AND v_token.expires_at > v_now THEN
        status := 'ok';
        UPDATE chat.refresh_tokens AS t SET used_at = v_now
         WHERE t.session_id = v_token.session_id AND t.generation = v_token.generation;
        INSERT INTO chat.refresh_tokens (session_id, generation, user_id, token_hash, created_at,
                                         expires_at, family_ends_at)
        VALUES (v_token.session_id, v_token.generation + 1, v_token.user_id, p_new_hash, v_now,
                least(v_now + make_interval(secs => p_idle_s), v_token.family_ends_at),
                v_token.family_ends_at);
        UPDATE chat.sessions AS s SET last_used_at = v_now WHERE s.id = v_token.session_id;
    ELSIF v_token.used_at IS NOT NULL AND v_token.generation = v_last - 1
          AND v_token.used_at + make_interval(secs => p_grace_s) > v_now THEN
        status := 'ok';
    ELSIF v_token.used_at IS NOT NULL THEN
        status := 'reused';
        UPDATE chat.sessions AS s SET revoked_at = v_now WHERE s.id = v_token.session_id;
        PERFORM chat.audit(user_id, 'refresh_reused', session_id, NULL, '{}', p_ip);
    END IF;
    RETURN NEXT;
END
$$;

-- Ends a user's live sessions, but p_except (NULL: all of them), and says which: their sockets are to be
-- closed. For functions that have checked who may and that write the audit row.
CREATE OR REPLACE FUNCTION chat.end_sessions(p_user uuid, p_except uuid) RETURNS SETOF uuid
LANGUAGE sql VOLATILE
AS $$
    UPDATE chat.sessions AS s SET revoked_at = clock_timestamp()
     WHERE s.user_id = p_user AND s.revoked_at IS NULL AND s.expires_at > clock_timestamp()
       AND s.id IS DISTINCT FROM p_except
    RETURNING s.id
$$;

-- Somebody ends one of his own: p_current is the one that asks, and ending that is logging out. No row:
-- he has no such session.
CREATE OR REPLACE FUNCTION chat.close_session(
    p_user uuid, p_session uuid, p_current uuid, p_ip text
) RETURNS SETOF uuid
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    UPDATE chat.sessions AS s SET revoked_at = clock_timestamp()
     WHERE s.id = p_session AND s.user_id = p_user
       AND s.revoked_at IS NULL AND s.expires_at > clock_timestamp();
    IF FOUND THEN
        PERFORM chat.audit(p_user, CASE p_session WHEN p_current THEN 'logout' ELSE 'session_ended' END,
                           p_session, NULL, '{}', p_ip);
        RETURN NEXT p_session;
    END IF;
END
$$;

-- All of a user's but p_except, by himself or by p_actor.
CREATE OR REPLACE FUNCTION chat.close_sessions(
    p_user uuid, p_except uuid, p_actor uuid, p_ip text
) RETURNS SETOF uuid
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_ended uuid[] := ARRAY(SELECT chat.end_sessions(p_user, p_except));
BEGIN
    PERFORM chat.audit(p_actor, 'logout_all', p_user, NULL,
                       jsonb_build_object('ended', cardinality(v_ended)), p_ip);
    RETURN QUERY SELECT unnest(v_ended);
END
$$;
