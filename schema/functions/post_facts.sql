-- post_facts.sql: what is to be known about a message before it is accepted, for both paths.
--
-- One row, always. The planner inlines the function into the caller's statement (plain SQL, STABLE,
-- no volatile argument), and OFFSET 0 keeps its joins together there, so that each stays a look-up
-- by key. The caller holds the room's lock: the message is numbered from the counters found here.
--
--   old_*        the message that this one is a retry of, if it is one; nothing else counts then
--   refusal      why the sender may not post this here; NULL when he may. Slow mode stands apart,
--                for it depends on what else is in the batch:
--   slow_s       seconds between two messages of this sender, 0 for none (those who keep order in
--                the room, and applications, are not slowed down)
--   wait_ms      what is left of them since his last message; NULL when nothing
--   posted_at    the later of the clock and the room's last time: time never falls along seq
--   root_id/seq  the thread that a reply belongs to: a reply to a reply belongs to the root
--
-- What is seldom asked is asked in functions of its own: they cost nothing until they are called,
-- while a join is set up for every message. STABLE, they see what the statement around them sees.

-- The type of the API token, when it is good and its bearer may speak for this sender.
CREATE OR REPLACE FUNCTION chat.post_token(p_token uuid, p_sender uuid, p_now timestamptz)
RETURNS text
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN (SELECT t.type
              FROM chat.api_tokens AS t
              JOIN chat.users AS o ON o.id = t.user_id AND o.is_active AND o.deleted_at IS NULL
             WHERE t.id = p_token AND (t.user_id = p_sender OR t.type = 'CLIENT')
               AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > p_now));
END
$$;

-- Whether that token has the right to write.
CREATE OR REPLACE FUNCTION chat.post_token_writes(p_token uuid) RETURNS boolean
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN (SELECT coalesce(t.permissions, 2) & 2 <> 0
              FROM chat.api_tokens AS t WHERE t.id = p_token);
END
$$;

-- Whether that token may speak between two people: an application with `admin` only, as it reads there.
CREATE OR REPLACE FUNCTION chat.post_token_joins_pairs(p_token uuid) RETURNS boolean
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN (SELECT t.type = 'USER' OR coalesce(t.permissions, 0) & 16 <> 0
              FROM chat.api_tokens AS t WHERE t.id = p_token);
END
$$;

-- Whether the other one in a p2p room has blocked the sender.
CREATE OR REPLACE FUNCTION chat.post_blocked(p_room uuid, p_sender uuid) RETURNS boolean
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN EXISTS (SELECT
                     FROM chat.room_members AS o
                     JOIN chat.user_blocks AS b ON b.user_id = o.user_id AND b.blocked_id = p_sender
                    WHERE o.room_id = p_room AND o.user_id <> p_sender);
END
$$;

-- When the sender posted here last.
CREATE OR REPLACE FUNCTION chat.post_last_at(p_room uuid, p_sender uuid) RETURNS timestamptz
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN (SELECT d.last_post_at
              FROM chat.room_reads AS d
             WHERE d.room_id = p_room AND d.user_id = p_sender);
END
$$;

CREATE OR REPLACE FUNCTION chat.post_facts(
    p_room uuid, p_sender uuid, p_cred_kind text, p_cred_id uuid, p_client_id text, p_parent uuid,
    p_now timestamptz
)
RETURNS TABLE (old_id uuid, old_seq bigint, old_at timestamptz, refusal text, sender_name text,
               slow_s int, wait_ms int, posted_at timestamptz, last_seq bigint, msg_count bigint,
               root_id uuid, root_seq bigint)
LANGUAGE sql STABLE
AS $$
    SELECT old.id, old.seq, old.created_at,
           CASE
               WHEN old.id IS NOT NULL THEN NULL
               WHEN (u.is_active AND u.deleted_at IS NULL) IS NOT TRUE THEN 'unauthorized'
               WHEN CASE p_cred_kind
                    WHEN 'session' THEN c.id IS NULL
                    WHEN 'api_token' THEN chat.post_token(p_cred_id, p_sender, p_now) IS NULL
                    ELSE true END
                   THEN 'unauthorized'
               WHEN p_cred_kind = 'api_token' AND NOT chat.post_token_writes(p_cred_id)
                   THEN 'forbidden'
               WHEN r.id IS NULL
                    OR r.kind = 'p2p' AND p_cred_kind = 'api_token'
                       AND NOT chat.post_token_joins_pairs(p_cred_id) THEN 'not_found'
               WHEN m.state = 'banned' THEN
                   CASE WHEN r.is_private THEN 'not_found' ELSE 'banned' END
               WHEN m.state IS DISTINCT FROM 'member' AND NOT r.is_lobby THEN
                   CASE WHEN r.is_private THEN 'not_found' ELSE 'not_member' END
               WHEN r.archived_at IS NOT NULL THEN 'archived'
               WHEN m.muted_until > p_now THEN 'muted'
               WHEN r.kind = 'p2p' AND chat.post_blocked(p_room, p_sender) THEN 'blocked'
               WHEN p_parent IS NOT NULL AND (
                        g.id IS NULL
                        OR (r.history_visibility = 'since_join' AND g.seq < m.since_seq))
                   THEN 'parent_not_found'
           END,
           u.username,
           pace.slow_s,
           CASE WHEN pace.slow_s > 0 THEN (
                SELECT ceil(1000 * extract(epoch FROM free.at - greatest(p_now, s.last_at)))::int
                  FROM (SELECT chat.post_last_at(p_room, p_sender)
                               + make_interval(secs => pace.slow_s)) AS free (at)
                 WHERE free.at > greatest(p_now, s.last_at)) END,
           greatest(p_now, s.last_at),
           s.last_seq,
           s.msg_count,
           coalesce(g.parent_id, g.id),
           coalesce(g.parent_seq, g.seq)
      FROM (VALUES (p_room)) AS q (room_id)
      LEFT JOIN chat.room_seq AS s ON s.room_id = q.room_id
      LEFT JOIN chat.messages AS old
             ON old.room_id = q.room_id AND old.sender_id = p_sender
            AND old.client_id = p_client_id
      LEFT JOIN chat.rooms AS r ON r.id = q.room_id AND r.deleted_at IS NULL
      LEFT JOIN chat.room_members AS m ON m.room_id = q.room_id AND m.user_id = p_sender
      LEFT JOIN chat.users AS u ON u.id = p_sender
      LEFT JOIN chat.sessions AS c
             ON c.id = p_cred_id AND c.user_id = p_sender
            AND c.revoked_at IS NULL AND c.expires_at > p_now
      LEFT JOIN LATERAL (
           SELECT p.id, p.seq, p.parent_id, p.parent_seq
             FROM chat.messages AS p
            WHERE p.id = p_parent AND p.room_id = q.room_id
            LIMIT 1) AS g ON true
     CROSS JOIN LATERAL (
           SELECT CASE WHEN coalesce(r.slow_mode_s, 0) = 0 OR m.role IN ('owner', 'moderator') THEN 0
                       WHEN p_cred_kind <> 'session'
                            AND chat.post_token(p_cred_id, p_sender, p_now) = 'CLIENT' THEN 0
                       ELSE r.slow_mode_s END AS slow_s) AS pace
    OFFSET 0
$$;
