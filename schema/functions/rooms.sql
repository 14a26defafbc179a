-- rooms.sql: rooms and their settings.

-- What the actor is in a room: 3 keeps it (an owner, an ADMIN, an application), 2 keeps order in it (a
-- moderator of it, in public channels whoever has the right `rooms`), 1 is a member, 0 sees it. NULL: no
-- such room for him, because it is not there, or private and he is not in it. A direct conversation
-- knows members alone: whoever else keeps order everywhere does not look into it.
CREATE OR REPLACE FUNCTION chat.room_rank(p_room uuid, p_actor uuid, p_as_client boolean)
RETURNS int
LANGUAGE sql STABLE
AS $$
    SELECT CASE
               WHEN r.kind = 'p2p' THEN CASE WHEN m.state = 'member' THEN 1 END
               WHEN p_as_client OR m.role = 'owner' THEN 3
               WHEN (u.role = 'ADMIN' OR u.granted & 16 <> 0) AND chat.leaves_right(16) THEN 3
               WHEN m.role = 'moderator' THEN 2
               WHEN (u.role = 'MODERATOR' OR u.granted & 4 <> 0) AND r.kind = 'channel'
                    AND NOT r.is_private AND chat.leaves_right(4) THEN 2
               WHEN m.state = 'member' THEN 1
               WHEN NOT r.is_private THEN 0
           END
      FROM chat.rooms AS r
      LEFT JOIN chat.users AS u ON u.id = p_actor AND u.is_active AND u.deleted_at IS NULL
      LEFT JOIN chat.room_members AS m
             ON m.room_id = r.id AND m.user_id = u.id AND m.state = 'member'
     WHERE r.id = p_room AND r.deleted_at IS NULL
$$;

-- The lobby has no member rows: nobody is added to it, muted in it or removed from it.
CREATE OR REPLACE FUNCTION chat.is_lobby(p_room uuid) RETURNS boolean
LANGUAGE sql STABLE
AS $$
    SELECT r.is_lobby FROM chat.rooms AS r WHERE r.id = p_room
$$;

CREATE OR REPLACE FUNCTION chat.create_room(
    p_id uuid, p_actor uuid, p_kind text, p_name text, p_description text,
    p_private boolean, p_history text
)
RETURNS TABLE (status text, id uuid, seq bigint)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM chat.users AS u
                    WHERE u.id = p_actor AND u.is_active AND u.deleted_at IS NULL) THEN
        status := 'not_found';
        RETURN NEXT;
        RETURN;
    END IF;
    id := coalesce(p_id, chat.uuid7());
    INSERT INTO chat.rooms (id, kind, name, description, is_private, history_visibility, created_by)
    VALUES (id, p_kind, p_name, p_description, coalesce(p_private, false),
            coalesce(p_history, 'all'), p_actor);
    INSERT INTO chat.room_seq (room_id) VALUES (id);
    seq := chat.admit(id, p_actor, p_actor, 'owner');
    status := 'ok';
    RETURN NEXT;
END
$$;

-- NULL leaves a setting as it is. Nothing changed: no event, and seq is NULL.
CREATE OR REPLACE FUNCTION chat.set_room(
    p_room uuid, p_actor uuid, p_as_client boolean, p_name text, p_description text,
    p_slow_mode_s int
)
RETURNS TABLE (status text, seq bigint)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_data jsonb := jsonb_strip_nulls(jsonb_build_object(
        'name', p_name, 'description', p_description, 'slowModeSeconds', p_slow_mode_s));
    v_rank int;
BEGIN
    PERFORM chat.lock_rooms(ARRAY[p_room]);
    v_rank := chat.room_rank(p_room, p_actor, p_as_client);
    IF v_rank IS NULL THEN
        status := 'not_found';
    ELSIF v_rank < 2 THEN
        status := 'forbidden';
    ELSE
        status := 'ok';
        UPDATE chat.rooms AS r
           SET name = coalesce(p_name, r.name),
               description = coalesce(p_description, r.description),
               slow_mode_s = coalesce(p_slow_mode_s, r.slow_mode_s),
               updated_at = clock_timestamp()
         WHERE r.id = p_room
           AND (p_name IS DISTINCT FROM r.name AND p_name IS NOT NULL
                OR p_description IS DISTINCT FROM r.description AND p_description IS NOT NULL
                OR p_slow_mode_s IS DISTINCT FROM r.slow_mode_s AND p_slow_mode_s IS NOT NULL);
        IF FOUND THEN
            seq := chat.log_event(p_room, 'room_updated', p_actor, NULL, NULL, v_data);
        END IF;
    END IF;
    RETURN NEXT;
END
$$;
