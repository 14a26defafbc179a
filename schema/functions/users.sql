-- users.sql: accounts as those see them who keep them: made, disabled, enabled, deleted.
--
-- p_actor is who does it, NULL the command line, which may all; roles.sql says how two who act on each
-- other at the same moment are kept apart. What is locked is locked in the order in which a request
-- notes that it was here: its session or token, the user, then rooms (guard.sql, lock.sql). Who brings
-- people into rooms keeps to it, too (chat.hold_user).

-- 'ok', 'user_not_found', or 'forbidden': accounts need the right `users`, an ADMIN's needs `admin`.
CREATE OR REPLACE FUNCTION chat.may_act_on(p_actor uuid, p_user uuid) RETURNS text
LANGUAGE sql STABLE
AS $$
    SELECT coalesce((
        SELECT CASE WHEN chat.actor_has(p_actor, 16)
                         OR chat.actor_has(p_actor, 8)
                            AND chat.rights(u.role, u.granted, NULL, NULL) & 16 = 0
                    THEN 'ok' ELSE 'forbidden' END
          FROM chat.users AS u
         WHERE u.id = p_user AND u.deleted_at IS NULL), 'user_not_found')
$$;

-- A name or an address that is in use is told, of two at the same moment to the second.
CREATE OR REPLACE FUNCTION chat.create_user(
    p_id uuid, p_actor uuid, p_username text, p_password_hash text, p_email text, p_full_name text,
    p_role text, p_ip text
) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_taken text := chat.login_taken(p_username, p_email, NULL);
BEGIN
    IF p_role <> 'MEMBER' THEN
        PERFORM chat.lock_offices();
    END IF;
    IF NOT chat.actor_has(p_actor, CASE p_role WHEN 'MEMBER' THEN 8 ELSE 16 END) THEN
        RETURN 'forbidden';
    ELSIF char_length(normalize(p_username, NFC)) > 100 THEN   -- some letters become two
        RETURN 'username_too_long';
    ELSIF v_taken IS NOT NULL THEN
        RETURN v_taken;
    END IF;
    INSERT INTO chat.users (id, username, password_hash, email, full_name, role)
    VALUES (p_id, normalize(p_username, NFC), p_password_hash, p_email, p_full_name, p_role)
        ON CONFLICT DO NOTHING;
    IF FOUND THEN
        PERFORM chat.audit(p_actor, 'user_created', p_id, NULL,
                           jsonb_build_object('role', p_role), p_ip);
        RETURN 'ok';
    ELSIF EXISTS (SELECT FROM chat.users AS u WHERE u.name_key = chat.name_key(p_username)) THEN
        RETURN 'username_taken';
    END IF;
    RETURN 'email_taken';
END
$$;

-- Ends what a user signed in with, and what that opened.
CREATE OR REPLACE FUNCTION chat.end_sessions(p_user uuid) RETURNS void
LANGUAGE sql VOLATILE
AS $$
    UPDATE chat.sessions AS s SET revoked_at = clock_timestamp()
     WHERE s.user_id = p_user AND s.revoked_at IS NULL;
    DELETE FROM chat.ws_tickets AS t WHERE t.user_id = p_user;
$$;

-- An administrator signs somebody out everywhere. ended: their sockets are to be closed. His API tokens stay.
CREATE OR REPLACE FUNCTION chat.end_user_sessions(
    p_actor uuid, p_user uuid, p_ip text, OUT status text, OUT ended uuid[]
)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    status := chat.may_act_on(p_actor, p_user);
    IF status = 'ok' AND p_actor = p_user THEN
        status := 'oneself';
    ELSIF status = 'ok' THEN
        ended := ARRAY(SELECT chat.close_sessions(p_user, NULL, p_actor, p_ip));
    END IF;
END
$$;

-- Disabled, he is signed out; his API tokens stay, and work again when he is enabled.
CREATE OR REPLACE FUNCTION chat.set_user_active(
    p_actor uuid, p_user uuid, p_active boolean, p_ip text
) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_may text;
BEGIN
    PERFORM chat.lock_offices();
    v_may := chat.may_act_on(p_actor, p_user);
    IF v_may <> 'ok' THEN
        RETURN v_may;
    ELSIF p_actor = p_user AND NOT p_active THEN
        RETURN 'oneself';
    END IF;
    IF NOT p_active THEN
        PERFORM chat.end_sessions(p_user);
    END IF;
    UPDATE chat.users AS u SET is_active = p_active, updated_at = clock_timestamp()
     WHERE u.id = p_user AND u.is_active <> p_active;
    IF FOUND THEN
        IF NOT p_active THEN
            PERFORM chat.end_sessions(p_user);   -- of a login that was faster
        END IF;
        PERFORM chat.audit(p_actor, CASE WHEN p_active THEN 'user_enabled' ELSE 'user_disabled' END,
                           p_user, NULL, '{}', p_ip);
    END IF;
    RETURN 'ok';
END
$$;

-- What remains of an account: its id, under which its messages stand. Its name is free again, and what
-- takes its place is no reserved name: who has taken that one beforehand only makes it a longer one.
CREATE OR REPLACE FUNCTION chat.blank_user(p_user uuid) RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    v_name text := 'deleted-' || right(p_user::text, 12);
BEGIN
    IF EXISTS (SELECT FROM chat.users AS u WHERE u.name_key = chat.name_key(v_name)) THEN
        v_name := 'deleted-' || replace(gen_random_uuid()::text, '-', '');
    END IF;
    UPDATE chat.users AS u
       SET username = v_name, email = NULL, password_hash = NULL, full_name = NULL, bio = NULL,
           external_id = NULL, last_seen = NULL, role = 'MEMBER', granted = 0, is_active = false,
           updated_at = clock_timestamp(), deleted_at = clock_timestamp()
     WHERE u.id = p_user;
END
$$;

-- Ends what belongs to an account alone. Sessions and tokens stay as revoked ones, without what they say
-- about him, so that open sockets find that they have ended.
CREATE OR REPLACE FUNCTION chat.drop_access(p_user uuid) RETURNS void
LANGUAGE sql VOLATILE
AS $$
    UPDATE chat.sessions AS s
       SET revoked_at = coalesce(s.revoked_at, clock_timestamp()), device_info = NULL, ip_address = NULL
     WHERE s.user_id = p_user
       AND (s.revoked_at IS NULL OR s.device_info IS NOT NULL OR s.ip_address IS NOT NULL);
    UPDATE chat.api_tokens AS t SET revoked_at = coalesce(t.revoked_at, clock_timestamp()), name = NULL
     WHERE t.user_id = p_user AND (t.revoked_at IS NULL OR t.name IS NOT NULL);
$$;

-- Leaves every room but direct conversations, which both keep. Returns the rooms.
CREATE OR REPLACE FUNCTION chat.leave_all(p_user uuid) RETURNS uuid[]
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    v_rooms uuid[] := ARRAY(
        SELECT m.room_id
          FROM chat.room_members AS m
          JOIN chat.rooms AS r ON r.id = m.room_id
         WHERE m.user_id = p_user AND m.state = 'member' AND r.kind <> 'p2p'
         ORDER BY m.room_id);
BEGIN
    PERFORM chat.lock_rooms(v_rooms);
    -- read again behind the locks: somebody may have removed him meanwhile
    v_rooms := ARRAY(SELECT m.room_id
                       FROM chat.room_members AS m
                      WHERE m.user_id = p_user AND m.state = 'member' AND m.room_id = ANY (v_rooms)
                      ORDER BY m.room_id);
    PERFORM chat.dismiss(w.id, p_user, p_user, 'left') FROM unnest(v_rooms) AS w (id);
    RETURN v_rooms;
END
$$;

-- `rooms` are to be rung.
CREATE OR REPLACE FUNCTION chat.delete_user(p_actor uuid, p_user uuid, p_ip text)
RETURNS TABLE (status text, rooms uuid[])
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM chat.lock_offices();
    status := chat.may_act_on(p_actor, p_user);
    IF status = 'ok' AND p_actor = p_user THEN
        status := 'oneself';
    ELSIF status = 'ok' THEN
        PERFORM chat.drop_access(p_user);
        PERFORM chat.blank_user(p_user);
        PERFORM chat.drop_access(p_user);   -- of a login that was faster
        DELETE FROM chat.refresh_tokens AS t
         USING chat.sessions AS s
         WHERE s.user_id = p_user AND t.session_id = s.id;
        DELETE FROM chat.ws_tickets AS t WHERE t.user_id = p_user;
        DELETE FROM chat.user_roles AS o WHERE o.user_id = p_user;
        DELETE FROM chat.user_blocks AS b WHERE b.user_id = p_user;
        DELETE FROM chat.push_subscriptions AS s WHERE s.user_id = p_user;
        rooms := chat.leave_all(p_user);
        UPDATE chat.room_invites AS i SET revoked_at = clock_timestamp()   -- to where he was no member
         WHERE i.created_by = p_user AND i.revoked_at IS NULL;
        PERFORM chat.audit(p_actor, 'user_deleted', p_user, NULL,
                           jsonb_build_object('rooms', cardinality(rooms)), p_ip);
    END IF;
    RETURN NEXT;
END
$$;
