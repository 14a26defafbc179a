-- post_facts.sql: what is to be known about a new message before it is accepted, for both paths.
--
-- One row, always. The planner inlines the function into the caller's statement (plain SQL, STABLE,
-- no volatile argument), and OFFSET 0 keeps its joins together there, so that each stays a look-up
-- by key. The caller holds the room's lock: the message is numbered from the counters found here.
--
--   refusal      why the sender may not post this here; NULL when he may. Slow mode stands apart,
--                for it depends on what else is in the batch:
--   slow_s       seconds between two messages of this sender, 0 for none (those who keep order in
--                the room, and applications, are not slowed down)
--   wait_ms      what is left of them since his last message; NULL when nothing
--   posted_at    the later of the clock and the room's last time: time never falls along seq
--   root_id/seq  the thread that a reply belongs to: a reply to a reply belongs to the root

CREATE OR REPLACE FUNCTION chat.post_facts(
    p_room uuid, p_sender uuid, p_cred_kind text, p_cred_id uuid, p_parent uuid, p_now timestamptz
)
RETURNS TABLE (refusal text, sender_name text, slow_s int, wait_ms int, posted_at timestamptz,
               last_seq bigint, msg_count bigint, root_id uuid, root_seq bigint)
LANGUAGE sql STABLE
AS $$
    SELECT CASE
               WHEN u.id IS NULL OR (c.id IS NULL AND t.id IS NULL) THEN 'unauthorized'
               WHEN r.id IS NULL THEN 'not_found'
               WHEN m.state = 'banned' THEN
                   CASE WHEN r.is_private THEN 'not_found' ELSE 'banned' END
               WHEN m.state IS DISTINCT FROM 'member' AND NOT r.is_lobby THEN
                   CASE WHEN r.is_private AND m.state IS NULL THEN 'not_found' ELSE 'not_member' END
               WHEN r.archived_at IS NOT NULL THEN 'archived'
               WHEN m.muted_until > p_now THEN 'muted'
               WHEN r.kind = 'p2p' AND EXISTS (
                        SELECT FROM chat.room_members AS o
                          JOIN chat.user_blocks AS b
                            ON b.user_id = o.user_id AND b.blocked_id = p_sender
                         WHERE o.room_id = p_room AND o.user_id <> p_sender) THEN 'blocked'
               WHEN p_parent IS NOT NULL AND (
                        g.id IS NULL
                        OR (r.history_visibility = 'since_join' AND g.seq < m.since_seq))
                   THEN 'parent_not_found'
           END,
           u.username,
           pace.slow_s,
           CASE WHEN pace.slow_s > 0 AND pace.free_at > pace.posted_at
                THEN ceil(1000 * extract(epoch FROM pace.free_at - pace.posted_at))::int END,
           pace.posted_at,
           s.last_seq,
           s.msg_count,
           coalesce(g.parent_id, g.id),
           coalesce(g.parent_seq, g.seq)
      FROM (VALUES (p_room)) AS q (room_id)
      LEFT JOIN chat.room_seq AS s ON s.room_id = q.room_id
      LEFT JOIN chat.rooms AS r ON r.id = q.room_id AND r.deleted_at IS NULL
      LEFT JOIN chat.room_members AS m ON m.room_id = q.room_id AND m.user_id = p_sender
      LEFT JOIN chat.room_reads AS d ON d.room_id = q.room_id AND d.user_id = p_sender
      LEFT JOIN chat.users AS u ON u.id = p_sender AND u.is_active AND u.deleted_at IS NULL
      LEFT JOIN chat.sessions AS c
             ON p_cred_kind = 'session' AND c.id = p_cred_id AND c.user_id = p_sender
            AND c.revoked_at IS NULL AND c.expires_at > p_now
      LEFT JOIN chat.api_tokens AS t
             ON p_cred_kind = 'api_token' AND t.id = p_cred_id
            AND (t.user_id = p_sender OR t.type = 'CLIENT')
            AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > p_now)
            AND (t.permissions -> 'write') IS DISTINCT FROM 'false'::jsonb
            AND EXISTS (SELECT FROM chat.users AS o
                         WHERE o.id = t.user_id AND o.is_active AND o.deleted_at IS NULL)
      LEFT JOIN LATERAL (
           SELECT p.id, p.seq, p.parent_id, p.parent_seq
             FROM chat.messages AS p
            WHERE p.id = p_parent AND p.room_id = q.room_id
            LIMIT 1) AS g ON true
     CROSS JOIN LATERAL (
           SELECT CASE WHEN m.role IN ('owner', 'moderator') OR t.type = 'CLIENT' THEN 0
                       ELSE coalesce(r.slow_mode_s, 0) END AS slow_s,
                  d.last_post_at + make_interval(secs => r.slow_mode_s) AS free_at,
                  greatest(p_now, s.last_at) AS posted_at
           ) AS pace
    OFFSET 0
$$;
