-- lock.sql: the one way into writing. Whatever changes a room's log begins here.

-- Locks the counters in the order of room ids, so that two batches over the same rooms cannot deadlock.
-- FOR NO KEY UPDATE: foreign keys to room_seq's row are not held up. Rooms that do not exist are
-- passed over. What is decided under the lock is read in a later statement: under READ COMMITTED
-- only that one has a snapshot from behind the lock.
CREATE OR REPLACE FUNCTION chat.lock_rooms(p_rooms uuid[]) RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
BEGIN
    PERFORM 1
       FROM chat.room_seq AS s
      WHERE s.room_id = ANY (p_rooms)
      ORDER BY s.room_id
        FOR NO KEY UPDATE;
END
$$;

-- Keeps an account from being deleted until the end of the transaction, and says whether it is there and
-- enabled. Who is going to write a row that names a user in a room (its foreign key locks the account as
-- well) begins with this, before the rooms: chat.delete_user has the account first and then wants the
-- rooms, and whoever waited for the account with a room in his hand would close the circle.
CREATE OR REPLACE FUNCTION chat.hold_user(p_user uuid) RETURNS boolean
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    v_good boolean;
BEGIN
    SELECT u.is_active AND u.deleted_at IS NULL INTO v_good
      FROM chat.users AS u WHERE u.id = p_user FOR KEY SHARE;
    RETURN coalesce(v_good, false);
END
$$;

-- Takes the room's next seq for an event that is not a message and writes it. The caller holds the lock.
CREATE OR REPLACE FUNCTION chat.log_event(
    p_room uuid, p_kind text, p_actor uuid, p_subject uuid, p_target_seq bigint, p_data jsonb
) RETURNS bigint
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    v_seq bigint;
    v_at  timestamptz;
BEGIN
    UPDATE chat.room_seq AS s
       SET last_seq = s.last_seq + 1, last_at = greatest(clock_timestamp(), s.last_at)
     WHERE s.room_id = p_room
    RETURNING s.last_seq, s.last_at INTO STRICT v_seq, v_at;
    INSERT INTO chat.room_events
           (room_id, seq, kind, actor_id, target_seq, subject_id, data, created_at)
    VALUES (p_room, v_seq, p_kind, p_actor, p_target_seq, p_subject, coalesce(p_data, '{}'), v_at);
    RETURN v_seq;
END
$$;

-- Appends to a user's own log (rooms added and left, mentions, …) and returns its useq.
CREATE OR REPLACE FUNCTION chat.log_user(p_user uuid, p_kind text, p_data jsonb) RETURNS bigint
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    v_useq bigint;
BEGIN
    INSERT INTO chat.user_seq AS s (user_id, last_useq) VALUES (p_user, 1)
    ON CONFLICT (user_id) DO UPDATE SET last_useq = s.last_useq + 1
    RETURNING s.last_useq INTO v_useq;
    INSERT INTO chat.user_events (user_id, useq, kind, data) VALUES (p_user, v_useq, p_kind, p_data);
    RETURN v_useq;
END
$$;
