-- roles.sql: offices and roles. The base role is users.role; roles that an operator makes are given
-- beside it (user_roles), and what they permit together is kept in users.granted.
--
-- p_actor is who does it, NULL the command line, which may all. Who holds the right `admin` cannot take
-- it from himself, so somebody always has it: all that takes power from anybody is one after the other
-- (lock_offices), and what is decided is read behind the lock.

-- One lock for all of it: the row of the role ADMIN. Of two who dismiss each other, the second finds
-- himself without the right. Locked before any other row of the change.
CREATE OR REPLACE FUNCTION chat.lock_offices() RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
BEGIN
    PERFORM 1 FROM chat.roles AS r WHERE r.name = 'ADMIN' FOR NO KEY UPDATE;
END
$$;

-- Whether the actor has a right now, by himself and by the credential of this transaction.
CREATE OR REPLACE FUNCTION chat.actor_has(p_actor uuid, p_bit int) RETURNS boolean
LANGUAGE sql STABLE
AS $$
    SELECT p_actor IS NULL
           OR chat.leaves_right(p_bit)
              AND EXISTS (SELECT FROM chat.users AS u
                           WHERE u.id = p_actor AND u.is_active AND u.deleted_at IS NULL
                             AND chat.rights(u.role, u.granted, NULL, NULL) & p_bit <> 0)
$$;

-- The names of a user's roles, the base role first.
CREATE OR REPLACE FUNCTION chat.role_names(p_user uuid) RETURNS text[]
LANGUAGE sql STABLE
AS $$
    SELECT u.role || ARRAY(SELECT r.name
                             FROM chat.user_roles AS o
                             JOIN chat.roles AS r ON r.id = o.role_id
                            WHERE o.user_id = u.id
                            ORDER BY r.name)
      FROM chat.users AS u
     WHERE u.id = p_user
$$;

-- Computes users.granted again. To be called by whatever changes user_roles or the roles in it.
CREATE OR REPLACE FUNCTION chat.regrant(p_users uuid[]) RETURNS void
LANGUAGE sql VOLATILE
AS $$
    UPDATE chat.users AS u
       SET granted = g.granted
      FROM (SELECT w.id, coalesce(bit_or(r.permissions), 0::smallint) AS granted
              FROM unnest(p_users) AS w (id)
              LEFT JOIN chat.user_roles AS o ON o.user_id = w.id
              LEFT JOIN chat.roles AS r ON r.id = o.role_id
             GROUP BY w.id) AS g
     WHERE u.id = g.id AND u.granted <> g.granted
$$;

-- Tells a user's devices what he is now.
CREATE OR REPLACE FUNCTION chat.say_roles(p_user uuid) RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    v_names text[] := chat.role_names(p_user);
BEGIN
    PERFORM chat.log_user(p_user, 'role_changed',
                          jsonb_build_object('role', v_names[1], 'roles', v_names));
END
$$;

-- Names of roles are compared as names of users are; the lock makes the look-up decide.
CREATE OR REPLACE FUNCTION chat.create_role(
    p_id uuid, p_actor uuid, p_name text, p_description text, p_permissions int, p_ip text
) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM chat.lock_offices();
    IF NOT chat.actor_has(p_actor, 16) THEN
        RETURN 'forbidden';
    ELSIF EXISTS (SELECT FROM chat.roles AS r
                   WHERE chat.name_key(r.name) = chat.name_key(p_name)) THEN
        RETURN 'role_taken';
    ELSIF char_length(normalize(p_name, NFC)) > 100 THEN   -- some letters become two
        RETURN 'name_too_long';
    END IF;
    INSERT INTO chat.roles (id, name, description, permissions)
    VALUES (p_id, normalize(p_name, NFC), p_description, p_permissions);
    PERFORM chat.audit(p_actor, 'role_created', p_id, NULL,
                       jsonb_build_object('permissions', p_permissions), p_ip);
    RETURN 'ok';
END
$$;

-- Whether somebody would have the right `admin` without a role that he may hold.
CREATE OR REPLACE FUNCTION chat.is_admin_without(p_user uuid, p_role uuid) RETURNS boolean
LANGUAGE sql STABLE
AS $$
    SELECT u.role = 'ADMIN'
           OR EXISTS (SELECT FROM chat.user_roles AS o
                        JOIN chat.roles AS r ON r.id = o.role_id
                       WHERE o.user_id = u.id AND r.id <> p_role AND r.permissions & 16 <> 0)
      FROM chat.users AS u
     WHERE u.id = p_user
$$;

-- `users` are some of those who had it, as many as one bell has room for.
CREATE OR REPLACE FUNCTION chat.delete_role(p_actor uuid, p_role uuid, p_ip text)
RETURNS TABLE (status text, users uuid[])
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_built_in boolean;
    v_holders  uuid[];
BEGIN
    PERFORM chat.lock_offices();
    SELECT r.built_in INTO v_built_in FROM chat.roles AS r WHERE r.id = p_role;
    IF NOT chat.actor_has(p_actor, 16) THEN
        status := 'forbidden';
    ELSIF v_built_in IS NULL THEN
        status := 'role_not_found';
    ELSIF v_built_in THEN
        status := 'built_in';
    ELSIF NOT chat.is_admin_without(p_actor, p_role) THEN
        status := 'oneself';
    ELSE
        status := 'ok';
        v_holders := ARRAY(SELECT o.user_id FROM chat.user_roles AS o
                            WHERE o.role_id = p_role ORDER BY o.user_id);
        DELETE FROM chat.roles AS r WHERE r.id = p_role;
        PERFORM chat.regrant(v_holders);
        PERFORM chat.say_roles(h.id) FROM unnest(v_holders) AS h (id);
        PERFORM chat.audit(p_actor, 'role_deleted', p_role, NULL,
                           jsonb_build_object('users', cardinality(v_holders)), p_ip);
        users := v_holders[1:20];
    END IF;
    RETURN NEXT;
END
$$;

-- Replaces a user's roles. The highest built-in one becomes his base role; without any he is a MEMBER.
CREATE OR REPLACE FUNCTION chat.set_roles(p_actor uuid, p_user uuid, p_roles uuid[], p_ip text)
RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_user    record;
    v_role    text;
    v_granted smallint;
    v_before  text[];
BEGIN
    PERFORM chat.lock_offices();
    SELECT u.role, chat.rights(u.role, 0::smallint, NULL, NULL) AS base,
           chat.rights(u.role, u.granted, NULL, NULL) AS rights INTO v_user
      FROM chat.users AS u WHERE u.id = p_user AND u.deleted_at IS NULL;
    IF NOT chat.actor_has(p_actor, 16) THEN
        RETURN 'forbidden';
    ELSIF v_user IS NULL THEN
        RETURN 'user_not_found';
    ELSIF NOT p_roles <@ ARRAY(SELECT r.id FROM chat.roles AS r WHERE r.id = ANY (p_roles)) THEN
        RETURN 'role_not_found';
    END IF;
    SELECT coalesce((array_agg(r.name ORDER BY r.permissions DESC) FILTER (WHERE r.built_in))[1],
                    'MEMBER'),
           coalesce(bit_or(r.permissions) FILTER (WHERE NOT r.built_in), 0::smallint)
      INTO v_role, v_granted
      FROM chat.roles AS r WHERE r.id = ANY (p_roles);
    IF p_actor = p_user
       AND (chat.rights(v_role, 0::smallint, NULL, NULL) < v_user.base
            OR v_user.rights & ~chat.rights(v_role, v_granted, NULL, NULL) & 16 <> 0) THEN
        RETURN 'oneself';
    END IF;
    v_before := chat.role_names(p_user);
    DELETE FROM chat.user_roles AS o WHERE o.user_id = p_user AND o.role_id <> ALL (p_roles);
    INSERT INTO chat.user_roles (user_id, role_id)
    SELECT p_user, r.id FROM chat.roles AS r WHERE r.id = ANY (p_roles) AND NOT r.built_in
        ON CONFLICT DO NOTHING;
    UPDATE chat.users AS u SET role = v_role, updated_at = clock_timestamp()
     WHERE u.id = p_user AND u.role <> v_role;
    PERFORM chat.regrant(ARRAY[p_user]);
    IF chat.role_names(p_user) <> v_before THEN
        PERFORM chat.say_roles(p_user);
        PERFORM chat.audit(p_actor, 'roles_changed', p_user, NULL,
                           jsonb_build_object('role', v_role, 'roles', to_jsonb(ARRAY(
                               SELECT o.role_id FROM chat.user_roles AS o
                                WHERE o.user_id = p_user ORDER BY o.role_id))), p_ip);
    END IF;
    RETURN 'ok';
END
$$;

-- The base role alone.
CREATE OR REPLACE FUNCTION chat.set_base_role(p_actor uuid, p_user uuid, p_role text, p_ip text)
RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_old text;
BEGIN
    PERFORM chat.lock_offices();
    SELECT u.role INTO v_old FROM chat.users AS u WHERE u.id = p_user AND u.deleted_at IS NULL;
    IF NOT chat.actor_has(p_actor, 16) THEN
        RETURN 'forbidden';
    ELSIF v_old IS NULL THEN
        RETURN 'user_not_found';
    ELSIF p_actor = p_user AND chat.rights(p_role, 0::smallint, NULL, NULL)
                               < chat.rights(v_old, 0::smallint, NULL, NULL) THEN
        RETURN 'oneself';
    ELSIF p_role <> v_old THEN
        UPDATE chat.users AS u SET role = p_role, updated_at = clock_timestamp() WHERE u.id = p_user;
        PERFORM chat.say_roles(p_user);
        PERFORM chat.audit(p_actor, 'role_changed', p_user, NULL,
                           jsonb_build_object('role', p_role, 'was', v_old), p_ip);
    END IF;
    RETURN 'ok';
END
$$;

-- `is_superuser` means ADMIN; who is none stays what he is when he is told so.
CREATE OR REPLACE FUNCTION chat.set_superuser(p_actor uuid, p_user uuid, p_is boolean, p_ip text)
RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_old text;
BEGIN
    PERFORM chat.lock_offices();
    SELECT u.role INTO v_old FROM chat.users AS u WHERE u.id = p_user;
    RETURN chat.set_base_role(p_actor, p_user,
                              CASE WHEN p_is THEN 'ADMIN'
                                   WHEN v_old = 'ADMIN' THEN 'MEMBER'
                                   ELSE v_old END, p_ip);
END
$$;
