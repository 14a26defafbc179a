-- invites.sql: links that let their bearer into a room. The code is a credential: the programs make it
-- and show it once, and what is kept is its hash. An invitation is no part of the room's log; who comes
-- by one is. An invitation ends with its maker's place in the room, with his account, with the room.

-- A room has so many good ones at a time; counted under its lock.
CREATE OR REPLACE FUNCTION chat.create_room_invite(
    p_id uuid, p_room uuid, p_actor uuid, p_as_client boolean, p_code_hash bytea, p_prefix text,
    p_expires timestamptz, p_max_uses int, p_ip text
) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    c_live CONSTANT int := 100;
    v_rank int;
BEGIN
    IF NOT chat.hold_user(p_actor) THEN   -- an application's token ends with its owner as well
        RETURN 'unauthorized';
    END IF;
    PERFORM chat.lock_rooms(ARRAY[p_room]);
    v_rank := chat.room_rank(p_room, p_actor, p_as_client);
    IF v_rank IS NULL THEN
        RETURN 'not_found';
    ELSIF v_rank < 2 OR chat.is_lobby(p_room) THEN
        RETURN 'forbidden';
    ELSIF (SELECT count(*) FROM chat.room_invites AS i
            WHERE i.room_id = p_room AND chat.is_good_invite(i)) >= c_live THEN
        RETURN 'limit';
    END IF;
    INSERT INTO chat.room_invites (id, room_id, created_by, code_hash, prefix, expires_at, max_uses)
    VALUES (p_id, p_room, p_actor, p_code_hash, p_prefix, p_expires, p_max_uses);
    PERFORM chat.audit(p_actor, 'invite_created', NULL, p_room,
                       jsonb_build_object('invite', p_id, 'expires_at', p_expires, 'max_uses', p_max_uses), p_ip);
    RETURN 'ok';
END
$$;

-- Whoever made it may have been disabled or deleted since: he brings in nobody then.
CREATE OR REPLACE FUNCTION chat.is_good_invite(p_invite chat.room_invites) RETURNS boolean
LANGUAGE sql STABLE
AS $$
    SELECT p_invite.revoked_at IS NULL
       AND (p_invite.expires_at IS NULL OR p_invite.expires_at > clock_timestamp())
       AND (p_invite.max_uses IS NULL OR p_invite.uses < p_invite.max_uses)
       AND EXISTS (SELECT FROM chat.users AS u
                    WHERE u.id = p_invite.created_by AND u.is_active AND u.deleted_at IS NULL)
$$;

-- Ends those that somebody has made for a room in which he keeps order no more. The caller holds the lock.
CREATE OR REPLACE FUNCTION chat.drop_invites(p_room uuid, p_maker uuid) RETURNS void
LANGUAGE sql VOLATILE
AS $$
    UPDATE chat.room_invites AS i SET revoked_at = clock_timestamp()
     WHERE i.room_id = p_room AND i.created_by = p_maker AND i.revoked_at IS NULL
$$;

-- Revoked a second time it is revoked.
CREATE OR REPLACE FUNCTION chat.revoke_room_invite(
    p_room uuid, p_actor uuid, p_as_client boolean, p_invite uuid, p_ip text
) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_rank int;
BEGIN
    PERFORM chat.lock_rooms(ARRAY[p_room]);
    v_rank := chat.room_rank(p_room, p_actor, p_as_client);
    IF v_rank IS NULL THEN
        RETURN 'not_found';
    ELSIF v_rank < 2 THEN
        RETURN 'forbidden';
    ELSIF NOT EXISTS (SELECT FROM chat.room_invites AS i
                       WHERE i.id = p_invite AND i.room_id = p_room) THEN
        RETURN 'invite_not_found';
    END IF;
    UPDATE chat.room_invites AS i SET revoked_at = clock_timestamp()
     WHERE i.id = p_invite AND i.revoked_at IS NULL;
    IF FOUND THEN
        PERFORM chat.audit(p_actor, 'invite_revoked', NULL, p_room, jsonb_build_object('invite', p_invite), p_ip);
    END IF;
    RETURN 'ok';
END
$$;

-- One answer for all that is wrong with a code. Who is in the room already uses nothing up, also when
-- there is nothing left: so the answer to a repeated request is the first one's.
CREATE OR REPLACE FUNCTION chat.accept_room_invite(p_code_hash bytea, p_user uuid)
RETURNS TABLE (status text, room_id uuid, seq bigint)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    v_good  boolean;
    v_state text;
BEGIN
    PERFORM chat.hold_user(p_user);
    SELECT i.room_id INTO room_id FROM chat.room_invites AS i WHERE i.code_hash = p_code_hash;
    PERFORM chat.lock_rooms(ARRAY[accept_room_invite.room_id]);
    -- asked again behind the lock: others may have used it up
    SELECT chat.is_good_invite(i), m.state INTO v_good, v_state
      FROM chat.room_invites AS i
      JOIN chat.rooms AS r ON r.id = i.room_id AND r.deleted_at IS NULL
      LEFT JOIN chat.room_members AS m ON m.room_id = r.id AND m.user_id = p_user
     WHERE i.code_hash = p_code_hash;
    IF NOT FOUND THEN
        status := 'invite_not_found';
    ELSIF v_state = 'member' THEN
        status := 'already';
    ELSIF NOT v_good THEN
        status := 'invite_not_found';
    ELSIF v_state = 'banned' THEN
        status := 'banned';
    ELSE
        seq := chat.admit(accept_room_invite.room_id, p_user, p_user, 'member');
        status := CASE WHEN seq IS NULL THEN 'unauthorized' ELSE 'ok' END;
        UPDATE chat.room_invites AS i SET uses = i.uses + 1, last_used_at = clock_timestamp()
         WHERE i.code_hash = p_code_hash AND status = 'ok';
    END IF;
    RETURN NEXT;
END
$$;
