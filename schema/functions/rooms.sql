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

-- Made twice under one id by one creator, it is made once: seq is NULL the second time.
CREATE OR REPLACE FUNCTION chat.create_room(
    p_id uuid, p_actor uuid, p_kind text, p_name text, p_description text,
    p_private boolean, p_history text
)
RETURNS TABLE (status text, id uuid, seq bigint)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    IF NOT chat.hold_user(p_actor) THEN
        status := 'not_found';
        RETURN NEXT;
        RETURN;
    END IF;
    create_room.id := coalesce(p_id, chat.uuid7());
    INSERT INTO chat.rooms (id, kind, name, description, is_private, history_visibility, created_by)
    VALUES (create_room.id, p_kind, p_name, nullif(p_description, ''), coalesce(p_private, false),
            coalesce(p_history, 'all'), p_actor)
    ON CONFLICT (id) DO NOTHING;
    IF FOUND THEN
        INSERT INTO chat.room_seq (room_id) VALUES (create_room.id);
        seq := chat.admit(create_room.id, p_actor, p_actor, 'owner');
        status := 'ok';
    ELSE   -- a later statement: it sees what another transaction has committed meanwhile
        status := CASE WHEN EXISTS (SELECT FROM chat.rooms AS r
                                     WHERE r.id = create_room.id AND r.created_by = p_actor
                                       AND r.kind = p_kind AND r.deleted_at IS NULL)
                       THEN 'ok' ELSE 'conflict' END;
    END IF;
    RETURN NEXT;
END
$$;

-- Which settings would change, by the names that clients know: NULL wants nothing, and the empty text
-- takes the description away.
CREATE OR REPLACE FUNCTION chat.room_changes(
    p_room uuid, p_name text, p_description text, p_slow_mode_s int, p_archived boolean, p_history text,
    p_private boolean
) RETURNS jsonb
LANGUAGE sql STABLE
AS $$
    SELECT coalesce(jsonb_object_agg(c.setting, c.wanted), '{}')
      FROM chat.rooms AS r
     CROSS JOIN LATERAL (VALUES
           ('name', to_jsonb(p_name), to_jsonb(r.name)),
           ('description',
            CASE p_description WHEN '' THEN 'null' ELSE to_jsonb(p_description) END,
            coalesce(to_jsonb(r.description), 'null')),
           ('slowModeSeconds', to_jsonb(p_slow_mode_s), to_jsonb(r.slow_mode_s)),
           ('archived', to_jsonb(p_archived), to_jsonb(r.archived_at IS NOT NULL)),
           ('historyVisibility', to_jsonb(p_history), to_jsonb(r.history_visibility)),
           ('isPrivate', to_jsonb(p_private), to_jsonb(r.is_private)),
           ('kind', to_jsonb(CASE WHEN p_private THEN 'group' WHEN NOT p_private THEN 'channel' END),
            to_jsonb(r.kind)))
           AS c (setting, wanted, have)
     WHERE r.id = p_room AND c.wanted <> c.have
$$;

-- The lobby is public and what two say to each other private, for good.
CREATE OR REPLACE FUNCTION chat.stays_private(p_room uuid, p_private boolean) RETURNS boolean
LANGUAGE sql STABLE
AS $$
    SELECT r.is_private <> p_private AND (r.is_lobby OR r.kind = 'p2p')
      FROM chat.rooms AS r WHERE r.id = p_room
$$;

-- NULL leaves a setting as it is. Who keeps order names the room and slows it down; closing it, hiding it
-- and what newcomers may read are for who keeps it. Nothing changed: no event, and seq is NULL.
-- A public room is a channel and a private one a group, as they are made: who keeps order in channels
-- everywhere does so in one that was a group, and no more in one that is. Members stay, invitations too.
CREATE OR REPLACE FUNCTION chat.set_room(
    p_room uuid, p_actor uuid, p_as_client boolean, p_name text, p_description text,
    p_slow_mode_s int, p_archived boolean DEFAULT NULL, p_history text DEFAULT NULL,
    p_private boolean DEFAULT NULL, p_ip text DEFAULT NULL
)
RETURNS TABLE (status text, seq bigint)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_rank int;
    v_data jsonb;
BEGIN
    PERFORM chat.lock_rooms(ARRAY[p_room]);
    v_rank := chat.room_rank(p_room, p_actor, p_as_client);
    IF v_rank IS NULL THEN
        status := 'not_found';
    ELSIF chat.stays_private(p_room, p_private) THEN
        status := 'fixed';
    ELSIF v_rank < 2
          OR v_rank < 3 AND num_nonnulls(p_archived, p_history, p_private) > 0
          OR p_history IS NOT NULL AND chat.is_lobby(p_room) THEN   -- nobody joins it
        status := 'forbidden';
    ELSE
        status := 'ok';
        v_data := chat.room_changes(p_room, p_name, p_description, p_slow_mode_s, p_archived,
                                    p_history, p_private);
        IF v_data <> '{}' THEN
            PERFORM chat.store_room(p_room, v_data);
            seq := chat.log_event(p_room, 'room_updated', p_actor, NULL, NULL, v_data);
            -- how it is called is no moderation, and names are not for the audit log
            IF v_data ?| ARRAY['slowModeSeconds', 'archived', 'historyVisibility', 'isPrivate'] THEN
                PERFORM chat.audit(p_actor, 'room_updated', NULL, p_room,
                                   v_data - ARRAY['name', 'description'], p_ip);
            END IF;
        END IF;
    END IF;
    RETURN NEXT;
END
$$;

CREATE OR REPLACE FUNCTION chat.store_room(p_room uuid, p_changes jsonb) RETURNS void
LANGUAGE sql VOLATILE
AS $$
    UPDATE chat.rooms AS r
       SET name = coalesce(p_changes ->> 'name', r.name),
           description = CASE WHEN p_changes ? 'description' THEN p_changes ->> 'description'
                              ELSE r.description END,
           slow_mode_s = coalesce((p_changes ->> 'slowModeSeconds')::int, r.slow_mode_s),
           archived_at = CASE p_changes ->> 'archived' WHEN 'true' THEN clock_timestamp()
                              WHEN 'false' THEN NULL ELSE r.archived_at END,
           history_visibility = coalesce(p_changes ->> 'historyVisibility', r.history_visibility),
           is_private = coalesce((p_changes ->> 'isPrivate')::boolean, r.is_private),
           kind = coalesce(p_changes ->> 'kind', r.kind),
           updated_at = clock_timestamp()
     WHERE r.id = p_room
$$;

-- The end of a room: its last event, nobody is in it any more, and nobody knows of it. What was said
-- stays where it is. `users` are some of those who were in it, as many as one bell names.
CREATE OR REPLACE FUNCTION chat.delete_room(
    p_room uuid, p_actor uuid, p_as_client boolean, p_ip text
)
RETURNS TABLE (status text, seq bigint, users uuid[])
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    c_rung    CONSTANT int := 25;
    v_rank    int;
    v_members uuid[];
BEGIN
    PERFORM chat.lock_rooms(ARRAY[p_room]);
    v_rank := chat.room_rank(p_room, p_actor, p_as_client);
    IF v_rank IS NULL THEN
        status := 'not_found';
    ELSIF v_rank < 3 OR chat.is_lobby(p_room) THEN
        status := 'forbidden';
    ELSE
        status := 'ok';
        v_members := ARRAY(SELECT m.user_id
                             FROM chat.room_members AS m
                            WHERE m.room_id = p_room AND m.state = 'member'
                            ORDER BY m.user_id);
        seq := chat.log_event(p_room, 'room_deleted', p_actor, NULL, NULL, '{}');
        UPDATE chat.rooms AS r
           SET deleted_at = clock_timestamp(), updated_at = clock_timestamp()
         WHERE r.id = p_room;
        UPDATE chat.room_members AS m
           SET state = 'left', left_seq = delete_room.seq
         WHERE m.room_id = p_room AND m.state = 'member';
        UPDATE chat.room_seq AS s SET member_count = 0 WHERE s.room_id = p_room;
        UPDATE chat.room_invites AS i SET revoked_at = clock_timestamp()
         WHERE i.room_id = p_room AND i.revoked_at IS NULL;
        PERFORM chat.log_users(v_members, 'room_removed', jsonb_build_object('roomId', p_room));
        PERFORM chat.audit(p_actor, 'room_deleted', NULL, p_room, '{}', p_ip);
        users := v_members[:c_rung];
    END IF;
    RETURN NEXT;
END
$$;

-- Appends the same to the logs of many. They come in the order of their ids, and so are their counters
-- locked: two of these at a time do not wait for each other in a circle.
CREATE OR REPLACE FUNCTION chat.log_users(p_users uuid[], p_kind text, p_data jsonb) RETURNS void
LANGUAGE sql VOLATILE
AS $$
    WITH told AS (
        INSERT INTO chat.user_seq AS s (user_id, last_useq)
        SELECT w.id, 1 FROM unnest(p_users) AS w (id)
        ON CONFLICT (user_id) DO UPDATE SET last_useq = s.last_useq + 1
        RETURNING s.user_id, s.last_useq)
    INSERT INTO chat.user_events (user_id, useq, kind, data)
    SELECT t.user_id, t.last_useq, p_kind, p_data FROM told AS t
$$;
