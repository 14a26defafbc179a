-- tokens.sql: API tokens. They come here as SHA-256 and a mask; whoever makes one has shown it once.
--
-- p_actor and p_cred say who asks, by which credential: his session, or an API token of his. p_actor
-- NULL is the command line, which may everything.

-- What a token itself permits: its own permissions, or those of its type (rights.sql knows them, and
-- an owner who may everything takes nothing away).
CREATE OR REPLACE FUNCTION chat.token_permissions(p_type text, p_permissions smallint) RETURNS int
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT chat.rights('ADMIN', 31::smallint, p_type, p_permissions) & 31
$$;

-- The credential by which somebody asks. token_type NULL: a session; nothing at all: it is gone, or
-- nobody asks.
CREATE OR REPLACE FUNCTION chat.asking(
    p_actor uuid, p_cred uuid, OUT token_type text, OUT rights int, OUT expires_at timestamptz
)
LANGUAGE sql STABLE
AS $$
    SELECT t.type, chat.rights(u.role, u.granted, t.type, t.permissions), t.expires_at
      FROM chat.users AS u
      LEFT JOIN chat.api_tokens AS t ON t.id = p_cred AND t.user_id = u.id
      LEFT JOIN chat.sessions AS s ON s.id = p_cred AND s.user_id = u.id
     WHERE u.id = p_actor AND coalesce(t.id, s.id) IS NOT NULL
$$;

-- Users make tokens for themselves, applications for anybody; tokens for applications are an ADMIN's
-- to make. No token has a permission that its maker's credential lacks, but that an application with
-- `users` lets people read and write. `users` it gives only with `admin`: its own makes accounts, that
-- of an ADMIN's token ends them. What a USER token makes ends with it at the latest. p_expires, else
-- p_life_s from now, else never. p_name says what it is for; in the audit log it stands only when the command
-- line has said it.
CREATE OR REPLACE FUNCTION chat.create_token(
    p_actor uuid, p_cred uuid, p_id uuid, p_user uuid, p_type text, p_hash bytea, p_prefix text,
    p_permissions smallint, p_expires timestamptz, p_life_s int, p_ip text,
    p_name text DEFAULT NULL
)
RETURNS TABLE (status text, username text, role text, permissions int, expires_at timestamptz)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    c_live  CONSTANT int := 100;   -- tokens of a user that are good at a time
    v_now   timestamptz := clock_timestamp();
    v_maker record;
    v_may   int;
    v_name  text := nullif(btrim(p_name), '');
BEGIN
    SELECT a.* INTO v_maker FROM chat.asking(p_actor, p_cred) AS a;
    permissions := chat.token_permissions(p_type, p_permissions);
    v_may := CASE WHEN p_actor IS NULL THEN 31
                  WHEN v_maker.token_type = 'CLIENT' AND p_type = 'USER'
                  THEN CASE WHEN v_maker.rights & 16 <> 0 THEN 31 ELSE (3 | v_maker.rights) & ~8 END
                  ELSE coalesce(v_maker.rights, 0) END;
    status := CASE
        WHEN p_actor IS NULL THEN 'ok'
        WHEN v_maker.token_type = 'CLIENT' AND (p_type = 'CLIENT' OR v_maker.rights & 8 = 0)
             OR p_type = 'CLIENT' AND v_may & 16 = 0 THEN 'forbidden'
        WHEN p_type = 'USER' AND v_maker.token_type IS DISTINCT FROM 'CLIENT'
             AND p_user <> p_actor THEN 'not_yours'
        WHEN permissions & ~v_may <> 0 THEN 'escalation'
        ELSE 'ok' END;
    IF status = 'ok' THEN
        -- the user's row is the lock behind which his tokens are counted
        SELECT u.username, u.role INTO username, role
          FROM chat.users AS u
         WHERE u.id = p_user AND u.is_active AND u.deleted_at IS NULL
           FOR NO KEY UPDATE;
        IF NOT FOUND THEN
            status := 'user_not_found';
        ELSIF p_actor IS NOT NULL
              AND (SELECT count(*) FROM chat.api_tokens AS t
                    WHERE t.user_id = p_user AND t.revoked_at IS NULL
                      AND (t.expires_at IS NULL OR t.expires_at > v_now)) >= c_live THEN
            status := 'limit';
        END IF;
    END IF;
    IF status = 'ok' THEN
        expires_at := coalesce(p_expires, v_now + make_interval(secs => p_life_s));
        IF v_maker.token_type = 'USER' THEN
            expires_at := least(expires_at, v_maker.expires_at);
        END IF;
        INSERT INTO chat.api_tokens (id, user_id, type, token_hash, prefix, permissions,
                                     created_at, expires_at, name)
        VALUES (p_id, p_user, p_type, p_hash, p_prefix, p_permissions, v_now, expires_at, v_name);
        PERFORM chat.audit(p_actor, 'token_created', p_id, NULL, jsonb_strip_nulls(
            jsonb_build_object('type', p_type, 'permissions', permissions, 'userId', p_user,
                'by', CASE WHEN v_maker.token_type IS NOT NULL THEN p_cred END,
                'note', CASE WHEN p_actor IS NULL THEN v_name END)), p_ip);
    END IF;
    RETURN NEXT;
END
$$;

-- Its owner, an application that keeps users, an ADMIN, and whoever holds the token itself: for all
-- others there is no such token. Once more is the same as once.
CREATE OR REPLACE FUNCTION chat.revoke_token(p_actor uuid, p_cred uuid, p_token uuid, p_ip text)
RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_maker record;
    v_token record;
BEGIN
    SELECT a.* INTO v_maker FROM chat.asking(p_actor, p_cred) AS a;
    SELECT t.user_id, t.type INTO v_token FROM chat.api_tokens AS t WHERE t.id = p_token;
    IF NOT FOUND THEN
        RETURN 'not_found';
    END IF;
    IF p_actor IS NOT NULL AND p_token IS DISTINCT FROM p_cred THEN
        IF NOT coalesce(CASE v_maker.token_type
                        WHEN 'CLIENT' THEN v_maker.rights & 8 <> 0
                        ELSE v_maker.rights & 16 <> 0 OR v_token.user_id = p_actor
                        END, false) THEN
            RETURN 'not_found';
        ELSIF v_maker.token_type IS DISTINCT FROM 'CLIENT' AND v_maker.rights & 2 = 0 THEN
            RETURN 'forbidden';
        END IF;
    END IF;
    UPDATE chat.api_tokens AS t SET revoked_at = clock_timestamp()
     WHERE t.id = p_token AND t.revoked_at IS NULL;
    IF FOUND THEN
        PERFORM chat.audit(p_actor, 'token_revoked', p_token, NULL, jsonb_strip_nulls(
            jsonb_build_object('type', v_token.type, 'userId', v_token.user_id,
                'by', CASE WHEN v_maker.token_type IS NOT NULL THEN p_cred END)), p_ip);
    END IF;
    RETURN 'ok';
END
$$;
