-- accounts.sql: coming in: logging in, and making an account. Passwords come here as hashes only, and
-- are compared by the programs; no transaction is open while they do.
--
-- Logging in is two calls with the hash between them: login_begin, then login or login_failed. What was
-- typed goes into no log: it may be a password.

-- The account that somebody wants to log in to, by name or by address, and its hash; no row of users when
-- there is none, which the caller makes as dear as one that there is (S8). wait_ms > 0: too many have
-- failed lately (throttle.sql), nothing else is said. next_ms is for login_failed.
CREATE OR REPLACE FUNCTION chat.login_begin(
    p_login text, p_by_email boolean, p_ip text,
    p_free_pair int, p_free_account int, p_free_address int
)
RETURNS TABLE (wait_ms int, next_ms int, user_id uuid, password_hash text, is_active boolean)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    IF NOT p_by_email THEN
        SELECT u.id, u.password_hash, u.is_active INTO user_id, password_hash, is_active
          FROM chat.users AS u
         WHERE u.name_key = chat.name_key(p_login) AND u.deleted_at IS NULL;
    END IF;
    IF user_id IS NULL AND (p_by_email OR strpos(p_login, '@') > 0) THEN   -- clients have one field for both
        SELECT u.id, u.password_hash, u.is_active INTO user_id, password_hash, is_active
          FROM chat.users AS u
         WHERE lower(u.email) = lower(p_login) AND u.deleted_at IS NULL;
    END IF;
    SELECT a.wait_ms, a.next_ms INTO wait_ms, next_ms
      FROM chat.login_admit(p_login, user_id, p_ip, p_free_pair, p_free_account, p_free_address) AS a;
    IF wait_ms > 0 THEN
        user_id := NULL;
        password_hash := NULL;
        is_active := NULL;
    END IF;
    RETURN NEXT;
END
$$;

-- After a hash that was not made, for want of a place: as if it had not been tried.
CREATE OR REPLACE FUNCTION chat.login_undo(p_login text, p_ip text) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_keys uuid[] := chat.login_keys(p_login, p_ip);
    v_caps int[]  := chat.login_caps();
BEGIN
    FOR i IN 1..3 LOOP
        PERFORM chat.login_uncount(v_keys[i], v_caps[i]);
    END LOOP;
END
$$;

-- A wrong password, or the right one of a disabled account. p_user NULL: there is no such account.
-- p_next_ms: the wait that begins now, as login_begin said; 0: none.
CREATE OR REPLACE FUNCTION chat.login_failed(
    p_user uuid, p_disabled boolean, p_ip text, p_next_ms int
) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM chat.audit(NULL, 'login_failed', p_user, NULL,
                       CASE WHEN p_disabled THEN '{"disabled": true}'::jsonb ELSE '{}' END, p_ip);
    IF p_next_ms > 0 THEN
        PERFORM chat.audit(NULL, 'login_throttled', p_user, NULL,
                           jsonb_build_object('wait_ms', p_next_ms), p_ip);
    END IF;
END
$$;

-- After the right password: opens the session p_id (sessions.sql), takes the better hash, if there is
-- one, and forgets the failures. p_hash is what the password was compared with: one that has been
-- replaced since opens nothing (the user's other sessions ended with it), and he is locked until this
-- commits, so that none slips past a change of the password. 'ok', 'bad_login' or 'disabled'.
CREATE OR REPLACE FUNCTION chat.login(
    p_login text, p_hash text, p_new_hash text, p_id uuid, p_user uuid, p_kind text,
    p_token_hash bytea, p_device text, p_ip text, p_ttl_s int, p_refresh_hash bytea,
    p_refresh_idle_s int, p_refresh_max_s int
) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_status text;
BEGIN
    PERFORM FROM chat.users AS u
      WHERE u.id = p_user AND u.password_hash = p_hash AND u.deleted_at IS NULL
        FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN 'bad_login';
    END IF;
    SELECT s.status INTO v_status
      FROM chat.open_session(p_id, p_user, p_kind, p_token_hash, p_device, p_ip, p_ttl_s,
                             p_refresh_hash, p_refresh_idle_s, p_refresh_max_s) AS s;
    IF v_status <> 'ok' THEN
        RETURN 'disabled';
    END IF;
    IF p_new_hash IS NOT NULL THEN
        UPDATE chat.users AS u SET password_hash = p_new_hash WHERE u.id = p_user;
    END IF;
    PERFORM chat.login_passed(p_login, p_ip);
    PERFORM chat.audit(p_user, 'login', p_user, NULL, jsonb_build_object('session', p_id), p_ip);
    RETURN 'ok';
END
$$;

-- Logging in takes a name or an address in one field, so what is one person's address is nobody else's
-- name, and the other way round: or who takes it as a name shuts the other one out. p_but: who may, since
-- he has it. 'username_taken', 'email_taken', or NULL.
CREATE OR REPLACE FUNCTION chat.login_taken(p_name text, p_email text, p_but uuid) RETURNS text
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    IF strpos(p_name, '@') > 0
       AND EXISTS (SELECT FROM chat.users AS u
                    WHERE lower(u.email) = lower(normalize(p_name, NFC))
                      AND u.id IS DISTINCT FROM p_but) THEN
        RETURN 'username_taken';
    ELSIF EXISTS (SELECT FROM chat.users AS u
                   WHERE u.name_key = chat.name_key(p_email) AND u.id IS DISTINCT FROM p_but) THEN
        RETURN 'email_taken';
    END IF;
    RETURN NULL;
END
$$;

-- An account. p_invite: the hash of an invitation, one use of which it takes; NULL: none is asked for.
-- 'ok', 'bad_invite', 'username_taken', 'email_taken', or 'bad_name': a name that has grown too long in
-- the form in which names are kept (a few characters become two or three), or as the key of an index.
CREATE OR REPLACE FUNCTION chat.register(
    p_id uuid, p_username text, p_password_hash text, p_email text, p_full_name text,
    p_invite bytea, p_ip text
) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_name   text := normalize(p_username, NFC);
    v_invite uuid;
    v_taken  text := chat.login_taken(p_username, p_email, NULL);
BEGIN
    IF char_length(v_name) > 100 OR octet_length(chat.name_key(v_name)) > 1200 THEN
        RETURN 'bad_name';
    END IF;
    -- locked first: of several who come at once with one use left, one gets it
    IF p_invite IS NOT NULL THEN
        SELECT i.id INTO v_invite FROM chat.registration_invites AS i
         WHERE i.token_hash = p_invite AND i.revoked_at IS NULL AND i.uses < i.max_uses
           AND (i.expires_at IS NULL OR i.expires_at > clock_timestamp())
           FOR UPDATE;
        IF NOT FOUND THEN
            RETURN 'bad_invite';
        END IF;
    END IF;
    IF v_taken IS NOT NULL THEN
        RETURN v_taken;
    END IF;
    INSERT INTO chat.users (id, username, password_hash, email, full_name)
    VALUES (p_id, v_name, p_password_hash, p_email, p_full_name)
    ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        RETURN CASE WHEN EXISTS (SELECT FROM chat.users AS u WHERE u.name_key = chat.name_key(v_name))
                    THEN 'username_taken' ELSE 'email_taken' END;
    END IF;
    UPDATE chat.registration_invites AS i SET uses = i.uses + 1 WHERE i.id = v_invite;
    PERFORM chat.audit(p_id, 'registered', p_id, NULL,
                       jsonb_strip_nulls(jsonb_build_object('invite', v_invite)), p_ip);
    RETURN 'ok';
END
$$;

-- Invitations are the operator's: nobody else is granted these two.
CREATE OR REPLACE FUNCTION chat.create_invite(
    p_token_hash bytea, p_prefix text, p_max_uses int, p_expires_at timestamptz
) RETURNS uuid
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    v_id uuid := chat.uuid7();
BEGIN
    INSERT INTO chat.registration_invites (id, token_hash, prefix, max_uses, expires_at)
    VALUES (v_id, p_token_hash, p_prefix, p_max_uses, p_expires_at);
    PERFORM chat.audit(NULL, 'invite_created', v_id, NULL, jsonb_build_object('max_uses', p_max_uses));
    RETURN v_id;
END
$$;

-- 'ok', 'already' or 'not_found'.
CREATE OR REPLACE FUNCTION chat.revoke_invite(p_id uuid) RETURNS text
LANGUAGE plpgsql VOLATILE
AS $$
BEGIN
    UPDATE chat.registration_invites AS i SET revoked_at = clock_timestamp()
     WHERE i.id = p_id AND i.revoked_at IS NULL;
    IF FOUND THEN
        PERFORM chat.audit(NULL, 'invite_revoked', p_id, NULL, '{}');
        RETURN 'ok';
    END IF;
    RETURN CASE WHEN EXISTS (SELECT FROM chat.registration_invites AS i WHERE i.id = p_id)
                THEN 'already' ELSE 'not_found' END;
END
$$;
