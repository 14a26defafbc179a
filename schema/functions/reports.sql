-- reports.sql: what members tell those who keep order about a message. Nothing of it is in the room's
-- log, so nothing is locked: a report is a row, made once for a member and a message. It outlives the message,
-- also one that is deleted at that very moment.

-- The first one stays, reason and all. Nobody keeps order between two people: there is nobody to tell.
CREATE OR REPLACE FUNCTION chat.report_message(
    p_id uuid, p_room uuid, p_actor uuid, p_message uuid, p_reason text
) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_room record;
BEGIN
    SELECT r.kind, r.is_private, m.state = 'member' OR r.is_lobby AS is_in, m.state = 'banned' AS is_banned,
           CASE r.history_visibility WHEN 'all' THEN 0 ELSE m.since_seq END AS from_seq
      INTO v_room
      FROM chat.rooms AS r
      LEFT JOIN chat.room_members AS m ON m.room_id = r.id AND m.user_id = p_actor
     WHERE r.id = p_room AND r.deleted_at IS NULL;
    IF NOT FOUND OR v_room.is_private AND v_room.is_in IS NOT TRUE THEN
        RETURN 'not_found';
    ELSIF v_room.is_in IS NOT TRUE THEN
        RETURN CASE WHEN v_room.is_banned THEN 'banned' ELSE 'not_member' END;
    ELSIF v_room.kind = 'p2p' THEN
        RETURN 'forbidden';
    ELSIF NOT EXISTS (SELECT   -- by id: while the table is empty the planner likes the room's key as well
                        FROM (SELECT * FROM chat.messages AS m WHERE m.id = p_message OFFSET 0) AS g
                       WHERE g.room_id = p_room AND g.deleted_at IS NULL
                         AND g.seq >= v_room.from_seq) THEN
        RETURN 'message_not_found';
    END IF;
    INSERT INTO chat.reports (id, room_id, message_id, reporter_id, reason)
    VALUES (p_id, p_room, p_message, p_actor, nullif(p_reason, ''))
    ON CONFLICT (message_id, reporter_id) DO NOTHING;
    RETURN CASE WHEN FOUND THEN 'ok' ELSE 'already' END;
END
$$;

-- Whoever does not keep order in its room does not know of a report.
CREATE OR REPLACE FUNCTION chat.resolve_report(
    p_report uuid, p_actor uuid, p_as_client boolean, p_ip text
) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_report record;
BEGIN
    SELECT o.room_id, o.message_id, o.resolved_at INTO v_report
      FROM chat.reports AS o WHERE o.id = p_report FOR NO KEY UPDATE;
    IF NOT FOUND OR coalesce(chat.room_rank(v_report.room_id, p_actor, p_as_client), 0) < 2 THEN
        RETURN 'report_not_found';
    ELSIF v_report.resolved_at IS NULL THEN
        UPDATE chat.reports AS o SET resolved_at = clock_timestamp(), resolved_by = p_actor
         WHERE o.id = p_report;
        PERFORM chat.audit(p_actor, 'report_resolved', NULL, v_report.room_id,
                           jsonb_build_object('report', p_report, 'message', v_report.message_id), p_ip);
    END IF;
    RETURN 'ok';
END
$$;
