-- profile.sql: what somebody changes about himself: his names, his address, his password.

-- An argument that is NULL leaves its column, an empty one clears it; a name is never empty (CHECK).
-- The audit row has the names of the changed columns, not what stands in them. Identity is the id, so
-- sessions and tokens survive a rename, and the next owner of the name gets nothing of them.
-- 'ok', 'not_found', 'username_taken', 'email_taken', or 'bad_name': as chat.register.
CREATE OR REPLACE FUNCTION chat.set_profile(
    p_user uuid, p_username text, p_email text, p_full_name text, p_bio text, p_ip text
) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_old        chat.users;
    v_new        chat.users;
    v_changed    text[];
    v_constraint text;
BEGIN
    IF char_length(normalize(p_username, NFC)) > 100
       OR octet_length(chat.name_key(p_username)) > 1200 THEN
        RETURN 'bad_name';
    END IF;
    SELECT u.* INTO v_old
      FROM chat.users AS u WHERE u.id = p_user AND u.is_active AND u.deleted_at IS NULL FOR UPDATE;
    IF NOT FOUND THEN
        RETURN 'not_found';
    END IF;
    v_new := v_old;
    v_new.username := coalesce(normalize(p_username, NFC), v_old.username);
    v_new.email := nullif(coalesce(p_email, v_old.email), '');
    v_new.full_name := nullif(coalesce(p_full_name, v_old.full_name), '');
    v_new.bio := nullif(coalesce(p_bio, v_old.bio), '');
    SELECT array_agg(n.key ORDER BY n.key) INTO v_changed
      FROM jsonb_each(to_jsonb(v_new)) AS n
     WHERE n.value IS DISTINCT FROM to_jsonb(v_old) -> n.key;
    IF v_changed IS NULL THEN
        RETURN 'ok';
    ELSIF chat.login_taken(p_username, p_email, p_user) IS NOT NULL THEN
        RETURN chat.login_taken(p_username, p_email, p_user);
    END IF;
    UPDATE chat.users AS u
       SET username = v_new.username, email = v_new.email, full_name = v_new.full_name,
           bio = v_new.bio, updated_at = clock_timestamp()
     WHERE u.id = p_user;
    PERFORM chat.audit(p_user, 'profile_changed', p_user, NULL,
                       jsonb_build_object('fields', v_changed), p_ip);
    RETURN 'ok';
EXCEPTION WHEN unique_violation THEN
    GET STACKED DIAGNOSTICS v_constraint = CONSTRAINT_NAME;
    RETURN CASE v_constraint WHEN 'users_email_key' THEN 'email_taken' ELSE 'username_taken' END;
END
$$;

-- p_old_hash is what the current password was verified against: since then neither it nor the session
-- may have gone. The other sessions end, and with them their refresh tokens; `ended` says which. The
-- attempts to log in begin anew, as after a login.
-- status: ok, unauthorized, changed.
CREATE OR REPLACE FUNCTION chat.change_password(
    p_user uuid, p_session uuid, p_old_hash text, p_new_hash text, p_ip text,
    OUT status text, OUT ended uuid[]
)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    UPDATE chat.users AS u SET password_hash = p_new_hash, updated_at = clock_timestamp()
     WHERE u.id = p_user AND u.password_hash = p_old_hash AND u.is_active AND u.deleted_at IS NULL
       AND EXISTS (SELECT FROM chat.sessions AS s
                    WHERE s.id = p_session AND s.user_id = p_user AND s.revoked_at IS NULL
                      AND s.expires_at > clock_timestamp());
    IF NOT FOUND THEN
        status := CASE WHEN EXISTS (
                           SELECT FROM chat.users AS u JOIN chat.sessions AS s ON s.user_id = u.id
                            WHERE u.id = p_user AND s.id = p_session AND s.revoked_at IS NULL
                              AND s.expires_at > clock_timestamp()
                              AND u.is_active AND u.deleted_at IS NULL)
                       THEN 'changed' ELSE 'unauthorized' END;
        RETURN;
    END IF;
    status := 'ok';
    ended := ARRAY(SELECT chat.end_sessions(p_user, p_session));
    PERFORM chat.login_passed(u.username, p_ip) FROM chat.users AS u WHERE u.id = p_user;
    PERFORM chat.audit(p_user, 'password_changed', p_user, NULL,
                       jsonb_build_object('ended', cardinality(ended)), p_ip);
END
$$;
