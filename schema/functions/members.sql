-- members.sql: who is in a room. Every change takes a seq in the room's log and a useq in the member's.

-- Makes a user a member and says so; the caller holds the account and then the room's lock, and has checked
-- the rest. Returns the seq; NULL: there is no such enabled account. chat.delete_user changes the account
-- first and looks for its rooms then: either it finds this membership, or this finds no account. A mute
-- outlives leaving and coming back, or leaving would be the way out of it.
CREATE OR REPLACE FUNCTION chat.admit(p_room uuid, p_actor uuid, p_user uuid, p_role text)
RETURNS bigint
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    v_seq bigint;
BEGIN
    IF NOT chat.hold_user(p_user) THEN
        RETURN NULL;
    END IF;
    v_seq := chat.log_event(p_room, 'member_joined', p_actor, p_user, NULL,
                            jsonb_build_object('role', p_role));
    INSERT INTO chat.room_members AS m (room_id, user_id, role, since_seq)
    VALUES (p_room, p_user, p_role, v_seq)
    ON CONFLICT (room_id, user_id) DO UPDATE
       SET state = 'member', role = p_role, since_seq = v_seq, left_seq = NULL,
           is_hidden = false, joined_at = clock_timestamp();
    PERFORM chat.begin_reading(p_room, p_user);
    UPDATE chat.room_seq AS s SET member_count = s.member_count + 1 WHERE s.room_id = p_room;
    PERFORM chat.log_user(p_user, 'room_added', jsonb_build_object('roomId', p_room));
    RETURN v_seq;
END
$$;

-- Ends a membership and says so; hands the room on when the last owner goes. Returns the seq. His
-- invitations go with him, or he would come back by one when he likes.
CREATE OR REPLACE FUNCTION chat.dismiss(p_room uuid, p_actor uuid, p_user uuid, p_reason text)
RETURNS bigint
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    v_heir uuid;
    v_seq  bigint := chat.log_event(p_room, 'member_left', p_actor, p_user, NULL,
                                    jsonb_build_object('reason', p_reason));
BEGIN
    UPDATE chat.room_members AS m
       SET state = CASE p_reason WHEN 'banned' THEN 'banned' ELSE 'left' END,
           role = 'member', left_seq = v_seq
     WHERE m.room_id = p_room AND m.user_id = p_user;
    UPDATE chat.room_seq AS s SET member_count = s.member_count - 1 WHERE s.room_id = p_room;
    PERFORM chat.log_user(p_user, 'room_removed', jsonb_build_object('roomId', p_room));
    PERFORM chat.drop_invites(p_room, p_user);
    IF NOT EXISTS (SELECT FROM chat.room_members AS m
                    WHERE m.room_id = p_room AND m.state = 'member' AND m.role = 'owner') THEN
        SELECT m.user_id INTO v_heir   -- whose account is disabled keeps no room, if there is another
          FROM chat.room_members AS m
          JOIN chat.users AS u ON u.id = m.user_id
         WHERE m.room_id = p_room AND m.state = 'member'
         ORDER BY u.is_active DESC, m.role = 'moderator' DESC, m.since_seq
         LIMIT 1;
        IF FOUND THEN
            PERFORM chat.change_role(p_room, p_actor, v_heir, 'owner');
        END IF;
    END IF;
    RETURN v_seq;
END
$$;

CREATE OR REPLACE FUNCTION chat.is_last_owner(p_room uuid, p_user uuid) RETURNS boolean
LANGUAGE sql STABLE
AS $$
    SELECT bool_and(m.user_id = p_user)
      FROM chat.room_members AS m
     WHERE m.room_id = p_room AND m.state = 'member' AND m.role = 'owner'
$$;

CREATE OR REPLACE FUNCTION chat.change_role(p_room uuid, p_actor uuid, p_user uuid, p_role text)
RETURNS bigint
LANGUAGE plpgsql VOLATILE
AS $$
BEGIN
    UPDATE chat.room_members AS m SET role = p_role
     WHERE m.room_id = p_room AND m.user_id = p_user;
    RETURN chat.log_event(p_room, 'member_updated', p_actor, p_user, NULL,
                          jsonb_build_object('role', p_role));
END
$$;

-- Whoever keeps order brings people in, and back who was banned, but himself; offices are the owner's to give. Both
-- are moderation; that somebody new came is in the room's log alone.
CREATE OR REPLACE FUNCTION chat.add_member(
    p_room uuid, p_actor uuid, p_as_client boolean, p_user uuid, p_role text,
    p_ip text DEFAULT NULL
)
RETURNS TABLE (status text, seq bigint)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_there boolean := chat.hold_user(p_user);
    v_rank  int;
    v_role  text := coalesce(p_role, 'member');
    v_state text;
BEGIN
    PERFORM chat.lock_rooms(ARRAY[p_room]);
    v_rank := chat.room_rank(p_room, p_actor, p_as_client);
    SELECT m.state INTO v_state
      FROM chat.room_members AS m WHERE m.room_id = p_room AND m.user_id = p_user;
    IF v_rank IS NULL THEN
        status := 'room_not_found';
    ELSIF chat.is_lobby(p_room) THEN   -- everybody is in it
        status := CASE WHEN v_there THEN 'already' ELSE 'user_not_found' END;
    ELSIF v_rank < 2 OR (v_rank < 3 AND (v_role <> 'member' OR v_state = 'banned' AND p_user = p_actor)) THEN
        status := 'forbidden';
    ELSIF v_state = 'member' THEN
        status := 'already';
    ELSE
        seq := chat.admit(p_room, p_actor, p_user, v_role);
        status := CASE WHEN seq IS NULL THEN 'user_not_found' ELSE 'ok' END;
        IF status = 'ok' AND (v_state = 'banned' OR v_role <> 'member') THEN
            PERFORM chat.audit(p_actor, CASE v_state WHEN 'banned' THEN 'member_unbanned'
                                             ELSE 'member_added' END,
                               p_user, p_room, jsonb_build_object('role', v_role), p_ip);
        END IF;
    END IF;
    RETURN NEXT;
END
$$;

CREATE OR REPLACE FUNCTION chat.join_room(p_room uuid, p_user uuid)
RETURNS TABLE (status text, seq bigint)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_room  record;
    v_state text;
BEGIN
    PERFORM chat.hold_user(p_user);
    PERFORM chat.lock_rooms(ARRAY[p_room]);
    SELECT r.kind, r.is_lobby, r.is_private INTO v_room
      FROM chat.rooms AS r
     WHERE r.id = p_room AND r.deleted_at IS NULL;
    IF NOT FOUND THEN
        status := 'not_found';
        RETURN NEXT;
        RETURN;
    END IF;
    SELECT m.state INTO v_state
      FROM chat.room_members AS m WHERE m.room_id = p_room AND m.user_id = p_user;
    IF v_room.is_lobby OR v_state = 'member' THEN
        status := 'already';
    ELSIF v_room.is_private OR v_room.kind = 'p2p' THEN
        status := 'not_found';
    ELSIF v_state = 'banned' THEN
        status := 'banned';
    ELSE
        seq := chat.admit(p_room, p_user, p_user, 'member');
        status := CASE WHEN seq IS NULL THEN 'unauthorized' ELSE 'ok' END;
    END IF;
    RETURN NEXT;
END
$$;

CREATE OR REPLACE FUNCTION chat.leave_room(p_room uuid, p_user uuid)
RETURNS TABLE (status text, seq bigint)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_room  record;
    v_state text;
BEGIN
    PERFORM chat.lock_rooms(ARRAY[p_room]);
    SELECT r.kind, r.is_lobby, r.is_private INTO v_room
      FROM chat.rooms AS r
     WHERE r.id = p_room AND r.deleted_at IS NULL;
    SELECT m.state INTO v_state
      FROM chat.room_members AS m WHERE m.room_id = p_room AND m.user_id = p_user;
    IF v_room IS NULL OR (v_room.is_private AND v_state IS DISTINCT FROM 'member') THEN
        status := 'not_found';
    ELSIF v_room.is_lobby OR v_room.kind = 'p2p' THEN
        status := 'forbidden';
    ELSIF v_state IS DISTINCT FROM 'member' THEN
        status := 'not_member';
    ELSE
        status := 'ok';
        seq := chat.dismiss(p_room, p_user, p_user, 'left');
    END IF;
    RETURN NEXT;
END
$$;

-- Whoever keeps order removes members; moderators are removed by an owner, an owner by nobody but an
-- application. He may leave. Banned is also who has left before, or has never come: that is said to the
-- room as a leaving, for those who keep its list. With who is sent away go his invitations.
CREATE OR REPLACE FUNCTION chat.remove_member(
    p_room uuid, p_actor uuid, p_as_client boolean, p_user uuid, p_ban boolean,
    p_ip text DEFAULT NULL
)
RETURNS TABLE (status text, seq bigint)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_rank   int;
    v_member record;
BEGIN
    PERFORM chat.hold_user(p_user);
    PERFORM chat.lock_rooms(ARRAY[p_room]);
    v_rank := chat.room_rank(p_room, p_actor, p_as_client);
    SELECT m.state, m.role INTO v_member
      FROM chat.room_members AS m WHERE m.room_id = p_room AND m.user_id = p_user;
    IF v_rank IS NULL THEN
        status := 'not_found';
    ELSIF v_rank < 2 OR chat.is_lobby(p_room) THEN
        status := 'forbidden';
    ELSIF v_member.state = 'banned' AND p_ban THEN
        status := 'already';
    ELSIF v_member.state IS DISTINCT FROM 'member' AND (p_ban IS NOT TRUE OR NOT EXISTS (
              SELECT FROM chat.users AS u WHERE u.id = p_user AND u.deleted_at IS NULL)) THEN
        status := 'not_member';
    ELSIF v_member.state = 'member'
          AND ((v_member.role = 'owner' AND NOT coalesce(p_as_client, false))
               OR (v_member.role = 'moderator' AND v_rank < 3)) THEN
        status := 'forbidden';
    ELSE
        status := 'ok';
        seq := CASE WHEN v_member.state = 'member'
                    THEN chat.dismiss(p_room, p_actor, p_user,
                                      CASE WHEN p_ban THEN 'banned' ELSE 'removed' END)
                    ELSE chat.ban_stranger(p_room, p_actor, p_user) END;
        PERFORM chat.drop_invites(p_room, p_user);
        PERFORM chat.audit(p_actor, CASE WHEN p_ban THEN 'member_banned' ELSE 'member_removed' END,
                           p_user, p_room, '{}', p_ip);
    END IF;
    RETURN NEXT;
END
$$;

-- Bans who is no member; the caller holds the account and the room's lock and has checked. Returns the seq.
CREATE OR REPLACE FUNCTION chat.ban_stranger(p_room uuid, p_actor uuid, p_user uuid) RETURNS bigint
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    v_seq bigint := chat.log_event(p_room, 'member_left', p_actor, p_user, NULL,
                                   jsonb_build_object('reason', 'banned'));
BEGIN
    INSERT INTO chat.room_members AS m (room_id, user_id, state, since_seq, left_seq)
    VALUES (p_room, p_user, 'banned', v_seq, v_seq)
    ON CONFLICT (room_id, user_id) DO UPDATE SET state = 'banned';
    RETURN v_seq;
END
$$;

-- Who was banned may come back, by himself where everybody may; he is no member yet. A moderator of all
-- public channels does not lift his own ban, nor (below) his own mute.
CREATE OR REPLACE FUNCTION chat.lift_ban(
    p_room uuid, p_actor uuid, p_as_client boolean, p_user uuid, p_ip text
)
RETURNS TABLE (status text, seq bigint)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_rank int;
BEGIN
    PERFORM chat.lock_rooms(ARRAY[p_room]);
    v_rank := chat.room_rank(p_room, p_actor, p_as_client);
    IF v_rank IS NULL THEN
        status := 'not_found';
    ELSIF v_rank < 2 OR v_rank < 3 AND p_user = p_actor THEN
        status := 'forbidden';
    ELSE
        UPDATE chat.room_members AS m SET state = 'left'
         WHERE m.room_id = p_room AND m.user_id = p_user AND m.state = 'banned';
        IF FOUND THEN
            status := 'ok';
            seq := chat.log_event(p_room, 'member_updated', p_actor, p_user, NULL,
                                  jsonb_build_object('banned', false));
            PERFORM chat.audit(p_actor, 'member_unbanned', p_user, p_room, '{}', p_ip);
        ELSE
            status := 'user_not_found';
        END IF;
    END IF;
    RETURN NEXT;
END
$$;

-- p_role NULL leaves the role; the mute is set (or lifted, by NULL) only with p_set_mute. Offices are
-- the owner's to give and to take, and the last owner keeps his; who holds one is muted by an owner.
-- Nothing changed: no event, and seq is NULL.
CREATE OR REPLACE FUNCTION chat.set_member(
    p_room uuid, p_actor uuid, p_as_client boolean, p_user uuid, p_role text,
    p_muted_until timestamptz, p_set_mute boolean, p_ip text DEFAULT NULL
)
RETURNS TABLE (status text, seq bigint)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    c_format CONSTANT text := 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"';   -- as clients know times
    c_latest CONSTANT timestamptz := '9999-12-31 00:00Z';   -- infinity has no digits
    v_until  timestamptz := CASE WHEN p_muted_until > c_latest THEN c_latest ELSE p_muted_until END;
    v_rank   int;
    v_member record;
    v_data   jsonb := '{}';
BEGIN
    PERFORM chat.lock_rooms(ARRAY[p_room]);
    v_rank := chat.room_rank(p_room, p_actor, p_as_client);
    SELECT m.state, m.role, m.muted_until INTO v_member
      FROM chat.room_members AS m WHERE m.room_id = p_room AND m.user_id = p_user;
    IF v_rank IS NULL THEN
        status := 'not_found';
    ELSIF v_rank < 2 OR chat.is_lobby(p_room) THEN
        status := 'forbidden';
    ELSIF v_member.state IS DISTINCT FROM 'member' THEN
        status := 'not_member';
    ELSIF v_rank < 3 AND (v_member.role <> 'member' OR p_role <> v_member.role OR p_user = p_actor)
          OR p_role <> 'owner' AND chat.is_last_owner(p_room, p_user) THEN
        status := 'forbidden';
    ELSE
        status := 'ok';
        IF p_role <> v_member.role THEN
            v_data := jsonb_build_object('role', p_role);
        END IF;
        IF p_set_mute AND v_until IS DISTINCT FROM v_member.muted_until THEN
            v_data := v_data || jsonb_build_object('mutedUntil',
                                                   to_char(v_until AT TIME ZONE 'UTC', c_format));
        END IF;
        IF v_data <> '{}' THEN
            UPDATE chat.room_members AS m
               SET role = coalesce(p_role, m.role),
                   muted_until = CASE WHEN p_set_mute THEN v_until ELSE m.muted_until END
             WHERE m.room_id = p_room AND m.user_id = p_user;
            IF p_role = 'member' THEN
                PERFORM chat.drop_invites(p_room, p_user);
            END IF;
            seq := chat.log_event(p_room, 'member_updated', p_actor, p_user, NULL, v_data);
            PERFORM chat.audit(p_actor, 'member_updated', p_user, p_room, v_data, p_ip);
        END IF;
    END IF;
    RETURN NEXT;
END
$$;
