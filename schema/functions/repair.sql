-- repair.sql: what recount.sql finds, made right again (chatspherectl check --repair). For the operator alone.

-- Holes are filled with an event that changes nothing: the log is whole again, and who reads it goes on.
-- The counter comes first when it is behind, or the next post would meet a row. A hole of more than a
-- million is no hole but a broken counter, which is left for a person to look at.
CREATE OR REPLACE FUNCTION chat.repair_log(p_room uuid) RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
BEGIN
    UPDATE chat.room_seq AS s SET last_seq = f.counted
      FROM chat.log_drift(p_room) AS f
     WHERE s.room_id = p_room AND f.what = 'last_seq';
    INSERT INTO chat.room_events (room_id, seq, kind, data, created_at)
    SELECT p_room, q.seq, 'room_updated', '{}',
           -- time never falls along seq
           coalesce((SELECT max(l.created_at) FROM (
                            (SELECT g.created_at FROM chat.messages AS g
                              WHERE g.room_id = p_room AND g.seq < f.seq ORDER BY g.seq DESC LIMIT 1)
                             UNION ALL
                            (SELECT v.created_at FROM chat.room_events AS v
                              WHERE v.room_id = p_room AND v.seq < f.seq ORDER BY v.seq DESC LIMIT 1)) AS l),
                    r.created_at)
      FROM chat.log_drift(p_room) AS f
      JOIN chat.rooms AS r ON r.id = p_room
     CROSS JOIN LATERAL generate_series(f.seq, f.seq + f.stored - 1) AS q (seq)
     WHERE f.what = 'gap' AND f.stored <= 1000000;
    UPDATE chat.messages AS g SET msg_no = f.counted
      FROM chat.log_drift(p_room) AS f
     WHERE g.room_id = p_room AND g.seq = f.seq AND f.what = 'msg_no';
    UPDATE chat.room_seq AS s SET msg_count = f.counted
      FROM chat.log_drift(p_room) AS f
     WHERE s.room_id = p_room AND f.what = 'msg_count';
END
$$;

CREATE OR REPLACE FUNCTION chat.repair_messages(p_room uuid) RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
BEGIN
    UPDATE chat.messages AS g SET reply_count = f.counted
      FROM chat.message_drift(p_room) AS f
     WHERE g.room_id = p_room AND g.seq = f.seq AND f.what = 'reply_count';
    UPDATE chat.messages AS g
       SET reactions = coalesce((
           SELECT jsonb_object_agg(t.emoji, t.n)
             FROM (SELECT e.emoji, count(*) AS n FROM chat.reactions AS e
                    WHERE e.room_id = p_room AND e.seq = g.seq GROUP BY e.emoji) AS t), '{}')
      FROM chat.message_drift(p_room) AS f
     WHERE g.room_id = p_room AND g.seq = f.seq AND f.what = 'reactions';
    UPDATE chat.messages AS g SET rev = f.counted
      FROM chat.message_drift(p_room) AS f
     WHERE g.room_id = p_room AND g.seq = f.seq AND f.what = 'rev';
    DELETE FROM chat.mentions AS n
     USING chat.message_drift(p_room) AS f
     WHERE n.room_id = p_room AND n.seq = f.seq AND n.user_id IS NOT DISTINCT FROM f.user_id
       AND f.what = 'mention';
END
$$;

-- Positions are moved by their rows' lock alone, not the room's: they are locked before they are counted.
CREATE OR REPLACE FUNCTION chat.repair_people(p_room uuid) RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
BEGIN
    UPDATE chat.room_seq AS s SET member_count = f.counted
      FROM chat.people_drift(p_room) AS f
     WHERE s.room_id = p_room AND f.what = 'member_count';
    PERFORM chat.begin_reading(p_room, f.user_id)
       FROM chat.people_drift(p_room) AS f WHERE f.what = 'position' AND f.stored IS NULL;
    PERFORM 1 FROM chat.room_reads AS d WHERE d.room_id = p_room ORDER BY d.user_id FOR NO KEY UPDATE;
    UPDATE chat.room_reads AS d SET read_seq = s.last_seq
      FROM chat.room_seq AS s
     WHERE d.room_id = p_room AND s.room_id = p_room AND d.read_seq > s.last_seq;
    UPDATE chat.room_reads AS d SET read_no = c.read_no, own_after = c.own_after
      FROM chat.counted_positions(p_room) AS c
     WHERE d.room_id = p_room AND d.user_id = c.user_id
       AND (d.read_no, d.own_after) <> (c.read_no, c.own_after);
END
$$;

-- Mends a room under its lock, and says so in its log, so that who has it open looks again. What is found
-- is found in the statement behind the lock. Returns whether there was anything.
CREATE OR REPLACE FUNCTION chat.repair_room(p_room uuid) RETURNS boolean
LANGUAGE plpgsql VOLATILE
AS $$
BEGIN
    PERFORM chat.lock_rooms(ARRAY[p_room]);
    IF NOT EXISTS (SELECT FROM chat.room_drift(p_room) AS f) THEN
        RETURN false;
    END IF;
    PERFORM chat.repair_log(p_room);
    PERFORM chat.repair_messages(p_room);
    PERFORM chat.repair_people(p_room);
    PERFORM chat.log_event(p_room, 'room_updated', NULL, NULL, NULL, '{}');
    RETURN true;
END
$$;

CREATE OR REPLACE FUNCTION chat.repair_users() RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
BEGIN
    PERFORM chat.regrant(array_agg(f.user_id)) FROM chat.user_drift() AS f WHERE f.what = 'granted';
    INSERT INTO chat.user_seq AS s (user_id, last_useq)
    SELECT f.user_id, f.counted FROM chat.user_drift() AS f WHERE f.what = 'last_useq'
    ON CONFLICT (user_id) DO UPDATE SET last_useq = greatest(s.last_useq, excluded.last_useq);
END
$$;
