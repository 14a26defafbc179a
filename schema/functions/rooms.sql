-- rooms.sql: rooms and their settings.

-- Whether the actor may administer the room: an application, an ADMIN (not in p2p), an owner or a
-- moderator of it; a global MODERATOR in public channels. The caller holds the room's lock.
CREATE OR REPLACE FUNCTION chat.may_manage(p_room uuid, p_actor uuid, p_as_client boolean)
RETURNS boolean
LANGUAGE sql STABLE
AS $$
    SELECT coalesce(p_as_client, false) OR EXISTS (
        SELECT
          FROM chat.users AS u
          JOIN chat.rooms AS r ON r.id = p_room
          LEFT JOIN chat.room_members AS m
                 ON m.room_id = p_room AND m.user_id = u.id AND m.state = 'member'
         WHERE u.id = p_actor AND u.is_active AND u.deleted_at IS NULL
           AND (m.role IN ('owner', 'moderator')
                OR (u.role = 'ADMIN' AND r.kind <> 'p2p')
                OR (u.role = 'MODERATOR' AND r.kind = 'channel' AND NOT r.is_private)))
$$;

CREATE OR REPLACE FUNCTION chat.create_room(
    p_id uuid, p_actor uuid, p_kind text, p_name text, p_description text,
    p_private boolean, p_history text
)
RETURNS TABLE (status text, id uuid, seq bigint)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog
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
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog
AS $$
DECLARE
    v_data jsonb := jsonb_strip_nulls(jsonb_build_object(
        'name', p_name, 'description', p_description, 'slowModeSeconds', p_slow_mode_s));
BEGIN
    PERFORM chat.lock_rooms(ARRAY[p_room]);
    IF NOT EXISTS (SELECT FROM chat.rooms AS r WHERE r.id = p_room AND r.deleted_at IS NULL) THEN
        status := 'not_found';
    ELSIF NOT chat.may_manage(p_room, p_actor, p_as_client) THEN
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
