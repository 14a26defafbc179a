-- recount.sql: everything that is kept beside what it is counted from, counted again (chatspherectl check).
--
-- For the operator alone: the programs have no right to these. One row a difference: what, whose (a
-- message's seq, or a user), what is stored and what is counted.
--
--   gap           a hole in the log: its first seq, how many are expected there, none found
--   doubled       a seq that is a message and an event at once; nothing mends that
--   last_seq      the room's counter, below the log's end
--   msg_no        a message's number among the messages, which is dense
--   msg_count     the last msg_no
--   member_count  members
--   reply_count   replies to a message that are not deleted
--   reactions     of a message, all emoji together
--   rev           a message's last change: not before the events about it, not above the room's last
--   position      a member without a position, or one beyond the room's last
--   read_no       msg_no of the last message up to a position
--   own_after     own messages behind it
--   unread        what a list of rooms shows, and R9's own words counted
--   mention       of who is not to be told: the message is gone, deleted, or his own
--
-- A function of plain SQL, so one snapshot: it finds the same whether the room is in use or not.

CREATE OR REPLACE FUNCTION chat.log_drift(p_room uuid)
RETURNS TABLE (what text, user_id uuid, seq bigint, stored bigint, counted bigint)
LANGUAGE sql STABLE
AS $$
    WITH place AS MATERIALIZED (
        SELECT s.last_seq, s.first_seq, s.msg_count FROM chat.room_seq AS s WHERE s.room_id = p_room
    ), written AS MATERIALIZED (
        SELECT l.seq FROM (
               SELECT g.seq FROM chat.messages AS g WHERE g.room_id = p_room
                UNION ALL
               SELECT v.seq FROM chat.room_events AS v WHERE v.room_id = p_room) AS l
    ), walked AS (
        SELECT w.seq, lag(w.seq) OVER (ORDER BY w.seq) AS before FROM (
               SELECT t.seq FROM written AS t
                UNION ALL SELECT p.first_seq - 1 FROM place AS p
                UNION ALL SELECT p.last_seq + 1 FROM place AS p) AS w
         WHERE w.seq >= (SELECT p.first_seq - 1 FROM place AS p)
    ), numbered AS MATERIALIZED (
        SELECT g.seq, g.msg_no,
               row_number() OVER (ORDER BY g.seq)
               + CASE WHEN p.first_seq = 1 THEN 0 ELSE min(g.msg_no) OVER () - 1 END AS no
          FROM chat.messages AS g, place AS p WHERE g.room_id = p_room
    )
    SELECT 'gap', NULL::uuid, w.before + 1, w.seq - w.before - 1, 0::bigint
      FROM walked AS w WHERE w.seq > w.before + 1
    UNION ALL
    SELECT 'doubled', NULL, t.seq, 1, count(*) FROM written AS t GROUP BY t.seq HAVING count(*) > 1
    UNION ALL
    SELECT 'last_seq', NULL, NULL, p.last_seq, t.seq
      FROM place AS p, (SELECT max(w.seq) AS seq FROM written AS w) AS t WHERE t.seq > p.last_seq
    UNION ALL
    SELECT 'msg_no', NULL, n.seq, n.msg_no, n.no FROM numbered AS n WHERE n.msg_no <> n.no
    UNION ALL
    SELECT 'msg_count', NULL, NULL, p.msg_count, t.no
      FROM place AS p,
           (SELECT max(n.no) AS no FROM numbered AS n) AS m,
           LATERAL (SELECT coalesce(m.no, CASE WHEN p.first_seq = 1 THEN 0 ELSE p.msg_count END) AS no) AS t
     WHERE t.no <> p.msg_count
$$;

CREATE OR REPLACE FUNCTION chat.message_drift(p_room uuid)
RETURNS TABLE (what text, user_id uuid, seq bigint, stored bigint, counted bigint)
LANGUAGE sql STABLE
AS $$
    WITH reply AS (
        SELECT g.parent_seq AS seq, count(*) AS n FROM chat.messages AS g
         WHERE g.room_id = p_room AND g.parent_seq IS NOT NULL AND g.deleted_at IS NULL
         GROUP BY g.parent_seq
    ), reacted AS (
        SELECT t.seq, sum(t.n)::bigint AS n, jsonb_object_agg(t.emoji, t.n) AS reactions
          FROM (SELECT e.seq, e.emoji, count(*) AS n FROM chat.reactions AS e
                 WHERE e.room_id = p_room GROUP BY e.seq, e.emoji) AS t
         GROUP BY t.seq
    ), changed AS (
        SELECT v.target_seq AS seq, max(v.seq) AS rev FROM chat.room_events AS v
         WHERE v.room_id = p_room AND v.target_seq IS NOT NULL
           AND v.kind IN ('message_edited', 'message_deleted', 'reaction_added', 'reaction_removed')
         GROUP BY v.target_seq
    ), message AS MATERIALIZED (
        SELECT g.seq, g.rev, g.reply_count, coalesce(r.n, 0) AS replies, g.reactions,
               (SELECT coalesce(sum(e.value::bigint), 0) FROM jsonb_each_text(g.reactions) AS e)::bigint AS shown,
               coalesce(t.n, 0) AS reacted, coalesce(t.reactions, '{}') AS counted,
               greatest(g.seq, c.rev) AS least_rev, s.last_seq
          FROM chat.messages AS g
          JOIN chat.room_seq AS s ON s.room_id = g.room_id
          LEFT JOIN reply AS r ON r.seq = g.seq
          LEFT JOIN reacted AS t ON t.seq = g.seq
          LEFT JOIN changed AS c ON c.seq = g.seq
         WHERE g.room_id = p_room
    )
    SELECT 'reply_count', NULL::uuid, m.seq, m.reply_count::bigint, m.replies
      FROM message AS m WHERE m.reply_count <> m.replies
    UNION ALL
    SELECT 'reactions', NULL, m.seq, m.shown, m.reacted FROM message AS m WHERE m.reactions <> m.counted
    UNION ALL
    SELECT 'rev', NULL, m.seq, m.rev, CASE WHEN m.rev < m.least_rev THEN m.least_rev ELSE m.last_seq END
      FROM message AS m WHERE m.rev NOT BETWEEN m.least_rev AND m.last_seq
    UNION ALL
    SELECT 'mention', n.user_id, n.seq, 1, 0
      FROM chat.mentions AS n
      LEFT JOIN chat.messages AS g ON g.room_id = n.room_id AND g.seq = n.seq
     WHERE n.room_id = p_room
       AND (g.seq IS NULL OR g.deleted_at IS NOT NULL OR n.user_id = g.sender_id)
$$;

-- Where every position of a room comes to: one walk over its messages and positions together.
CREATE OR REPLACE FUNCTION chat.counted_positions(p_room uuid)
RETURNS TABLE (user_id uuid, read_seq bigint, read_no bigint, own_after bigint, unread bigint)
LANGUAGE sql STABLE
AS $$
    WITH message AS MATERIALIZED (
        SELECT g.seq, g.msg_no, g.sender_id, (g.deleted_at IS NULL)::int AS live
          FROM chat.messages AS g WHERE g.room_id = p_room
    ), own AS (
        SELECT d.user_id, count(*) AS n, sum(m.live) AS live
          FROM chat.room_reads AS d
          JOIN message AS m ON m.sender_id = d.user_id AND m.seq > d.read_seq
         WHERE d.room_id = p_room
         GROUP BY d.user_id
    ), step AS (
        SELECT t.user_id, t.seq,
               max(t.msg_no) OVER w AS no, sum(t.live) OVER w AS live, sum(t.live) OVER () AS all_live
          FROM (SELECT NULL::uuid AS user_id, m.seq, m.msg_no, m.live FROM message AS m
                 UNION ALL
                SELECT d.user_id, d.read_seq, NULL, 0 FROM chat.room_reads AS d
                 WHERE d.room_id = p_room) AS t
        WINDOW w AS (ORDER BY t.seq RANGE UNBOUNDED PRECEDING)
    )
    SELECT p.user_id, p.seq,
           coalesce(p.no, (SELECT min(m.msg_no) - 1 FROM message AS m), s.msg_count),
           coalesce(o.n, 0), (p.all_live - p.live - coalesce(o.live, 0))::bigint
      FROM step AS p
      JOIN chat.room_seq AS s ON s.room_id = p_room
      LEFT JOIN own AS o ON o.user_id = p.user_id
     WHERE p.user_id IS NOT NULL
$$;

CREATE OR REPLACE FUNCTION chat.people_drift(p_room uuid)
RETURNS TABLE (what text, user_id uuid, seq bigint, stored bigint, counted bigint)
LANGUAGE sql STABLE
AS $$
    WITH place AS MATERIALIZED (
        SELECT s.last_seq, s.member_count, r.is_lobby
          FROM chat.room_seq AS s JOIN chat.rooms AS r ON r.id = s.room_id WHERE s.room_id = p_room
    ), member AS MATERIALIZED (
        SELECT m.user_id FROM chat.room_members AS m WHERE m.room_id = p_room AND m.state = 'member'
    ), reader AS MATERIALIZED (
        SELECT d.user_id, d.read_seq, d.read_no, d.own_after, c.read_no AS no, c.own_after AS own,
               u.unread AS shown, c.unread
          FROM chat.room_reads AS d
          JOIN chat.counted_positions(p_room) AS c ON c.user_id = d.user_id
         CROSS JOIN LATERAL chat.unread_of(p_room, d.user_id) AS u
         WHERE d.room_id = p_room
    )
    SELECT 'member_count', NULL::uuid, NULL::bigint, p.member_count, t.n
      FROM place AS p, (SELECT count(*) AS n FROM member AS m) AS t WHERE t.n <> p.member_count
    UNION ALL
    SELECT 'position', m.user_id, NULL, NULL, p.last_seq FROM member AS m, place AS p
     WHERE NOT p.is_lobby AND NOT EXISTS (SELECT FROM reader AS d WHERE d.user_id = m.user_id)
    UNION ALL
    SELECT 'position', d.user_id, NULL, d.read_seq, p.last_seq FROM reader AS d, place AS p
     WHERE d.read_seq > p.last_seq
    UNION ALL
    SELECT 'read_no', d.user_id, NULL, d.read_no, d.no FROM reader AS d WHERE d.read_no <> d.no
    UNION ALL
    SELECT 'own_after', d.user_id, NULL, d.own_after, d.own FROM reader AS d WHERE d.own_after <> d.own
    UNION ALL
    SELECT 'unread', d.user_id, NULL, d.shown, d.unread FROM reader AS d WHERE d.shown <> d.unread
$$;

-- All of a room. A seq is a message's; in gaps and doubles it is the log's.
CREATE OR REPLACE FUNCTION chat.room_drift(p_room uuid)
RETURNS TABLE (what text, user_id uuid, seq bigint, stored bigint, counted bigint)
LANGUAGE sql STABLE
AS $$
    SELECT * FROM chat.log_drift(p_room)
    UNION ALL SELECT * FROM chat.message_drift(p_room)
    UNION ALL SELECT * FROM chat.people_drift(p_room)
$$;

-- What is kept of users beside the rooms: what their roles permit, and the end of their own logs.
CREATE OR REPLACE FUNCTION chat.user_drift()
RETURNS TABLE (what text, user_id uuid, seq bigint, stored bigint, counted bigint)
LANGUAGE sql STABLE
AS $$
    SELECT 'granted', u.id, NULL::bigint, u.granted::bigint, coalesce(g.bits, 0)::bigint
      FROM chat.users AS u
      LEFT JOIN (SELECT n.user_id, bit_or(r.permissions) AS bits
                   FROM chat.user_roles AS n JOIN chat.roles AS r ON r.id = n.role_id
                  GROUP BY n.user_id) AS g ON g.user_id = u.id
     WHERE u.granted <> coalesce(g.bits, 0)
    UNION ALL
    SELECT 'last_useq', e.user_id, NULL, coalesce(s.last_useq, 0), e.last
      FROM (SELECT v.user_id, max(v.useq) AS last FROM chat.user_events AS v GROUP BY v.user_id) AS e
      LEFT JOIN chat.user_seq AS s ON s.user_id = e.user_id
     WHERE e.last > coalesce(s.last_useq, 0)
$$;
